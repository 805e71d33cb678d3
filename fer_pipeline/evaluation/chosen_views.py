"""How many views of a face are worth their cost, by PublicTest."""

from typing import TYPE_CHECKING

from fer_pipeline.data.faces import Faces
from fer_pipeline.evaluation.predictions import Predictions, predict
from fer_pipeline.evaluation.voting import quality
from fer_pipeline.recipes import TestTime

if TYPE_CHECKING:
    import keras


def predict_public_test(
    network: "keras.Model", public_test: Faces, test_time: TestTime, model_sha256: str
) -> Predictions:
    """Predictions by the views of the recipe; by one if it asks for that where several get no more faces right."""
    several = predict(network, public_test, test_time, model_sha256)
    if test_time.keep == "always" or test_time.views == 1:
        return several
    one = predict(network, public_test, TestTime(), model_sha256)
    better = quality(several.probabilities, several.emotion_true) > quality(one.probabilities, one.emotion_true)
    return several if better else one


def views_of(public_test: Predictions, test_time: TestTime) -> TestTime:
    """The views that PublicTest was predicted by, for other faces."""
    return TestTime() if public_test.views == 1 else test_time

"""Ask a released network about other PublicTest faces than it was chosen on.

    python -m fer_pipeline.promotion.ask_again MODEL FACES FORMER_PREDICTIONS TEST_TIME PREDICTIONS

It takes a device slot, as stages do, before a framework is imported.
"""

import sys
from pathlib import Path

from fer_pipeline.errors import InputError
from fer_pipeline.params import ComputeParams, load_params
from fer_pipeline.recipes import TestTime
from fer_pipeline.runtime.framework import prepare_framework
from fer_pipeline.runtime.notices import framework_notices_held
from fer_pipeline.runtime.parent import end_with_parent
from fer_pipeline.runtime.slots import device_slot

MODULE = "fer_pipeline.promotion.ask_again"


def ask_again(
    compute: ComputeParams, model_file: Path, faces_file: Path, former_file: Path, test_time: TestTime,
    predictions_file: Path
) -> None:
    """Write predictions of the network in `model_file`, by the views that the former PublicTest chose.

    Raises:
        InputError: The former predictions are of another network.
    """
    import keras

    from fer_pipeline.checksum import sha256_of
    from fer_pipeline.data.faces import read_faces
    from fer_pipeline.evaluation.chosen_views import views_of
    from fer_pipeline.evaluation.predictions import predict, read_predictions, write_predictions
    from fer_pipeline.training.determinism import make_deterministic

    former, checksum = read_predictions(former_file), sha256_of(model_file)
    if former.model_sha256 != checksum:
        raise InputError(f"{former_file} is of a network with sha256 {former.model_sha256}, and {model_file} has "
                         f"{checksum}. Release a champion whose predictions are its own.")
    make_deterministic(seed=0, threads=compute.threads)
    network = keras.models.load_model(model_file)
    write_predictions(predictions_file, predict(network, read_faces(faces_file), views_of(former, test_time), checksum))


def _main(model: str, faces: str, former: str, test_time: str, predictions: str) -> None:
    params = load_params()
    with (
        device_slot(params.compute.threads, params.run.slots_per_gpu, owner="the champion, asked again"),
        framework_notices_held(),
    ):
        ask_again(params.compute, Path(model), Path(faces), Path(former), TestTime.model_validate_json(test_time),
                  Path(predictions))


if __name__ == "__main__":
    prepare_framework()
    try:
        end_with_parent()
        _main(*sys.argv[1:])
    except InputError as error:
        sys.exit(f"error: {error}")

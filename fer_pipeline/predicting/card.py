"""What a model file says of itself: its classes, how it wants to be asked, and how good it is."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.recipes import TestTime

KEY = "fer_pipeline"    # under which a file keeps its card


class Accuracy(BaseModel):
    """On one set of faces.

    Attributes:
        accuracy: Fraction.
        low: Of its 95 % interval.
        high: Of its 95 % interval.
        macro_f1: From 0 to 1, over all seven labels.
        faces: How many.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    accuracy: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    macro_f1: float = Field(ge=0, le=1)
    faces: int = Field(ge=1)

    @classmethod
    def of(cls, figures: Mapping[str, Any]) -> "Accuracy":
        """From figures as a metrics file has them (`evaluation.metrics.Figures`)."""
        return cls(accuracy=figures["accuracy"], low=figures["accuracy_low"], high=figures["accuracy_high"],
                   macro_f1=figures["macro_f1"], faces=figures["faces"])


class Card(BaseModel):
    """Of a network in use.

    Attributes:
        name: Of the network, as params.yaml calls it.
        architecture: Its own.
        emotions: Of its outputs, in order.
        temperature: By which its logits are divided, so that it is as often right as it is sure.
        test_time: Views of a face that it was judged with.
        trained_on: The data in words.
        public_test: What chose it; None where it was not measured.
        private_test: What judges it.
        private_test_one_view: The same when each face is seen once.
        model_sha256: Of the Keras model that it was exported from.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())

    name: str
    architecture: str
    emotions: tuple[str, ...] = EMOTIONS
    temperature: float = Field(default=1.0, gt=0)
    test_time: TestTime = TestTime()
    trained_on: str = "unknown"
    public_test: Accuracy | None = None
    private_test: Accuracy | None = None
    private_test_one_view: Accuracy | None = None
    model_sha256: str | None = None

    @property
    def order(self) -> np.ndarray:
        """Of its outputs, where ours stand."""
        return np.array([self.emotions.index(emotion) for emotion in EMOTIONS])


def parse(text: str | None, name: str) -> Card:
    """A card from the text in a model file.

    Args:
        text: JSON; None where the file has none.
        name: Of the file, for messages.

    Raises:
        InputError: No card, a broken one, or one of other classes than ours.
    """
    if text is None:
        raise InputError(f"{name} does not say which of its outputs is which emotion. Allowed: files that this project "
                         "exports (`dvc repro export`), whose metadata have a card under 'fer_pipeline'.")
    try:
        card = Card.model_validate_json(text)
    except ValidationError as error:
        raise InputError(f"The card of {name} is broken: {_first(error.errors())}. Export the model again.") from None
    if sorted(card.emotions) != sorted(EMOTIONS):
        raise InputError(f"{name} tells {', '.join(card.emotions)} apart. Allowed: {', '.join(EMOTIONS)}, in any "
                         "order. Choose another model.")
    return card


def _first(errors: list[Any]) -> str:
    return f"{'.'.join(map(str, errors[0]['loc'])) or 'the whole'}: {errors[0]['msg']}"

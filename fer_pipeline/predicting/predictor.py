"""From a picture to the emotions of its faces, in one call."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.predicting import detection
from fer_pipeline.predicting.card import Card
from fer_pipeline.predicting.crops import crop, grey_face
from fer_pipeline.predicting.detection import Detector, Face
from fer_pipeline.predicting.networks import ONE_VIEW, Network, open_network, probabilities
from fer_pipeline.predicting.pictures import read_picture

Picture = np.ndarray | Path | str | bytes


@dataclass(frozen=True)
class Prediction:
    """What one face shows.

    Attributes:
        probabilities: `(7,)` float32 in the order of `labels.EMOTIONS`, calibrated.
        face: Where it is; None if the picture was given as a crop.
        crop: `(48, 48)` uint8, what the network saw.
    """

    probabilities: np.ndarray
    face: Face | None
    crop: np.ndarray

    @property
    def emotion(self) -> str:
        """The most probable emotion."""
        return EMOTIONS[int(self.probabilities.argmax())]

    @property
    def confidence(self) -> float:
        """Its probability."""
        return float(self.probabilities.max())


class Predictor:
    """A network and a detector, opened once and used for any number of pictures.

    Example:
        >>> from fer_pipeline import Predictor
        >>> for prediction in Predictor()("group.jpg"):
        ...     print(prediction.emotion, prediction.confidence, prediction.face)
    """

    def __init__(self, model: Path | str | None = None, detector: str = "haar", *, fast: bool = False,
                 threads: int = 0) -> None:
        """Open both.

        Args:
            model: .onnx, .tflite or .keras; if not given, the champion that the package ships.
            detector: One of `detection.DETECTORS`.
            fast: See each face once. Otherwise as often as the network was judged with, which is more accurate and
                takes as many times longer.
            threads: That compute the network; 0 takes all cores, or one for the champion if `fast`.

        Raises:
            InputError: The model or the detector cannot be used.
        """
        if fast and model is None:      # to wake a second thread for one view of one face costs what it saves
            threads = threads or 1
        self.network: Network = open_network(model or "champion", threads)
        self.detector: Detector = detection.detector(detector)
        self.test_time = ONE_VIEW if fast else self.card.test_time

    @property
    def card(self) -> Card:
        """What the network says of itself."""
        return self.network.card

    def __call__(self, picture: Picture, *, cropped: bool = False) -> list[Prediction]:
        """Find the faces of a picture and tell their emotions.

        Args:
            picture: A file, its content, or `(height, width, 3)` or `(height, width)` uint8.
            cropped: Whether the picture is a face crop already, as FER-2013's are.

        Returns:
            Largest face first; none where no face is found.

        Raises:
            InputError: It is no picture.
        """
        pixels = _pixels(picture)
        if cropped:
            return self.tell([grey_face(pixels)], [None])
        pixels = _as_rgb(pixels)
        faces = self.detector.detect(pixels)
        return self.tell([self.cut(pixels, face) for face in faces], faces)

    def cut(self, picture: np.ndarray, face: Face) -> np.ndarray:
        """The crop `(48, 48)` uint8 of a face found by the own detector."""
        return crop(picture, face, margin=self.detector.margin, shift=self.detector.shift)

    def tell(self, crops: Sequence[np.ndarray], faces: Sequence[Face | None]) -> list[Prediction]:
        """Emotions of crops `(48, 48)` uint8 in one batch, with where they come from."""
        said = probabilities(self.network, np.array(crops, np.uint8).reshape(-1, FACE_SIZE, FACE_SIZE), self.test_time)
        return [Prediction(*one) for one in zip(said, faces, crops, strict=True)]


def _pixels(picture: Picture) -> np.ndarray:
    if isinstance(picture, np.ndarray):
        return _required(picture)
    return read_picture(Path(picture) if isinstance(picture, str) else picture)


def _required(array: np.ndarray) -> np.ndarray:
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3):
        raise InputError(f"A picture as an array has shape {array.shape} and type {array.dtype}. Allowed: (height, "
                         "width, 3) uint8 in red, green, blue, or (height, width) uint8. Convert it first.")
    return array


def _as_rgb(array: np.ndarray) -> np.ndarray:
    return array if array.ndim == 3 else np.repeat(array[..., np.newaxis], 3, axis=2)

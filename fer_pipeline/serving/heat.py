"""Which parts of a face speak for its emotion: the network's own maps, or what covering each part costs."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from fer_pipeline.examination.corruptions import face_means
from fer_pipeline.examination.occlusion import patch_masks
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.predicting.networks import Network, probabilities
from fer_pipeline.predicting.predictor import Prediction

PATCH, STRIDE = 12, 4       # px
OPACITY = 0.5
OWN = "class activation"
COVERED = "occlusion"


def kind(network: Network) -> str:
    """How this network's maps are made: `OWN` or `COVERED`."""
    return OWN if _own(network, np.zeros((1, FACE_SIZE, FACE_SIZE), np.uint8)) is not None else COVERED


def heat(network: Network, predictions: Sequence[Prediction]) -> list[np.ndarray]:
    """Crops under a map each of what speaks for the emotion told.

    Args:
        network: That told them.
        predictions: With their crops.

    Returns:
        `(48, 48, 3)` uint8 each; red, green, blue. Red speaks most for the emotion, blue least or against it.
    """
    crops = np.array([prediction.crop for prediction in predictions], np.uint8).reshape(-1, FACE_SIZE, FACE_SIZE)
    told = [EMOTIONS.index(prediction.emotion) for prediction in predictions]
    own = _own(network, crops) if len(crops) else None
    maps = ([_covering(network, crop, emotion) for crop, emotion in zip(crops, told, strict=True)] if own is None
            else [own[face, :, :, network.card.order[emotion]] for face, emotion in enumerate(told)])
    return [_over(crop, one) for crop, one in zip(crops, maps, strict=True)]


def _own(network: Any, crops: np.ndarray) -> np.ndarray | None:
    """`(faces, rows, columns, 7)` in the file's order, of a network that gives class activation maps."""
    maps = getattr(network, "maps", None)
    said = maps(crops[..., np.newaxis].astype(np.float32)) if callable(maps) else None
    return None if said is None else np.asarray(said)


def _covering(network: Network, crop: np.ndarray, emotion: int) -> np.ndarray:
    """As `examination.occlusion` does it, asked of a network in use; each face is seen once."""
    patches = patch_masks(PATCH, STRIDE)
    covered = np.where(patches, face_means(crop[np.newaxis]), crop)
    said = probabilities(network, np.concatenate([crop[np.newaxis], covered]))[:, emotion]
    falls = np.where(patches, (said[0] - said[1:])[:, np.newaxis, np.newaxis], 0)
    return np.asarray(falls.sum(axis=0) / patches.sum(axis=0), np.float32)


def _over(crop: np.ndarray, one: np.ndarray) -> np.ndarray:
    most = float(np.max(one, initial=0))
    levels = np.clip(one / most, 0, 1) if most > 0 else np.zeros_like(one)
    sized = cv2.resize(np.asarray(levels * 255, np.uint8), (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_CUBIC)
    colours = cv2.cvtColor(cv2.applyColorMap(sized, cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB)
    return np.asarray(cv2.addWeighted(cv2.cvtColor(crop, cv2.COLOR_GRAY2RGB), 1 - OPACITY, colours, OPACITY, 0))

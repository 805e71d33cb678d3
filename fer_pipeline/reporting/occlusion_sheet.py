"""The sheet of explained faces: each beside itself under the heat of its occlusion map."""

from dataclasses import dataclass

import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.examination.explained_faces import ExplainedFaces
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.reporting.face_sheets import Tile, data_uri, place_of

FALLS, RISES = (255, 106, 0), (0, 122, 255)     # red, green, blue; told apart by most colour-blind eyes, on any grey
DENSEST = 0.8                                   # of a colour over its face, which stays visible
FAINTEST = 0.001                                # of probability: a map with less stays paler, or rounding would shine


@dataclass(frozen=True)
class Explanation:
    """A face, the same face under its map, and the largest fall of the probability there, in [-1, 1]."""

    face: Tile
    heat: Tile
    largest_fall: float

    @property
    def right(self) -> bool:
        """Whether the emotion predicted is the true one."""
        return self.face.emotion_pred == self.face.emotion_true


@dataclass(frozen=True)
class ExplanationSheet:
    """Explanations in the order of the file, and the address of their common picture."""

    explanations: list[Explanation]
    data_uri: str


def occlusion_sheet(private_test: Faces, explained: ExplainedFaces) -> ExplanationSheet:
    """Lay every explained face beside its heat.

    Raises:
        ValueError: An explained face is not in `private_test`.
    """
    faces = private_test.pixels[_positions(private_test, explained)]
    grey = np.repeat(faces[..., np.newaxis], 3, axis=-1)
    tiles = np.stack([grey, heated(faces, explained.maps)], axis=1)
    return ExplanationSheet([_explanation(number, explained) for number in range(len(faces))],
                            data_uri(tiles.reshape(-1, *tiles.shape[2:])))


def heated(faces: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Faces under colour: orange where covering lowers the probability, blue where it raises it.

    Args:
        faces: `(faces, 48, 48)` uint8.
        maps: `(faces, 48, 48)` in [-1, 1]. The densest colour is each map's own greatest value, at least `FAINTEST`.

    Returns:
        `(faces, 48, 48, 3)` uint8, red, green and blue.
    """
    greatest = np.maximum(np.abs(maps).max(axis=(1, 2), keepdims=True), FAINTEST)
    density = (DENSEST * np.abs(maps) / greatest)[..., np.newaxis]
    colour = np.where((maps > 0)[..., np.newaxis], FALLS, RISES)
    return np.asarray(np.rint((1 - density) * faces[..., np.newaxis] + density * colour), np.uint8)


def _positions(private_test: Faces, explained: ExplainedFaces) -> np.ndarray:
    position = {row: index for index, row in enumerate(private_test.row.tolist())}
    missing = [row for row in explained.row.tolist() if row not in position]
    if missing:
        raise ValueError(f"Occlusion maps are of {len(missing)} PrivateTest rows that the array file does not have, "
                         f"first {missing[0]}. Run the stage examine again.")
    return np.array([position[row] for row in explained.row.tolist()], int)


def _explanation(number: int, explained: ExplainedFaces) -> Explanation:
    face, heat = (Tile(*place_of(2 * number + side), EMOTIONS[explained.emotion_true[number]],
                       EMOTIONS[explained.emotion_pred[number]], float(explained.confidence[number]))
                  for side in (0, 1))
    return Explanation(face, heat, float(explained.maps[number].max()))

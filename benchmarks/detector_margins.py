"""By how much a detector's box must grow, and move down, to show what FER-2013's crops show.

Real Training faces, enlarged and with a border, are searched by the detector; the median box, as a part of the crop,
says what is missing on each side. Then PublicTest faces are cut anew through the detector at several margins and
shifts, and a network says which cuts it understands. Real faces stay in memory: figures alone are printed.

    FER_DATA=fer2013.csv python benchmarks/detector_margins.py --detector haar --model champion.onnx
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from real_faces import real_faces

from fer_pipeline.labels import FACE_SIZE, Usage
from fer_pipeline.predicting import detection
from fer_pipeline.predicting.crops import crop
from fer_pipeline.predicting.detection import Detector, Face
from fer_pipeline.predicting.networks import open_network, probabilities

ENLARGED = 4
BORDER = FACE_SIZE * ENLARGED // 2
FRAME = FACE_SIZE * ENLARGED


def main() -> None:
    """Print the median box, then a row a cut."""
    chosen = _arguments()
    detector = detection.detector(chosen.detector)
    found = _boxes(detector, real_faces(Usage.TRAINING, chosen.faces)[0])
    _print_boxes(detector, found, chosen.faces)
    faces, emotions = real_faces(Usage.PUBLIC_TEST, chosen.faces)
    pictures = [_bordered(face) for face in faces]
    where = [_own(detector.detect(picture)) for picture in pictures]
    seen = np.array([one is not None for one in where])
    network = open_network(chosen.model)

    def accuracy(crops: np.ndarray) -> float:
        said = probabilities(network, crops, network.card.test_time).argmax(axis=1)
        return float((said == emotions[seen]).mean())

    print(f"PublicTest: {seen.sum():,} of {len(seen):,} found; as they are {accuracy(faces[seen]):.1%}")
    pairs = [(picture, one) for picture, one in zip(pictures, where, strict=True) if one is not None]
    for shift in chosen.shifts:
        row = [accuracy(np.array([crop(*pair, margin=margin, shift=shift) for pair in pairs]))
               for margin in chosen.margins]
        cells = [f"{margin:+.2f} {said:.1%}" for margin, said in zip(chosen.margins, row, strict=True)]
        print(f"shift {shift:+.2f}:  " + "  ".join(cells), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--detector", choices=detection.DETECTORS, default="haar")
    parser.add_argument("--model", type=Path, help="default: the one that the package ships")
    parser.add_argument("--faces", type=int, default=1000, help="of Training, and of PublicTest")
    parser.add_argument("--margins", type=float, nargs="+", default=[-0.1, -0.05, 0, 0.05, 0.1, 0.15, 0.2])
    parser.add_argument("--shifts", type=float, nargs="+", default=[-0.05, 0, 0.05, 0.1])
    return parser.parse_args()


def _bordered(face: np.ndarray) -> np.ndarray:
    """The face enlarged in the middle of a picture twice as wide, in red, green and blue."""
    large = cv2.resize(face, (FRAME, FRAME), interpolation=cv2.INTER_CUBIC)
    wide = cv2.copyMakeBorder(large, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_REPLICATE)
    return np.repeat(wide[..., np.newaxis], 3, axis=2)


def _own(found: list[Face]) -> Face | None:
    """The largest face, if its middle is in the middle third of the picture."""
    for face in found:
        centre = np.array([face.left + face.width / 2, face.top + face.height / 2])
        if (np.abs(centre - FRAME) < FRAME / 3).all():
            return face
    return None


def _boxes(detector: Detector, faces: np.ndarray) -> np.ndarray:
    """Left, top, width and height `(found, 4)` as parts of the crop."""
    found = [one for face in faces if (one := _own(detector.detect(_bordered(face))))]
    return np.array([(one.left - BORDER, one.top - BORDER, one.width, one.height) for one in found]) / FRAME


def _print_boxes(detector: Detector, boxes: np.ndarray, number: int) -> None:
    left, top, width, height = np.median(boxes, axis=0)
    side = np.median(np.maximum(boxes[:, 2], boxes[:, 3]))
    print(f"Training: {detector.name} found {len(boxes):,} of {number:,}")
    print(f"median box in parts of the crop: left {left:.3f}, top {top:.3f}, width {width:.3f}, height {height:.3f}")
    print(f"so margin {(1 / side - 1) / 2:+.3f}, shift {(0.5 - top - height / 2) / height:+.3f}", flush=True)


if __name__ == "__main__":
    main()

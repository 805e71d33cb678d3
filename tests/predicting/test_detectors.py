"""Detectors on photographs that packages ship, and what they say when something is missing."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from fer_pipeline.errors import InputError
from fer_pipeline.predicting.crops import crop
from fer_pipeline.predicting.detection import Face, detector
from fer_pipeline.predicting.detection.doubles import without_doubles
from fer_pipeline.predicting.detection.turning import turned

FACE, SIDE = (224.5, 113.5), 95                 # of the astronaut: its centre and its side, px
EYES = np.array([(207, 102), (247, 102)])       # hers, within a fifth of the face


def astronauts(*faces: tuple[int, int, int, float], size: tuple[int, int] = (640, 480)) -> np.ndarray:
    """Her head at x and y with a face of `side` px that leans clockwise by degrees, on a grey wall."""
    picture = np.full((size[1], size[0], 3), 90, np.uint8)
    for x, y, side, degrees in faces:
        scale = side / SIDE
        small = cv2.resize(data.astronaut(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        turn = cv2.getRotationMatrix2D((FACE[0] * scale, FACE[1] * scale), -degrees, 1)
        turn[:, 2] += np.array([x, y]) - np.array(FACE) * scale
        head = cv2.warpAffine(small, turn, size, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.circle(np.zeros(size[::-1], np.uint8), (x, y), round(0.9 * side), 1, -1) == 1
        picture[mask] = head[mask]
    return picture


def centres(found: list[Face]) -> list[tuple[float, float]]:
    return [(face.left + face.width / 2, face.top + face.height / 2) for face in found]


def test_haar_finds_the_astronaut_once() -> None:
    [face] = detector("haar").detect(data.astronaut())
    assert np.abs(np.array(centres([face])) - FACE).max() < 12
    assert abs(face.width - SIDE) < 15
    assert face.tilt == 0


def test_haar_finds_every_face_largest_first() -> None:
    places = [(100, 120, 90, 0.0), (500, 150, 120, 0.0), (320, 350, 60, 0.0), (80, 380, 40, 0.0)]
    found = detector("haar").detect(astronauts(*places))
    expected = [place[:2] for place in sorted(places, key=lambda place: -place[2])]
    assert np.abs(np.array(centres(found)) - expected).max() < 12
    assert [round(face.width, -1) for face in found] == pytest.approx([120, 90, 60, 40], abs=20)


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080)])
def test_haar_finds_a_face_of_a_twelfth_of_the_shorter_side(size: tuple[int, int]) -> None:
    middle = size[0] // 2, size[1] // 2
    [face] = detector("haar").detect(astronauts((*middle, size[1] // 12, 0.0), size=size))
    assert np.abs(np.array(centres([face])) - middle).max() < 8


@pytest.mark.parametrize("degrees", [-35, -30, 30, 35])
def test_haar_finds_a_leaning_face_and_knows_its_tilt(degrees: float) -> None:
    [face] = detector("haar").detect(astronauts((320, 240, 120, degrees)))
    assert np.abs(np.array(centres([face])) - (320, 240)).max() < 20
    assert abs(face.tilt - degrees) <= 5


def test_a_leaning_face_is_cut_upright() -> None:
    haar = detector("haar")
    cuts = []
    for degrees in (0, 30):
        picture = astronauts((320, 240, 120, degrees))
        [face] = haar.detect(picture)
        cuts.append(crop(picture, face, margin=haar.margin, shift=haar.shift).astype(float))
    assert np.corrcoef(cuts[0].ravel(), cuts[1].ravel())[0, 1] > 0.8


@pytest.mark.parametrize("degrees", [0, 30, -30, 75])
def test_a_turned_picture_is_whole_and_leads_back(degrees: float) -> None:
    grey = np.zeros((60, 90), np.uint8)
    grey[20:23, 70:73] = 255
    there, back = turned(grey, degrees)
    assert int(there.sum()) == pytest.approx(int(grey.sum()), rel=0.05)
    row, column = np.unravel_index(cv2.blur(there, (3, 3)).argmax(), there.shape)
    assert back @ (column, row, 1) == pytest.approx((71, 21), abs=1)


@pytest.mark.parametrize("photograph", ["coffee", "brick", "grass", "moon", "rocket"])
def test_haar_finds_no_face_where_none_is(photograph: str) -> None:
    picture = getattr(data, photograph)()
    assert detector("haar").detect(picture if picture.ndim == 3 else np.repeat(picture[..., np.newaxis], 3, 2)) == []


def test_a_huge_picture_has_its_boxes_in_its_own_pixels() -> None:
    large = cv2.resize(data.astronaut(), (3072, 3072), interpolation=cv2.INTER_LINEAR)
    found = detector("haar").detect(large)
    assert abs(found[0].left - 6 * 177) < 60
    assert abs(found[0].width - 6 * 95) < 60


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 400, 3), (23, 23, 3)])
def test_a_tiny_picture_has_no_face(shape: tuple[int, int, int]) -> None:
    assert detector("haar").detect(np.zeros(shape, np.uint8)) == []


def test_mtcnn_finds_the_astronaut_with_five_points() -> None:
    [face] = detector("mtcnn").detect(data.astronaut())
    assert face.points is not None
    assert face.points.shape == (5, 2)
    assert np.abs(face.points[:2] - EYES).max() < face.width / 5
    assert (face.points[:2, 1] < face.points[2, 1]).all()


def test_mtcnn_finds_leaning_and_small_faces_and_no_other() -> None:
    mtcnn = detector("mtcnn")
    picture = astronauts((120, 240, 100, 0.0), (320, 240, 60, 40.0), (520, 240, 26, -40.0))
    assert np.abs(np.array(centres(mtcnn.detect(picture))) - [(120, 240), (320, 240), (520, 240)]).max() < 12
    assert mtcnn.detect(data.coffee()) == []


def test_one_face_found_twice_is_one() -> None:
    twice = [Face(10, 10, 40, 40, 0.8), Face(14, 12, 44, 44, 0.9), Face(18, 18, 20, 20, 0.7),
             Face(100, 10, 30, 30, 1)]
    assert [face.score for face in without_doubles(twice)] == [0.9, 1]


def test_yunet_says_where_its_file_is_to_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FER_YUNET", raising=False)
    with pytest.raises(InputError, match=r"FER_YUNET is not set\. Get face_detection_yunet.*\.onnx .* from https"):
        detector("yunet")
    monkeypatch.setenv("FER_YUNET", str(tmp_path / "gone.onnx"))
    with pytest.raises(InputError, match=r"There is no file .*gone\.onnx, which FER_YUNET names"):
        detector("yunet")


def test_yunet_refuses_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text.onnx").write_text("no network")
    monkeypatch.setenv("FER_YUNET", str(tmp_path / "text.onnx"))
    with pytest.raises(InputError, match=r"text\.onnx is no YuNet that OpenCV 4"):
        detector("yunet")

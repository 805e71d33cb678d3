
import cv2
import numpy as np
import pytest

from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.layouts.class_folders import HELD_OUT, UNDECIDED, class_folders, decode
from fer_pipeline.layouts.trees import open_tree

MSAMBARE = ["test/angry/PrivateTest_1.jpg", "test/sad/PublicTest_2.jpg", "train/angry/Training_3.jpg",
            "train/surprise/Training_3.jpg"]


def usages(*names: str) -> dict[str, str]:
    layout = class_folders(sorted(names))
    assert layout
    return {picture.path: picture.usage for picture in layout.pictures}


def test_msambare_pictures_are_split_by_their_names_and_equal_base_names_are_two_faces():
    layout = class_folders(MSAMBARE)
    assert layout
    assert (layout.split, "msambare" in layout.name) == ("official", True)
    assert [picture.usage for picture in layout.pictures] == ["PrivateTest", "PublicTest", "Training", "Training"]
    assert [EMOTIONS[picture.emotion] for picture in layout.pictures] == ["angry", "sad", "angry", "surprise"]


def test_a_name_that_tells_no_usage_is_a_problem_and_no_guess():
    layout = class_folders(sorted([*MSAMBARE, "test/sad/im9.jpg", "train/sad/im8.jpg"]))
    assert layout
    problems = {one.path: one.problem[1] for one in layout.pictures if one.problem}
    assert problems == {"test/sad/im9.jpg": "its name tells no usage; expected PublicTest_… or PrivateTest_…"}
    assert usages(*MSAMBARE, "train/sad/im8.jpg")["train/sad/im8.jpg"] == "Training"


def test_a_name_that_contradicts_its_folder_is_a_problem():
    layout = class_folders(sorted([*MSAMBARE, "train/sad/PrivateTest_7.jpg"]))
    assert layout
    assert [one.problem[1] for one in layout.pictures if one.problem] == [
        "named PrivateTest_…, but it stands under 'Training'"]


def test_two_parts_leave_the_held_out_one_to_the_own_split():
    found = usages("images/train/happy/1.jpg", "images/validation/sad/2.jpg")
    assert found == {"images/train/happy/1.jpg": "Training", "images/validation/sad/2.jpg": HELD_OUT}
    layout = class_folders(list(found))
    assert layout
    assert layout.split == "own split"


def test_three_parts_are_usages_by_folder():
    found = usages("data/train/happy/1.png", "data/val/sad/2.png", "data/test/fear/3.png")
    assert list(found.values()) == ["PrivateTest", "Training", "PublicTest"]


def test_folders_of_usages_as_our_own_pictures_have_them_are_official():
    names = [f"images/{usage}/happy/0000{row}.png" for row, usage in enumerate(Usage)]
    layout = class_folders(sorted(names))
    assert layout
    assert layout.split == "official"
    assert usages(*names) == {name: str(usage) for name, usage in zip(names, Usage, strict=True)}


def test_bare_folders_of_emotions_are_undecided_and_known_by_other_spellings():
    found = class_folders(["Anger/1.PNG", "Happiness/2.jpeg", "Neutral/3.bmp"])
    assert found
    assert {picture.usage for picture in found.pictures} == {UNDECIDED}
    assert [EMOTIONS[picture.emotion] for picture in found.pictures] == ["angry", "happy", "neutral"]


def test_what_is_no_picture_of_an_emotion_is_ignored_by_name():
    found = class_folders(["README.md", "__MACOSX/happy/._1.png", "cats/1.png", "happy/.hidden.png", "happy/1.png"])
    assert found
    assert [picture.path for picture in found.pictures] == ["happy/1.png"]
    assert found.ignored == ("README.md", "__MACOSX/happy/._1.png", "cats/1.png", "happy/.hidden.png")
    assert found.facts()["ignored"] == 4


def test_a_tree_that_holds_itself_once_more_counts_once():
    names = sorted(["images/train/happy/1.jpg", "images/test/sad/2.jpg", "images/images/train/happy/1.jpg"])
    found = class_folders(names)
    assert found
    assert [picture.path for picture in found.pictures] == ["images/test/sad/2.jpg", "images/train/happy/1.jpg"]


def test_no_picture_is_no_layout():
    assert class_folders(["a.txt", "photos/1.png"]) is None


def test_every_container_gives_the_same_faces_in_the_order_of_their_paths(contained, pictures):
    content = pictures("train/sad/Training_2.png", "train/happy/Training_1.png", "test/fear/PublicTest_3.png",
                       "test/fear/PrivateTest_4.png")
    with open_tree(contained(content)) as tree:
        layout = class_folders(tree.names)
        assert layout
        (block,) = layout.blocks(tree)
    assert [row.path for row in block.rows] == sorted(content)
    assert [row.number for row in block.rows] == [0, 1, 2, 3]
    for row, face in zip(block.rows, block.faces, strict=True):
        assert np.array_equal(face, cv2.imdecode(np.frombuffer(content[row.path], np.uint8), cv2.IMREAD_GRAYSCALE))
    assert not block.problems


def test_a_picture_that_cannot_be_decoded_is_a_problem_and_the_rest_are_read(contained, pictures):
    content = pictures("happy/1.png", "happy/2.png", "happy/3.png") | {"happy/2.png": b"no picture", "sad/4.png": b""}
    with open_tree(contained(content)) as tree:
        layout = class_folders(tree.names)
        assert layout
        (block,) = layout.blocks(tree)
    assert block.problems == {1: ("picture", "10 bytes that are no picture; expected PNG or JPEG"),
                              3: ("picture", "0 bytes that are no picture; expected PNG or JPEG")}
    assert block.pixel_counts.tolist() == [2304, 0, 2304, 0]
    expected = [cv2.imdecode(np.frombuffer(content[name], np.uint8), cv2.IMREAD_GRAYSCALE)
                for name in ("happy/1.png", "happy/3.png")]
    assert np.array_equal(block.faces, expected)


@pytest.mark.parametrize("shape", [(96, 96), (96, 96, 3), (48, 48, 3), (30, 60)])
def test_other_sizes_and_colours_become_grey_faces(shape):
    face = decode(cv2.imencode(".png", np.full(shape, 90, np.uint8))[1].tobytes())
    assert face is not None
    assert (face.shape, face.dtype, set(face.ravel())) == ((48, 48), np.dtype("uint8"), {90})

import numpy as np
import pytest

from fer_pipeline.data.fer2013 import csv_text
from fer_pipeline.errors import InputError
from fer_pipeline.layouts.detection import detect
from fer_pipeline.layouts.trees import open_tree


@pytest.fixture
def rows(faces):
    made = faces(7)
    return [(str(emotion), " ".join(map(str, face.ravel())), "Training")
            for emotion, face in zip(made.emotion, made.pixels, strict=True)]


@pytest.fixture
def icml(rows) -> str:
    """The same faces as icml_face_data.csv has them: another order, and names with a leading space."""
    return "emotion, Usage, pixels\n" + "".join(f"{emotion},{usage},{pixels}\n" for emotion, pixels, usage in rows)


def read(path) -> tuple[str, list, int]:
    with open_tree(path) as tree:
        layout = detect(tree)
        return layout.name, list(layout.blocks(tree)), layout.count(tree)


def test_a_csv_of_faces_is_found_in_every_container(contained, rows):
    name, (block,), count = read(contained({"fer2013/fer2013.csv": csv_text(rows).encode(), "fer2013/README": b"text"}))
    assert (name, count) == ("fer2013.csv", 7)
    assert [(row.emotion, row.usage) for row in block.rows] == [(emotion, usage) for emotion, _, usage in rows]
    assert [" ".join(map(str, face.ravel())) for face in block.faces] == [pixels for _, pixels, _ in rows]
    assert not block.problems


def test_the_other_csv_layout_gives_the_same_faces(tmp_path, rows, icml):
    (tmp_path / "fer2013.csv").write_text(csv_text(rows))
    (tmp_path / "icml_face_data.csv").write_text(icml)
    _, (expected,), _ = read(tmp_path / "fer2013.csv")
    name, (block,), count = read(tmp_path / "icml_face_data.csv")
    assert name == "csv with the columns 'emotion', ' Usage', ' pixels', as icml_face_data.csv"
    assert np.array_equal(block.faces, expected.faces)
    assert [row.usage for row in block.rows] == ["Training"] * 7
    assert count == 7


def test_files_without_labels_beside_the_whole_one_are_passed_over(contained, icml):
    name, _, _ = read(contained({"icml_face_data.csv": icml.encode(), "test.csv": b"pixels\n0 0\n",
                                 "train.csv": b"emotion,pixels\n0,0 0\n"}))
    assert "icml_face_data.csv" in name


def test_two_whole_files_are_no_choice_to_make_silently(contained, rows, icml):
    with pytest.raises(InputError, match=r"has 2 csv files of faces: fer2013\.csv, icml_face_data\.csv\. Give the one"):
        read(contained({"fer2013.csv": csv_text(rows).encode(), "icml_face_data.csv": icml.encode()}))


def test_an_unknown_layout_says_what_was_found_and_what_is_known(contained):
    with pytest.raises(InputError, match=r"no known layout\. Found: train\.csv with the columns 'emotion', 'pixels'\. "
                                         r"Known: a csv with the columns emotion, pixels and Usage"):
        read(contained({"train.csv": b"emotion,pixels\n0,0 0\n"}))


def test_an_unknown_tree_is_shown_by_its_first_names(contained):
    with pytest.raises(InputError, match=r"Found: 0\.txt, 1\.txt, 2\.txt, 3\.txt, 4\.txt and 3 more"):
        read(contained({f"{number}.txt": b"" for number in range(8)}))

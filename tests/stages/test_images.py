import zipfile

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_pipeline.data.faces import read_faces
from fer_pipeline.data.fer2013 import csv_text
from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, PIXELS, Usage


def test_every_usage_gets_its_rows_faces_and_manifest(csv_file, rows, prepare):
    prepared = prepare(csv_file)
    for usage, file in zip(Usage, (prepared.training, prepared.public_test, prepared.private_test), strict=True):
        found = read_faces(file)
        own = [number for number, row in enumerate(rows) if row[2] == usage]
        assert found.row.tolist() == own
        assert found.emotion.tolist() == [int(rows[number][0]) for number in own]
        assert [" ".join(map(str, face.ravel())) for face in found.pixels] == [rows[number][1] for number in own]
        assert pd.read_parquet(prepared.manifests / f"{usage}.parquet")["row"].tolist() == own


def test_a_picture_stands_under_usage_emotion_and_row(csv_file, rows, prepare):
    prepared = prepare(csv_file)
    emotion, _, usage = rows[25]
    assert (prepared.pictures / usage / EMOTIONS[int(emotion)] / "00025.png").exists()
    assert len(list(prepared.pictures.rglob("*.png"))) == 42


def test_the_same_csv_gives_the_same_bytes(csv_file, prepare):
    def all_bytes() -> dict[str, bytes]:
        folder = prepare(csv_file).training.parent
        return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    assert all_bytes() == all_bytes()


def test_bad_rows_are_in_the_raw_table_with_reasons_and_nowhere_else(csv_file, rows, prepare, capsys):
    rows[3] = ("3", "1 2 3", "Training")
    rows[10] = ("7", rows[10][1], "PublicTest")
    csv_file.write_text(csv_text(rows) + "only one field\n")
    prepared = prepare(csv_file)
    table = pd.read_parquet(prepared.raw_table)
    assert len(table) == 43
    bad = table[table["problem"].notna()]
    assert dict(zip(bad["row"], zip(bad["problem"], bad["detail"], strict=True), strict=True)) == {
        3: ("pixels_count", "3 pixel values; expected 2304 (48 × 48)"),
        10: ("emotion", "emotion '7'; expected 0 to 6"),
        42: ("fields", "1 fields; expected 3"),
    }
    assert table["pixel_values"].tolist() == [3 if row == 3 else 0 if row == 42 else PIXELS for row in range(43)]
    kept = np.concatenate([read_faces(file).row for file in (
        prepared.training, prepared.public_test, prepared.private_test)])
    assert sorted(kept) == [row for row in range(42) if row not in (3, 10)]
    assert "Quarantined rows: 3" in capsys.readouterr().out


def test_a_folder_of_emotions_is_split_and_every_face_keeps_its_path(tmp_path, faces, prepare, capsys):
    made = faces(140)
    (tmp_path / "mine").mkdir()
    with zipfile.ZipFile(tmp_path / "mine" / "mine.zip", "w") as archive:
        for number, (face, emotion) in enumerate(zip(made.pixels, made.emotion, strict=True)):
            archive.writestr(f"{EMOTIONS[emotion]}/{number:03}.png", cv2.imencode(".png", face)[1].tobytes())
    prepared = prepare(tmp_path / "mine" / "mine.zip")
    assert "mine.zip: folders of emotions (own split)" in capsys.readouterr().out
    for usage, file, number in zip(Usage, (prepared.training, prepared.public_test, prepared.private_test), (
            112, 14, 14), strict=True):
        manifest, own = pd.read_parquet(prepared.manifests / f"{usage}.parquet"), read_faces(file)
        assert len(manifest) == len(own) == number
        for path, face in zip(manifest["path"], own.pixels, strict=True):
            assert np.array_equal(face, made.pixels[int(path[-7:-4])])


@pytest.mark.parametrize("usage", Usage)
def test_a_usage_without_faces_is_refused_by_name(csv_file, rows, prepare, usage):
    csv_file.write_text(csv_text([row for row in rows if row[2] != usage]))
    with pytest.raises(InputError, match=rf"fer2013\.csv has no readable face of usage {usage}\. Every usage needs"):
        prepare(csv_file)


@pytest.mark.parametrize(("text", "message"), [
    ("", r"fer2013\.csv has no known layout\. Found: fer2013\.csv\. Known: a csv with the columns emotion, pixels"),
    ("emotion,pixels,Usage\n", r"fer2013\.csv has a header and no rows"),
    ("emotion,Usage\n3,Training\n", r"no known layout\. Found: fer2013\.csv with the columns 'emotion', 'Usage'\."),
    ("path,label\n", r"no known layout\. Found: fer2013\.csv with the columns 'path', 'label'\."),
])
def test_a_file_that_is_no_fer2013_csv_is_refused(csv_file, prepare, text, message):
    csv_file.write_text(text)
    with pytest.raises(InputError, match=message):
        prepare(csv_file)


def test_bytes_that_are_no_text_are_refused(csv_file, prepare):
    csv_file.write_bytes(b"emotion,pixels,Usage\n3,\xff\xfe,Training\n")
    with pytest.raises(InputError, match=r"fer2013\.csv is no csv text: 'utf-8' codec"):
        prepare(csv_file)

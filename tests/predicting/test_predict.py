"""`fer predict` as a person runs it: in any folder, on any files, with what went wrong at the end."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from skimage import data

from fer_pipeline.predicting.outputs import FIELDS
from fer_pipeline.sample.drawing import draw_faces

ROOT = Path(__file__).parents[2]


def started(*arguments: object, cwd: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "fer_pipeline.cli", "predict", *map(str, arguments)], cwd=cwd,
                            env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def predict(*arguments: object, cwd: Path) -> tuple[int, str, str]:
    process = started(*arguments, cwd=cwd)
    out, err = process.communicate()
    return process.returncode, out, err


def write_crops(folder: Path, number: int, *, broken: int) -> None:
    """Drawn faces as PNG; of every `broken` the first is text."""
    faces = draw_faces((np.arange(14) % 7).astype(np.uint8), seed=1)
    for place in range(number):
        file = folder / f"{place:05}.png"
        if place % broken:
            Image.fromarray(faces[place % len(faces)]).save(file)
        else:
            file.write_text("no picture")


def test_a_photo_and_a_drawing_are_told_in_an_empty_folder(tmp_path: Path, model_file: Path) -> None:
    Image.fromarray(data.astronaut()).save(tmp_path / "astronaut.jpg")
    (tmp_path / "drawn").mkdir()
    Image.fromarray(np.full((90, 120), 200, np.uint8)).save(tmp_path / "drawn" / "plain.png")
    code, out, err = predict(".", "--model", model_file, "--annotate", "seen", cwd=tmp_path)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == ("Model made (made.onnx), accuracy not on its card, 10 views a face, trained on unknown; "
                        "detector haar")
    assert next(line for line in lines if line.startswith("astronaut.jpg")).split()[1] == "1"
    assert "no face found" in next(line for line in lines if line.startswith("drawn/plain.png"))
    assert lines[-1] == "1 face in 2 pictures, 1 of them without a face; annotated in seen"
    changed = np.asarray(Image.open(tmp_path / "seen" / "astronaut.jpg")).astype(int) - data.astronaut()
    assert np.abs(changed[60:165, 170:280]).max() > 100
    assert not (tmp_path / "seen" / "drawn").exists()


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_every_format_has_a_row_a_face(tmp_path: Path, model_file: Path, kind: str) -> None:
    write_crops(tmp_path, 5, broken=4)
    code, _, err = predict("*.png", "--cropped", "--model", model_file, "--out", f"out.{kind}", cwd=tmp_path)
    assert code == 1
    assert err.splitlines()[0] == "2 could not be read:"
    out = tmp_path / f"out.{kind}"
    rows = (pq.read_table(out).to_pylist() if kind == "parquet" else json.loads(out.read_text()) if kind == "json"
            else list(csv.DictReader(out.read_text().splitlines())))
    assert [row["file"] for row in rows] == ["00001.png", "00002.png", "00003.png"]
    assert tuple(rows[0]) == FIELDS
    assert sum(float(rows[0][emotion]) for emotion in FIELDS[-7:]) == pytest.approx(1, abs=1e-5)


def test_nothing_that_could_be_read_is_exit_code_2(tmp_path: Path, model_file: Path) -> None:
    (tmp_path / "text.jpg").write_text("hello")
    code, _, err = predict("text.jpg", "gone.png", "*.bmp", "--model", model_file, cwd=tmp_path)
    assert code == 2
    assert err.splitlines() == [
        "3 could not be read:", "  *.bmp: no file matches this pattern",
        "  text.jpg is no picture: it begins with b'hello'. Allowed: AVIF, BMP, GIF, ICO, JPEG, "
        "JPEG2000, PCX, PNG, PPM, TGA, TIFF, WEBP. Correct the path, or convert the file.",
        "  gone.png cannot be read: No such file or directory. Name a picture file."]


def test_what_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    code, out, err = predict("a.png", "--out", "out.xlsx", cwd=tmp_path)
    assert (code, out) == (1, "")
    assert err == ("error: out.xlsx cannot be written: it ends in '.xlsx'. Allowed: .csv, .json, .parquet. Correct "
                   "--out.\n")


def test_an_annotated_picture_never_takes_the_place_of_its_original(tmp_path: Path, model_file: Path) -> None:
    Image.fromarray(data.astronaut()).save(tmp_path / "a.png")
    code, _, err = predict("a.png", "--annotate", ".", "--model", model_file, cwd=tmp_path)
    assert code == 1
    assert "a.png would be overwritten by what --annotate makes of it" in err


@pytest.mark.parametrize("number", [60, pytest.param(10_000, marks=[pytest.mark.faults, pytest.mark.timeout(600)])])
def test_many_files_with_broken_ones_lose_nothing(tmp_path: Path, model_file: Path, number: int) -> None:
    write_crops(tmp_path, number, broken=20 if number == 60 else 100)
    bad = 3 if number == 60 else 100
    code, out, err = predict(".", "--cropped", "--model", model_file, "--out", "out.csv", cwd=tmp_path)
    assert code == 1
    assert len(err.splitlines()) == 1 + bad
    assert f"{number - bad:,} faces in {number - bad:,} pictures; rows in out.csv" in out
    with (tmp_path / "out.csv").open() as opened:
        told = [row["file"] for row in csv.DictReader(opened)]
    assert len(set(told)) == number - bad
    assert told == sorted(told)


def test_a_kill_leaves_no_half_written_file(tmp_path: Path, model_file: Path) -> None:
    write_crops(tmp_path, 600, broken=100)
    (tmp_path / "out.csv").write_text("the last run's")
    process = started(".", "--cropped", "--model", model_file, "--out", "out.csv", cwd=tmp_path)
    while not list(tmp_path.glob(".out.csv.*.part")):
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (tmp_path / "out.csv").read_text() == "the last run's"


def test_the_largest_face_of_each_picture_is_cut_out_as_fer_2013_has_them(tmp_path: Path, model_file: Path) -> None:
    astronaut, half = Image.fromarray(data.astronaut()), Image.fromarray(data.astronaut()).resize((256, 256))
    both = Image.new("RGB", (768, 512))
    both.paste(half, (0, 0))
    both.paste(astronaut, (256, 0))
    (tmp_path / "photos" / "happy").mkdir(parents=True)
    (tmp_path / "photos" / "sad").mkdir()
    astronaut.save(tmp_path / "photos" / "happy" / "one.png")
    both.save(tmp_path / "photos" / "happy" / "two.jpg")
    Image.new("L", (90, 90), 120).save(tmp_path / "photos" / "sad" / "none.png")
    code, out, err = predict("photos", "--crops", "faces", "--model", model_file, cwd=tmp_path)
    assert (code, err) == (0, "")
    assert "no face found" in next(line for line in out.splitlines() if line.startswith("photos/sad/none.png"))
    assert out.splitlines()[-1] == "3 faces in 3 pictures, 1 of them without a face; the largest of each in faces"
    made = {str(file.relative_to(tmp_path)): Image.open(file) for file in (tmp_path / "faces").rglob("*.*")}
    assert sorted(made) == ["faces/happy/one.png", "faces/happy/two.jpg.png"]
    assert {(crop.mode, crop.size) for crop in made.values()} == {("L", (48, 48))}
    one, two = (np.asarray(crop).ravel() for crop in made.values())
    assert np.corrcoef(one, two)[0, 1] > 0.9


def test_faces_that_are_crops_are_not_cut_again(tmp_path: Path) -> None:
    code, _, err = predict("a.png", "--cropped", "--crops", "faces", cwd=tmp_path)
    assert code == 1
    assert err.startswith("error: --crops cuts out faces, and --cropped says that the pictures are faces already. ")

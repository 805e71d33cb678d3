"""The real fer2013.csv by the quick way and by the careful one, and what the stage needs for it."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_pipeline.data.faces import read_faces
from fer_pipeline.data.fer2013 import join, read_blocks
from fer_pipeline.data.piecewise import read_csv
from fer_pipeline.labels import EMOTIONS, Usage

pytestmark = pytest.mark.real_data

STAGE = """
import json, resource, sys
from pathlib import Path
from fer_pipeline.data.side_by_side import CORES
from fer_pipeline.params import ImagesParams
from fer_pipeline.stages.images import images

images(ImagesParams(split_seed=3), *map(Path, sys.argv[1:]))
used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps((used[0] + CORES * used[1]) * 1024))    # children: the largest of them
"""
MOST_BYTES = 1.5e9


@pytest.fixture(scope="module")
def prepared(csv_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The stage's outputs, from a process of its own, and the most memory that it held."""
    folder = tmp_path_factory.mktemp("converted")
    (folder / "source").mkdir()
    (folder / "source" / csv_file.name).symlink_to(csv_file)
    names = ("source", "raw.parquet", *Usage, "manifests", "pictures")
    by_a_shell = ["/bin/sh", "-c", '"$0" "$@"; exit $?']    # else Linux counts the memory of this process as well
    done = subprocess.run([*by_a_shell, sys.executable, "-c", STAGE, *(str(folder / name) for name in names)],
                          check=True, text=True, stdout=subprocess.PIPE)
    return folder, json.loads(done.stdout.splitlines()[-1])


def test_both_ways_find_the_same_rows_faces_and_problems(csv_file: Path) -> None:
    with csv_file.open("rb") as file, csv_file.open(newline="") as lines:
        quick, careful = join(read_csv(file, "quick")), join(read_blocks(lines, "careful"))
    assert (quick.rows, quick.problems) == (careful.rows, careful.problems)
    assert np.array_equal(quick.faces, careful.faces)
    assert np.array_equal(quick.pixel_counts, careful.pixel_counts)


def test_every_array_and_picture_holds_the_pixels_of_its_row(csv_file: Path, prepared: tuple[Path, int]) -> None:
    folder, _ = prepared
    faces = {usage: read_faces(folder / usage) for usage in Usage}
    arrays = {int(row): face for one in faces.values() for row, face in zip(one.row, one.pixels, strict=True)}
    with csv_file.open(newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            pixels = np.array(row["pixels"].split(), np.uint8).reshape(48, 48)
            picture = folder / "pictures" / row["Usage"] / EMOTIONS[int(row["emotion"])] / f"{number:05}.png"
            assert np.array_equal(arrays[number], pixels)
            assert np.array_equal(cv2.imread(str(picture), cv2.IMREAD_UNCHANGED), pixels)
    assert number + 1 == len(arrays) == len(list(folder.rglob("*.png"))) == 35_887


def test_the_stage_stays_below_the_memory_it_may_take(prepared: tuple[Path, int]) -> None:
    assert prepared[1] < MOST_BYTES

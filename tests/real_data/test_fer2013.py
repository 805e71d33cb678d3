"""The real FER-2013 through the real stages: what the census says must be found."""

import csv
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_pipeline.data.faces import read_faces
from fer_pipeline.ferplus.votes import VOTES
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.params import ImagesParams, load_params
from fer_pipeline.stages.balance import balance
from fer_pipeline.stages.census import census
from fer_pipeline.stages.images import images
from fer_pipeline.stages.train import train
from fer_pipeline.stages.validate import validate
from fer_pipeline.stages.votes import NO_VOTES

pytestmark = pytest.mark.real_data

ROOT = Path(__file__).parents[2]
PER_EMOTION = {     # angry, disgust, fear, happy, sad, surprise, neutral
    Usage.TRAINING: (3995, 436, 4097, 7215, 4830, 3171, 4965),
    Usage.PUBLIC_TEST: (467, 56, 496, 895, 653, 415, 607),
    Usage.PRIVATE_TEST: (491, 55, 528, 879, 594, 416, 626),
}


@dataclass(frozen=True)
class Prepared:
    """Where the stages wrote."""

    csv_file: Path
    folder: Path

    def array_file(self, usage: Usage) -> Path:
        return self.folder / {Usage.TRAINING: "training", Usage.PUBLIC_TEST: "public_test",
                              Usage.PRIVATE_TEST: "private_test"}[usage]

    def verdicts(self, usage: Usage) -> pd.DataFrame:
        return pd.read_parquet(self.folder / f"{usage}.parquet")


@pytest.fixture(scope="session")
def prepared(csv_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("prepared")
    arrays = [folder / name for name in ("training", "public_test", "private_test")]
    source = folder / "source"
    source.mkdir()
    (source / csv_file.name).symlink_to(csv_file)
    images(ImagesParams(split_seed=3), source, folder / "raw.parquet", *arrays, folder / "manifests",
           folder / "pictures")
    for name in ("votes", "findings"):
        (folder / name).mkdir()
    for usage in Usage:
        NO_VOTES.to_parquet(folder / "votes" / f"{usage}.parquet")
    params = load_params(ROOT / "profiles" / "fer2013.yaml")
    census(params.census, *arrays, folder / "manifests", folder / "votes",
           *(folder / "findings" / f"{usage}.parquet" for usage in Usage), folder / "census.json")
    validate(params.validate_, folder / "raw.parquet", folder / "manifests", folder / "findings", folder / "pictures",
             *(folder / f"{usage}.parquet" for usage in Usage), folder / "quarantine.csv", folder / "summary.json",
             folder / "data_docs")
    return Prepared(csv_file, folder)


@pytest.mark.parametrize("usage", list(Usage))
def test_every_usage_has_its_faces_of_each_emotion(prepared: Prepared, usage: Usage) -> None:
    emotion = read_faces(prepared.array_file(usage)).emotion
    assert tuple(np.bincount(emotion, minlength=7)) == PER_EMOTION[usage]


def test_copies_and_black_faces_are_found_as_the_census_counts_them(prepared: Prepared) -> None:
    training, public_test, private_test = (prepared.verdicts(usage) for usage in Usage)
    assert [frame["constant"].sum() for frame in (training, public_test, private_test)] == [11, 1, 0]
    assert [frame["copy_inside"].sum() for frame in (training, public_test, private_test)] == [1236, 26, 17]
    assert public_test["copy_of_training"].sum() == 280
    assert private_test["copy_of_training"].sum() == 288
    assert private_test["copy_of_public_test"].sum() == 44
    without_copies = ~(private_test["copy_of_training"] | private_test["copy_of_public_test"])
    assert without_copies.sum() == 3275
    assert (training["verdict"] == "quarantine").sum() == 11


def test_pixels_round_trip_exactly_from_csv_to_arrays_and_pictures(prepared: Prepared) -> None:
    faces = {usage: read_faces(prepared.array_file(usage)) for usage in Usage}
    place = {(usage, row): index for usage in Usage for index, row in enumerate(faces[usage].row)}
    with prepared.csv_file.open(newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            if number % 97:
                continue
            pixels = np.array(row["pixels"].split(), np.uint8).reshape(48, 48)
            usage = Usage(row["Usage"])
            assert (faces[usage].pixels[place[usage, number]] == pixels).all()
            picture = prepared.folder / "pictures" / usage / EMOTIONS[int(row["emotion"])] / f"{number:05}.png"
            assert (cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE) == pixels).all()


def test_one_epoch_of_lenet_learns_what_it_should(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_STATE", str(prepared.folder / "state"))
    params = load_params(ROOT / "profiles" / "fer2013.yaml")
    balanced, counts = prepared.folder / "balanced.npz", prepared.folder / "counts.csv"
    votes = prepared.folder / "votes.parquet"
    NO_VOTES[["row", *VOTES]].to_parquet(votes)
    balance(params.balance, prepared.array_file(Usage.TRAINING), prepared.folder / "Training.parquet", votes, balanced,
            counts, prepared.folder / "origins.csv")
    recipe = params.architectures["lenet5"].model_copy(update={"epochs": 1})
    history = prepared.folder / "history.csv"
    # In a process of its own, as stages run: TensorFlow takes a number of threads before its first operation alone.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        process.submit(train, "lenet5", recipe, params.train, params.compute, balanced,
                       prepared.array_file(Usage.PUBLIC_TEST), prepared.folder / "model.keras", history, {}).result()
    assert 0.37 <= pd.read_csv(history)["public_test_accuracy"].iloc[0] <= 0.46     # 41.5 % when written

"""A teacher of two networks, and students of it: from ensemble.json to the student's model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from fer_pipeline import architectures
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.distillation.teacher import write_teacher
from fer_pipeline.distillation.teaching import Teaching, read_teaching, write_teaching
from fer_pipeline.errors import InputError
from fer_pipeline.inference import probabilities
from fer_pipeline.params import ComputeParams, TrainParams
from fer_pipeline.recipes import Student
from fer_pipeline.stages import train_student as stage
from fer_pipeline.stages.teach import teach
from fer_pipeline.stages.train import train
from fer_pipeline.stages.train_student import train_student
from fer_pipeline.training.run import fingerprint

COMPUTE, TRAIN = ComputeParams(threads=1, mixed_precision=False), TrainParams(seed=11)
TINY = {"size": 20, "filters": [4, 8], "units": [32, 16]}
pytestmark = pytest.mark.usefixtures("seeded_only")


@pytest.fixture
def banded(faces) -> Faces:
    """Faces with a banded band, each at the height of its emotion."""
    made = faces(140)
    band = np.arange(48)[np.newaxis, :, np.newaxis] // 6 == made.emotion[:, np.newaxis, np.newaxis]
    return replace(made, pixels=np.where(band, 220, made.pixels // 4).astype(np.uint8))


@pytest.fixture
def voters(tmp_path: Path) -> Path:
    """teacher.json of two networks of random weights, one of which votes twice."""
    (tmp_path / "models").mkdir()
    for seed, name in enumerate(("one", "twice")):
        keras.utils.set_random_seed(seed)
        made = architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, **TINY)
        made.save(tmp_path / "models" / f"{name}.keras")
    record = {"members": [{"architecture": name, "votes": votes, "model_sha256": sha256_of(
        tmp_path / "models" / f"{name}.keras")} for name, votes in (("twice", 2), ("one", 1))]}
    write_teacher(tmp_path / "teacher.json", record)
    return tmp_path / "teacher.json"


@pytest.fixture
def student(recipe) -> Callable[..., Student]:
    """Makes a student's recipe with the given teacher and departures."""

    def make(share: float, temperature: float = 1.0, **changes: Any) -> Student:
        plain = recipe(hyperparameters=TINY).model_dump()
        return Student.model_validate(plain | changes | {"teacher": {"share": share, "temperature": temperature}})

    return make


@pytest.fixture
def learn(tmp_path: Path, faces) -> Callable[..., Path]:
    """Runs the stage on Training and a teaching of it, and returns the model's file."""

    def run(recipe: Student, training: Faces, taught: np.ndarray, taught_row: np.ndarray | None = None) -> Path:
        keras.utils.clear_session()
        write_faces(tmp_path / "training.npz", training)
        write_faces(tmp_path / "public_test.npz", faces(14, seed=9))
        write_teaching(tmp_path / "teaching.npz", Teaching(
            training.row if taught_row is None else taught_row, taught, "0" * 64))
        train_student("own", recipe, TRAIN, COMPUTE, tmp_path / "training.npz", tmp_path / "public_test.npz",
                      tmp_path / "teaching.npz", tmp_path / "model.keras", tmp_path / "history.csv", {})
        return tmp_path / "model.keras"

    return run


def test_the_teaching_is_the_members_vote_on_each_face_seen_once(voters, banded, tmp_path, capsys):
    write_faces(tmp_path / "training.npz", banded)
    teach("own", COMPUTE, voters, tmp_path / "models", tmp_path / "training.npz", tmp_path / "teaching.npz")
    teaching = read_teaching(tmp_path / "teaching.npz")
    said = [probabilities(keras.models.load_model(tmp_path / "models" / f"{name}.keras"), banded.pixels)
            for name in ("one", "twice", "twice")]
    np.testing.assert_allclose(teaching.probabilities, np.mean(said, axis=0), rtol=1e-5)
    np.testing.assert_array_equal(teaching.row, banded.row)
    assert teaching.teacher_sha256 == sha256_of(voters)
    right = (np.mean(said, axis=0).argmax(axis=1) == banded.emotion).mean()
    assert f"own is taught by twice × 2, one × 1: of 140 Training faces they call {right:.1%} as" in (
        capsys.readouterr().out)


@pytest.mark.parametrize("change", ["other", "gone"])
def test_a_member_that_is_not_the_one_chosen_is_refused_with_the_repair(voters, banded, tmp_path, change):
    write_faces(tmp_path / "training.npz", banded)
    file = tmp_path / "models" / "twice.keras"
    file.write_bytes(b"newer")
    if change == "gone":
        file.unlink()
    found = "not there" if change == "gone" else "the model [0-9a-f]{64}"
    with pytest.raises(InputError, match=rf"twice votes in the ensemble as the model [0-9a-f]{{64}}, and .*keras is "
                                         rf"{found}\. Run dvc repro train@twice ensemble\."):
        teach("own", COMPUTE, voters, tmp_path / "models", tmp_path / "training.npz", tmp_path / "teaching.npz")
    assert not (tmp_path / "teaching.npz").exists()


def test_a_student_of_the_teacher_alone_says_what_it_says_whatever_the_labels_are(student, learn, banded, tmp_path):
    taught = np.eye(7, dtype=np.float32)[(banded.emotion + 2) % 7]     # every label is another emotion
    gentle = {"name": "adam", "learning_rate": 0.003}
    model_file = learn(student(1.0, epochs=12, optimizer=gentle), banded, taught)
    said = probabilities(keras.models.load_model(model_file), banded.pixels).argmax(axis=1)
    assert (said == taught.argmax(axis=1)).mean() > 0.6     # chance is a seventh
    assert (said == banded.emotion).mean() < 1 / 7
    assert pd.read_csv(tmp_path / "history.csv")["accuracy"].iloc[-1] > 0.4    # towards the teacher


def test_a_student_without_share_is_byte_for_byte_what_train_makes(student, recipe, learn, banded, tmp_path):
    mixing = {"label_smoothing": 0.1, "augmentation": {"mixup": 0.4, "cutmix": 1.0}}
    taught = np.full((140, 7), 1 / 7, np.float32)
    alone = learn(student(0.0, **mixing), banded, taught).read_bytes()
    keras.utils.clear_session()
    train("own", recipe(hyperparameters=TINY, **mixing), TRAIN, COMPUTE, tmp_path / "training.npz",
          tmp_path / "public_test.npz", tmp_path / "plain.keras", tmp_path / "plain.csv", {})
    assert (tmp_path / "plain.keras").read_bytes() == alone
    assert learn(student(0.5, **mixing), banded, taught).read_bytes() != alone


def test_a_teaching_of_other_faces_is_refused(student, learn, banded):
    with pytest.raises(InputError, match="The teaching is of 140 faces that are not the 140 to train on"):
        learn(student(0.5), banded, np.full((140, 7), 1 / 7, np.float32), taught_row=banded.row + 1)


def test_the_fingerprint_is_of_the_teacher_s_share_temperature_and_teaching(student, banded, tmp_path):
    file = tmp_path / "teaching.npz"

    def of(recipe: Student, sure: float = 0.4) -> str:
        said = np.full((140, 7), (1 - sure) / 6, np.float32)
        said[:, 0] = sure
        write_teaching(file, Teaching(banded.row, said, "0" * 64))
        return fingerprint(recipe, 11, COMPUTE, stage.CODE, [file])

    assert of(student(0.5)) == of(student(0.5, seed=11))
    assert len({of(student(0.5)), of(student(0.4)), of(student(0.5, 2.0)), of(student(0.5), 0.6)}) == 4


def test_the_fingerprint_is_of_all_the_code_that_dvc_yaml_tracks_for_a_student():
    package = Path(stage.__file__).parents[1]
    deps = YAML(typ="safe").load(package.parent / "dvc.yaml")["stages"]["train_student"]["do"]["deps"]
    paths = [dep.removeprefix("${code}/") for dep in deps if dep.startswith("${code}/")]
    code = {package / path for path in paths if "$" not in path}
    tracked = {file for path in code for file in (path.glob("*.py") if path.is_dir() else [path])}
    assert tracked - {package / "errors.py"} == {file for pattern in stage.CODE for file in package.glob(pattern)}

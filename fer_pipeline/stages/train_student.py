"""Train one student towards the labels and the ensemble's vote on them; otherwise as `train` trains."""

from pathlib import Path
from typing import Any

from fer_pipeline.data.faces import read_faces
from fer_pipeline.distillation.soft_targets import soft_targets
from fer_pipeline.distillation.teaching import read_teaching
from fer_pipeline.params import ComputeParams, TrainParams
from fer_pipeline.recipes import Student
from fer_pipeline.training.determinism import make_deterministic
from fer_pipeline.training.run import Training, fingerprint, run

CODE = ("training/*.py", "architectures/__init__.py", "backbones/*.py", "balancing/weights.py", "distillation/*.py",
        "evaluation/calibration.py", "evaluation/probabilities.py", "evaluation/rounding.py", "inference.py",
        "batches.py", "checksum.py", "data/faces.py", "plain_zip.py", "checksum.py", "progress.py", "labels.py",
        "stages/train_student.py")


def train_student(
    entry: str,
    recipe: Student,
    train: TrainParams,
    compute: ComputeParams,
    training_file: Path,
    public_test_file: Path,
    teaching_file: Path,
    model_file: Path,
    history_file: Path,
    measured: dict[str, Any],
) -> None:
    """Write the model and its history; time and rate go to the run log alone.

    Raises:
        InputError: The teaching is of other faces.
    """
    seed = train.seed_of(recipe)
    make_deterministic(seed, compute.threads)
    training = read_faces(training_file)
    learnt = [training_file, public_test_file, teaching_file]
    measured |= run(Training(
        f"train_student@{entry}", recipe, seed, compute, training, read_faces(public_test_file),
        fingerprint(recipe, seed, compute, CODE, learnt),
        soft_targets(read_teaching(teaching_file), training, recipe.teacher)), model_file, history_file)

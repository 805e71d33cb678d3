"""Train one network, going on from its last epoch if an earlier process was killed."""

from pathlib import Path
from typing import Any

from fer_pipeline.data.faces import read_faces
from fer_pipeline.params import ComputeParams, TrainParams
from fer_pipeline.recipes import Recipe
from fer_pipeline.training.determinism import make_deterministic
from fer_pipeline.training.run import Training, fingerprint, run

CODE = ("training/*.py", "architectures/__init__.py", "backbones/*.py", "balancing/weights.py", "inference.py",
        "batches.py", "data/faces.py", "plain_zip.py", "checksum.py", "progress.py", "labels.py", "stages/train.py")


def train(
    entry: str,
    recipe: Recipe,
    train: TrainParams,
    compute: ComputeParams,
    training_file: Path,
    public_test_file: Path,
    model_file: Path,
    history_file: Path,
    measured: dict[str, Any],
) -> None:
    """Write the model and its history; time and rate go to the run log alone."""
    seed = train.seed_of(recipe)
    make_deterministic(seed, compute.threads)
    measured |= run(Training(
        f"train@{entry}", recipe, seed, compute, read_faces(training_file), read_faces(public_test_file),
        fingerprint(recipe, seed, compute, CODE, [training_file, public_test_file])), model_file, history_file)

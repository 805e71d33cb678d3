"""Let the ensemble vote on the balanced Training faces, for a student to learn from."""

from pathlib import Path

import keras
import numpy as np

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, read_faces
from fer_pipeline.distillation.teacher import Voters, read_teacher
from fer_pipeline.distillation.teaching import Teaching, write_teaching
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.voting import vote
from fer_pipeline.inference import probabilities
from fer_pipeline.params import ComputeParams
from fer_pipeline.training.determinism import make_deterministic


def teach(
    entry: str,
    compute: ComputeParams,
    teacher_file: Path,
    models_folder: Path,
    training_file: Path,
    teaching_file: Path,
) -> None:
    """Write the vote. Each member sees each face once, as it is: ten views would cost ten times as much, and the
    student sees the faces changed at random anyway.

    Raises:
        InputError: A member's model is missing, or is not the one that was chosen.
    """
    make_deterministic(seed=0, threads=compute.threads)
    voters, training = read_teacher(teacher_file), read_faces(training_file)
    said = {name: _said(name, models_folder / f"{name}.keras", voters, training) for name in voters.votes}
    together = vote(said, voters.votes)
    write_teaching(teaching_file, Teaching(training.row, together, voters.sha256))
    as_labelled = np.mean(together.argmax(axis=1) == training.emotion)
    print(f"{entry} is taught by {', '.join(f'{name} × {count}' for name, count in voters.votes.items())}: of "
          f"{len(training):,} Training faces they call {as_labelled:.1%} as labelled", flush=True)


def _said(name: str, model_file: Path, voters: Voters, training: Faces) -> np.ndarray:
    expected = voters.model_sha256[name]
    found = sha256_of(model_file) if model_file.exists() else None
    if found != expected:
        raise InputError(f"{name} votes in the ensemble as the model {expected}, and {model_file} is "
                         f"{f'the model {found}' if found else 'not there'}. Run dvc repro train@{name} ensemble.")
    print(f"{name} looks at {len(training):,} faces", flush=True)
    keras.backend.clear_session()
    return probabilities(keras.models.load_model(model_file), training.pixels)

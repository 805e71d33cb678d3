"""What imported runs say of packed Training faces, for students of a plan to learn from."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fer_pipeline.away.packed_faces import unpack
from fer_pipeline.data.faces import Faces
from fer_pipeline.distillation.soft_targets import soft_targets
from fer_pipeline.distillation.teacher import read_teacher, write_teacher
from fer_pipeline.distillation.teaching import Teaching, read_teaching, write_teaching
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.voting import vote
from fer_pipeline.imported_runs.run import Teacher, read_faces, read_run, teachers_of
from fer_pipeline.imported_runs.weights import kept_network
from fer_pipeline.inference import probabilities
from fer_pipeline.labels import Usage
from fer_pipeline.recipes import Recipe, Student
from fer_pipeline.training.archive import archive_of
from fer_pipeline.training.targets import SoftTargets

TEACHER, TEACHING = "teacher.json", "teaching.npz"


def teach(folder: Path, runs: Sequence[Path]) -> float:
    """Write teacher.json and teaching.npz beside packed faces, as the stages `ensemble` and `teach` do in a checkout.

    Args:
        folder: That `pack` wrote.
        runs: Folders of imported runs with weights; one that stands twice has two votes.

    Returns:
        The fraction of the Training faces that the vote calls as labelled.

    Raises:
        InputError: A run keeps no weights, or the folder lacks its faces.
    """
    training = unpack(folder)[Usage.TRAINING]
    votes = Counter(place.name for place in runs)
    said, members = {}, []
    for place in dict.fromkeys(runs):
        network = kept_network(place, read_run(place, read_faces(place.parent)).facts.recipe)
        members.append({"architecture": place.name, "votes": votes[place.name],
                        "model_sha256": hashlib.sha256(archive_of(network)).hexdigest()})
        said[place.name] = probabilities(network, training.pixels)
    write_teacher(folder / TEACHER, {"members": members})
    together = vote(said, votes)
    write_teaching(folder / TEACHING, Teaching(training.row, together, read_teacher(folder / TEACHER).sha256))
    return float(np.mean(together.argmax(axis=1) == training.emotion))


def soft_targets_of(entry: Recipe, folder: Path, training: Faces) -> tuple[SoftTargets | None, tuple[Teacher, ...]]:
    """What a student is trained towards beside its labels, and who says so; nothing for other entries.

    Raises:
        InputError: The folder has no teaching, or one that other runs or faces are of.
    """
    if not isinstance(entry, Student):
        return None, ()
    for file in (folder / TEACHER, folder / TEACHING):
        if not file.is_file():
            raise InputError(f"There is no {file}, which a student learns from. `python -m fer_pipeline.away teach` "
                             "writes it.")
    voters, teaching = read_teacher(folder / TEACHER), read_teaching(folder / TEACHING)
    if teaching.teacher_sha256 != voters.sha256:
        raise InputError(f"{folder / TEACHING} is of another teacher than {folder / TEACHER}. Teach again.")
    return soft_targets(teaching, training, entry.teacher), teachers_of(voters)

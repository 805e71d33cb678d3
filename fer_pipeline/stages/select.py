"""Select the champion by PublicTest and put its model, a record and a card where users find them."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fer_pipeline.distillation.teacher import Voters, read_teacher
from fer_pipeline.distillation.teaching import read_teaching
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.calibration import fitted_temperature
from fer_pipeline.evaluation.predictions import read_predictions
from fer_pipeline.evaluation.ranking import Candidate, candidate, ranked, say_left_over
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.params import SelectParams
from fer_pipeline.recipes import Recipe, Student

MEGABYTE = 1_000_000


def select(
    select: SelectParams,
    architectures: Mapping[str, Recipe],
    students: Mapping[str, Student],
    models_folder: Path,
    predictions_folder: Path,
    students_folder: Path,
    champion_model_file: Path,
    champion_file: Path,
    card_file: Path,
) -> None:
    """Write the champion. Reads the entries that params.yaml names and no other file of the folders.

    Raises:
        InputError: No entry has figures, or none of those that have is small enough.
    """
    teacher_file = students_folder / "teacher.json"
    voters = read_teacher(teacher_file) if teacher_file.exists() else None
    files = {**{name: models_folder / f"{name}.keras" for name in architectures},
             **{name: students_folder / "models" / f"{name}.keras" for name in students}}
    candidates = [*(candidate(name, files[name], predictions_folder / f"{name}.npz") for name in architectures),
                  *(_student(name, students_folder, voters) for name in students)]
    sizes = {name: file.stat().st_size for name, file in files.items() if file.exists()}
    order = ranked(candidates, sizes)
    best = _first_small_enough(order, sizes, select.max_megabytes)
    champion = best.architecture
    shutil.copyfile(files[champion], champion_model_file)
    folder = students_folder / "predictions" / Usage.PUBLIC_TEST if champion in students else predictions_folder
    said = read_predictions(folder / f"{champion}.npz")
    record = _record(best, candidates, order) | {
        "max_megabytes": select.max_megabytes,
        "views": said.views, "temperature": fitted_temperature(said.emotion_true, said.probabilities),
        "student_of": _teacher_of(students.get(champion), voters)}
    champion_file.write_text(json.dumps(record, indent=2) + "\n")
    card_file.write_text(_card(record))
    print(f"Champion on PublicTest: {champion}", flush=True)
    say_left_over(models_folder, architectures)
    say_left_over(students_folder / "models", students)


def _first_small_enough(order: Sequence[Candidate], sizes: Mapping[str, int], max_megabytes: float | None) -> Candidate:
    """Larger ones vote and teach all the same."""
    if max_megabytes is None:
        return order[0]
    small = [one for one in order if sizes[one.architecture] <= max_megabytes * MEGABYTE]
    if not small:
        found = ", ".join(f"{one.architecture} {sizes[one.architecture] / MEGABYTE:.3g} MB" for one in order)
        raise InputError(f"No network with figures is small enough for select.max_megabytes {max_megabytes:g}: "
                         f"{found}. Raise it in params.yaml, or add a smaller entry or student.")
    return small[0]


def _student(name: str, folder: Path, voters: Voters | None) -> Candidate:
    """As an architecture; but a student of the ensemble that taught before this one is out of the race."""
    teaching_file = folder / "teaching" / f"{name}.npz"
    if voters is None or not teaching_file.exists():
        return Candidate(name, None, f"teaching failed, there is no {'teaching' if voters else 'ensemble'}")
    if read_teaching(teaching_file).teacher_sha256 != voters.sha256:
        return Candidate(name, None, "teaching failed, there is only that of an older ensemble")
    return candidate(name, folder / "models" / f"{name}.keras", folder / "predictions" / "PublicTest" / f"{name}.npz")


def _teacher_of(student: Student | None, voters: Voters | None) -> dict[str, Any] | None:
    """What the champion was taught by, if it is a student."""
    if student is None or voters is None:
        return None
    return {"votes": dict(voters.votes), "teacher_sha256": voters.sha256, **student.teacher.model_dump()}


def _record(champion: Candidate, candidates: list[Candidate], order: list[Candidate]) -> dict[str, Any]:
    failed = [one for one in candidates if one.figures is None]
    return {
        "architecture": champion.architecture,
        "chosen_on": str(Usage.PUBLIC_TEST),
        **(champion.figures or {}),
        "emotions": list(EMOTIONS),
        "candidates": [
            *({"architecture": one.architecture, "accuracy": one.figures and one.figures["accuracy"],
               "status": "ranked"} for one in order),
            *({"architecture": one.architecture, "accuracy": None, "status": f"failed: {one.failure}"}
              for one in failed),
        ],
    }


def _card(record: Mapping[str, Any]) -> str:
    return f"""# Champion: {record['architecture']}

Chosen on {record['chosen_on']} among {len(record['candidates'])} networks{_limit(record['max_megabytes'])}:
accuracy {record['accuracy']:.1%} (95 % interval {record['accuracy_low']:.1%} to {record['accuracy_high']:.1%},
{record['faces']:,} faces), macro F1 {record['macro_f1']:.3f}. What it is
worth on faces that chose nothing, its limits and its use stand in artifacts/report/champion_card.md.
{_taught(record['student_of'])}
Input: grey faces, 48 × 48 × 1, levels 0 to 255. Output: probabilities of {', '.join(record['emotions'])}.
"""


def _limit(max_megabytes: float | None) -> str:
    return "" if max_megabytes is None else f", of those of at most {max_megabytes:g} MB"


def _taught(by: Mapping[str, Any] | None) -> str:
    if by is None:
        return ""
    members = ", ".join(f"{name} × {count}" for name, count in by["votes"].items())
    return f"""
It is a student: {by['share']:.0%} of its targets on Training was the vote of {members}, softened by the
temperature {by['temperature']:g}; the rest was the label.
"""

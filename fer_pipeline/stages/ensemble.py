"""Choose by PublicTest which architectures vote together, how often each counts, and so who teaches."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fer_pipeline.checksum import sha256_of
from fer_pipeline.distillation.teacher import write_teacher
from fer_pipeline.evaluation.choosing import consider
from fer_pipeline.evaluation.ensemble_record import ensemble_metrics, ensemble_record, in_words
from fer_pipeline.evaluation.headline import headline
from fer_pipeline.evaluation.members import check_same_faces, voted
from fer_pipeline.evaluation.predictions import Predictions, confusion_rows, read_predictions, write_predictions
from fer_pipeline.evaluation.ranking import Candidate, candidate, ranked, say_left_over
from fer_pipeline.params import EnsembleParams
from fer_pipeline.recipes import Recipe


def ensemble(
    architectures: Mapping[str, Recipe],
    ensemble: EnsembleParams,
    models_folder: Path,
    predictions_folder: Path,
    ensemble_file: Path,
    vote_file: Path,
    metrics_file: Path,
    confusion_file: Path,
    teacher_file: Path,
) -> None:
    """Write the ensemble. Reads the architectures that params.yaml names and no other file of the folders.

    Raises:
        InputError: No architecture has figures, or two were evaluated on different faces.
    """
    candidates = [candidate(name, models_folder / f"{name}.keras", predictions_folder / f"{name}.npz")
                  for name in architectures]
    order = _best_first(candidates, models_folder)
    said = _predictions(order, predictions_folder)
    probabilities = {name: one.probabilities for name, one in said.items()}
    ways = consider(probabilities, next(iter(said.values())).emotion_true, ensemble)
    record = ensemble_record(ensemble, candidates, order, said, ways)
    _write_json(ensemble_file, record)
    write_teacher(teacher_file, record)
    vote = voted(said, ways[0].votes, sha256_of(ensemble_file), "evaluate")
    _write_json(metrics_file, {**headline(vote.emotion_true, vote.probabilities), **ensemble_metrics(record)})
    write_predictions(vote_file, vote)
    confusion_rows(vote).to_csv(confusion_file, index=False)
    print(in_words(record), flush=True)
    say_left_over(models_folder, architectures)


def _best_first(candidates: Sequence[Candidate], models_folder: Path) -> list[Candidate]:
    """As `select` ranks them, so that the best network here is the champion."""
    found = [one.architecture for one in candidates if one.figures is not None]
    return ranked(candidates, {name: (models_folder / f"{name}.keras").stat().st_size for name in found})


def _predictions(order: Iterable[Candidate], folder: Path) -> dict[str, Predictions]:
    said = {one.architecture: read_predictions(folder / f"{one.architecture}.npz") for one in order}
    check_same_faces(said, "evaluate")
    return said


def _write_json(file: Path, content: Mapping[str, object]) -> None:
    file.write_text(json.dumps(content, indent=2) + "\n")

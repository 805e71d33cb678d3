"""Analyse what every network and the ensemble say: scores with intervals, calibration, curves, comparison, slices.

It sees PrivateTest and chooses nothing; only the report reads what this writes.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from fer_pipeline.data.faces import read_faces
from fer_pipeline.evaluation.analysis import Judged, analysed
from fer_pipeline.evaluation.comparison import compare
from fer_pipeline.evaluation.curves import precision_recall_points, roc_points
from fer_pipeline.evaluation.face_sets import PRIVATE_TEST, PUBLIC_TEST, face_sets
from fer_pipeline.evaluation.members import ENSEMBLE, check_same_faces
from fer_pipeline.evaluation.predictions import Predictions, read_predictions
from fer_pipeline.params import AnalyseParams
from fer_pipeline.recipes import Recipe, Student

Sets = Mapping[str, Predictions]


def analyse(
    architectures: Mapping[str, Recipe],
    students: Mapping[str, Student],
    analyse: AnalyseParams,
    predictions_folder: Path,
    students_folder: Path,
    public_test_metrics_folder: Path,
    ensemble_file: Path,
    public_test_vote_file: Path,
    private_test_vote_file: Path,
    private_test_file: Path,
    verdicts_file: Path,
    votes_file: Path,
    analysis_folder: Path,
    roc_folder: Path,
    precision_recall_folder: Path,
) -> None:
    """Write a file a model, the comparison of all, and the points of their curves.

    Networks without predictions of one model file for both usages are left out and named.

    Raises:
        InputError: Two models were judged on different faces.
    """
    verdicts = pd.read_parquet(verdicts_file)
    judged = Judged(read_faces(private_test_file), verdicts, pd.read_parquet(votes_file))
    said = {
        **_networks(architectures, predictions_folder / PUBLIC_TEST, predictions_folder / PRIVATE_TEST),
        **_networks(students, students_folder / "predictions" / PUBLIC_TEST,
                    predictions_folder / "students" / PRIVATE_TEST),
        ENSEMBLE: (read_predictions(public_test_vote_file), read_predictions(private_test_vote_file))}
    check_same_faces({name: private_test for name, (_, private_test) in said.items()}, "judge")
    temperatures = {**{name: _temperature(public_test_metrics_folder / f"{name}.json") for name in said
                       if name != ENSEMBLE}, ENSEMBLE: _temperature(ensemble_file)}
    sets = {name: face_sets(*both, verdicts) for name, both in said.items()}
    for folder in (analysis_folder, roc_folder, precision_recall_folder):
        folder.mkdir()
    for name, one in sets.items():
        _write_json(analysis_folder / f"{name}.json", analysed(one, temperatures[name], judged, analyse))
        _write_curves(one[PRIVATE_TEST], roc_folder / f"{name}.csv", precision_recall_folder / f"{name}.csv")
        print(f"{name}: analysed", flush=True)
    _write_json(analysis_folder / "comparison.json", _compared(sets))


def _networks(names: Iterable[str], *folders: Path) -> dict[str, tuple[Predictions, Predictions]]:
    """What the networks say of PublicTest and PrivateTest, which are in these folders."""
    found = {}
    for name in names:
        files = [folder / f"{name}.npz" for folder in folders]
        both = [read_predictions(file) for file in files if file.exists()]
        if len(both) == 2 and both[0].model_sha256 == both[1].model_sha256:
            found[name] = both[0], both[1]
        else:
            print(f"{name}: left out, it has no predictions of one model for PublicTest and PrivateTest", flush=True)
    return found


def _temperature(file: Path) -> float:
    return float(json.loads(file.read_text())["temperature"])


def _compared(sets: Mapping[str, Sets]) -> dict[str, object]:
    """By set of faces; the ensemble is among the networks."""
    names = next(iter(sets.values())).keys()
    return {name: compare({model: own[name].emotion_pred == own[name].emotion_true for model, own in sets.items()})
            for name in names}


def _write_curves(private_test: Predictions, roc_file: Path, precision_recall_file: Path) -> None:
    true, said = private_test.emotion_true, private_test.probabilities
    roc_points(true, said).to_csv(roc_file, index=False)
    precision_recall_points(true, said).to_csv(precision_recall_file, index=False)


def _write_json(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, indent=1) + "\n")

"""From a checkout in which an entry was trained and judged to its imported run."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from fer_pipeline.distillation.teacher import read_teacher
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.predictions import Predictions, read_predictions
from fer_pipeline.exporting.places import PREDICTIONS
from fer_pipeline.imported_runs.origin import origin_of, required
from fer_pipeline.imported_runs.places import EVALUATES, HISTORIES, RUN_LOG, TEACHER, TRAINS
from fer_pipeline.imported_runs.run import COPIES, FACES_FILE, Facts, ImportedRun, Teacher, teachers_of, write_run
from fer_pipeline.labels import Usage

COMPUTING = ("keras", "tensorflow", "numpy")


def keep(
    checkout: Path, entry: str, folder: Path, name: str, note: str = "", against: str | None = None,
) -> ImportedRun:
    """Write an entry of a checkout as an imported run.

    Args:
        checkout: In which `fer train-all` or the entry's stages up to `judge` ended.
        entry: Of params.yaml there.
        folder: Of all imported runs; `faces.csv` is written if there is none.
        name: Of the run.
        note: What was expected of it and what came.
        against: The run of which it changes a thing.

    Raises:
        InputError: The checkout does not know the entry, or lacks a file of it; or its faces are others than those of
            the runs that are there.
    """
    params = YAML(typ="safe").load(required(checkout / "params.yaml"))
    section = next((one for one in PREDICTIONS if entry in (params.get(one) or {})), None)
    if section is None:
        raise InputError(f"{checkout / 'params.yaml'} has no entry {entry!r}. Name one of its architectures or "
                         "students.")
    said = {usage: read_predictions(required(checkout / place / f"{entry}.npz"))
            for usage, place in PREDICTIONS[section].items()}
    history = pd.read_csv(required(checkout / f"{HISTORIES}/{entry}.csv"))
    facts = _facts(checkout, params, section, entry, said[Usage.PUBLIC_TEST].model_sha256)
    run = ImportedRun(name, Facts(**facts, epochs=len(history), note=note, against=against), history, said)
    _keep_faces(folder, checkout, said)
    write_run(folder, run)
    return run


def _facts(checkout: Path, params: Mapping[str, Any], section: str, entry: str, model_sha256: str) -> dict[str, Any]:
    recipe = params[section][entry]
    metrics = json.loads(required(checkout / f"artifacts/metrics/PublicTest/{entry}.json").read_text())
    train, evaluate = (_logged(checkout, f"{stages[section]}@{entry}", model_sha256) for stages in (TRAINS, EVALUATES))
    measured = evaluate["latency"]
    return {
        "entry": recipe, "seed": recipe.get("seed", params["train"]["seed"]),
        **{key: metrics[key] for key in ("weights", "parameters", "flops", "views", "file_bytes")},
        "mixed_precision": params["compute"]["mixed_precision"], "model_sha256": model_sha256,
        "training_seconds": train["training_seconds"],
        "hardware": f"{params['compute']['threads']} of {measured['cores']} cores of {measured['name']}"
        if measured["kind"] == "cpu" else measured["name"],
        **origin_of(checkout).model_dump(), "teachers": _teachers(checkout) if section == "students" else (),
        "versions": {name: version(name) for name in COMPUTING}}


def _teachers(checkout: Path) -> tuple[Teacher, ...]:
    return teachers_of(read_teacher(required(checkout / TEACHER)))


def _logged(checkout: Path, stage: str, model_sha256: str) -> dict[str, Any]:
    lines = required(checkout / RUN_LOG).read_text().splitlines()
    own = [record for record in map(json.loads, lines)
           if record["stage"] == stage and record.get("model_sha256") == model_sha256]
    if not own:
        raise InputError(f"The run log of {checkout} has no {stage} of the model {model_sha256}. Train and evaluate "
                         "the entry there: a result without its time and machine is not kept.")
    return dict(own[-1])


def _keep_faces(folder: Path, checkout: Path, said: Mapping[Usage, Predictions]) -> None:
    """Write the list of faces, or refuse others than those that are there."""
    parts = []
    for usage, one in said.items():
        verdicts = pd.read_parquet(required(checkout / f"data/prepared/verdicts/{usage}.parquet"))
        copies = verdicts.reindex(columns=COPIES, fill_value=False).astype(bool)
        parts.append(pd.DataFrame({"usage": str(usage), "row": one.row, "emotion": one.emotion_true}).join(copies))
    faces, file = pd.concat(parts, ignore_index=True), folder / FACES_FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        faces.to_csv(file, index=False)
    elif not (there := pd.read_csv(file)).equals(faces.astype(there.dtypes.to_dict())):
        raise InputError(f"{checkout} judged other faces than those of {file}. Only runs on the same PublicTest and "
                         "PrivateTest stand in one table; keep it in another folder.")

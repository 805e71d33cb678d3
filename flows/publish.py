"""After a run: the report with its run section, and the same figures as Prefect artifacts."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.predictions import read_predictions
from fer_pipeline.reporting.results import made_of
from fer_pipeline.runtime import machine, run_log
from fer_pipeline.runtime.energy import why_untold
from fer_pipeline.runtime.slots import visible_gpus

ARTIFACTS = Path("artifacts")
REPORT_FILE = ARTIFACTS / "report" / "report.html"
MARKDOWN_FILE = ARTIFACTS / "report" / "report.md"
INDEX_FILE = ARTIFACTS / "report" / "index.html"
PROVENANCE_FILE = Path("data/raw/provenance.json")
CHAMPION_FILE = ARTIFACTS / "champion" / "champion.json"
ENSEMBLE_FILE = ARTIFACTS / "ensemble" / "ensemble.json"


def record(flow: str, outcomes: Mapping[str, str]) -> None:
    """Put into the run log how each stage of a flow run ended."""
    run_log.append(run_log.flows_log(), {"flow": flow, "outcomes": dict(outcomes)})


def reported() -> bool:
    """Whether the last flow run left a report of the present state."""
    return _up_to_date("report")


def _up_to_date(stage: str) -> bool:
    flows = run_log.read(run_log.flows_log())
    return bool(flows) and flows[-1]["outcomes"].get(stage) in ("ran", "skipped", "restored")


def publish() -> None:
    """Render index.html and create Prefect's artifacts; nothing if the report could not be made."""
    if not reported():
        return
    write_index()
    create_table_artifact(key="architectures", table=architectures_table(champion()),
                          description="Every architecture, best first by PublicTest")
    create_markdown_artifact(key="result", markdown=MARKDOWN_FILE.read_text(), description="The report in short")
    create_link_artifact(key="report", link=INDEX_FILE.absolute().as_uri(), link_text="report",
                         description="The whole report; opens without a network")


def champion() -> dict[str, Any]:
    """The record that the stage select wrote."""
    loaded: dict[str, Any] = json.loads(CHAMPION_FILE.read_text())
    return loaded


def write_index() -> Path:
    """Render index.html: report.html plus what the clock measured here."""
    from fer_pipeline.reporting.run_section import insert_run

    if not REPORT_FILE.exists():
        raise InputError(f"{REPORT_FILE} not found. `fer train-all` or `dvc repro` makes it; `dvc pull` fetches it.")
    INDEX_FILE.write_text(insert_run(REPORT_FILE.read_text(), run_facts()))
    return INDEX_FILE


def run_facts() -> dict[str, Any]:
    """Revision, lock, hardware, the run log and its latest record of each stage, and the networks to join it with."""
    lock = Path("dvc.lock")
    return {"revision": _revision(), "dvc_lock_sha256": sha256_of(lock) if lock.exists() else None,
            "hardware": _hardware(), "stages": list(_latest_records().values()),
            "networks": _networks(), "log": run_log.read(run_log.stages_log()), "energy_untold": why_untold()}


def _networks() -> dict[str, dict[str, Any]]:
    """Checksum and PublicTest metrics of every network whose predictions are of the model file that is there."""
    networks = {}
    for model_file in sorted((ARTIFACTS / "models").glob("*.keras")):
        name, checksum = model_file.stem, sha256_of(model_file)
        predictions_file = ARTIFACTS / "predictions" / "PublicTest" / f"{name}.npz"
        if not (predictions_file.exists() and metrics_file("PublicTest", name).exists()):
            continue    # evaluate failed, and the page says so
        if read_predictions(predictions_file).model_sha256 == checksum:
            networks[name] = {**metrics("PublicTest", name), "model_sha256": checksum}
    return networks


def _latest_records() -> dict[str, dict[str, Any]]:
    flows = run_log.read(run_log.flows_log())
    outcomes = flows[-1]["outcomes"] if flows else {}
    latest = {entry["stage"]: entry for entry in run_log.read(run_log.stages_log())}
    return {name: latest.get(name, {"stage": name}) | {"status": outcomes.get(name, "ran")}
            for name in (outcomes or latest)}


def _revision() -> str | None:
    described = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return described.stdout.strip() or None


def _hardware() -> str:
    gpus = f", {len(visible_gpus())} GPUs" if visible_gpus() else ""
    return f"{machine.processor()}, {os.cpu_count()} cores{gpus}"


def architectures_table(champion: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row an architecture with its figures, best first by PublicTest; those that failed say why."""
    return [_row(candidate) for candidate in champion["candidates"]]


def _row(candidate: Mapping[str, Any]) -> dict[str, Any]:
    name = candidate["architecture"]
    if candidate["accuracy"] is None:
        return {"architecture": name, "status": candidate["status"]}
    public_test, private_test = metrics("PublicTest", name), metrics("PrivateTest", name)
    return {
        "architecture": name,
        "PublicTest": with_interval(public_test),
        "PrivateTest": with_interval(private_test),
        "without copies": with_interval(metrics("PrivateTest_without_copies", name)),
        "macro F1 on PrivateTest": f"{private_test['macro_f1']:.3f}",
        "made of": made_of(public_test),
        "parameters": f"{public_test['parameters']:,}",
    }


def result(champion: Mapping[str, Any]) -> str:
    """The result in three lines."""
    name = champion["architecture"]
    private_test, without_copies = metrics("PrivateTest", name), metrics("PrivateTest_without_copies", name)
    facts = json.loads(PROVENANCE_FILE.read_text())
    source = "synthetic sample faces" if facts["synthetic"] else "real faces"
    source += "" if facts["split"] == "official" else f", {facts['split']}"
    return (
        f"Champion: {name}, chosen on PublicTest with {with_interval(champion)} ({source})\n"
        f"PrivateTest: {with_interval(private_test)}, macro F1 {private_test['macro_f1']:.3f}{_better_vote(champion)}\n"
        f"PrivateTest without copies: {with_interval(without_copies)}\n"
    )


def _better_vote(champion: Mapping[str, Any]) -> str:
    """The ensemble as a clause, if it beats the champion on PublicTest faces that did not choose it."""
    if not _up_to_date("judge_ensemble"):
        return ""
    ensemble = json.loads(ENSEMBLE_FILE.read_text())
    if len(ensemble["members"]) == 1 or ensemble["held_out"]["accuracy"] <= champion["accuracy"]:
        return ""
    private_test = metrics("ensemble", "PrivateTest")
    return (f"; {len(ensemble['members'])} networks voting: {with_interval(private_test)}, "
            f"macro F1 {private_test['macro_f1']:.3f}")


def metrics(faces: str, architecture: str) -> dict[str, Any]:
    """Metrics of one architecture on one set of faces, as its stage wrote them."""
    loaded: dict[str, Any] = json.loads(metrics_file(faces, architecture).read_text())
    return loaded


def metrics_file(faces: str, architecture: str) -> Path:
    """Where they are."""
    return ARTIFACTS / "metrics" / faces / f"{architecture}.json"


def with_interval(figures: Mapping[str, Any]) -> str:
    """An accuracy as people read it: `88.3 % [84.2, 91.5], 300 faces`."""
    low, high = (100 * figures[f"accuracy_{end}"] for end in ("low", "high"))
    return f"{100 * figures['accuracy']:.1f} % [{low:.1f}, {high:.1f}], {figures['faces']:,} faces"

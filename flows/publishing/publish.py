"""After a run: the report with its run section, and the same figures as Prefect artifacts."""

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
from fer_pipeline.runtime.devices import visible_gpus
from fer_pipeline.runtime.energy import why_untold
from flows.publishing.results import ARTIFACTS, INDEX_FILE, champion, metrics, metrics_file, reported, with_interval

REPORT_FILE = ARTIFACTS / "report" / "report.html"
MARKDOWN_FILE = ARTIFACTS / "report" / "report.md"


def record(flow: str, outcomes: Mapping[str, str], reasons: Mapping[str, str] | None = None, started: str | None = None
           ) -> None:
    """Put into the run log how each stage of a flow run ended, why those that failed did, and when the run began."""
    run_log.append(run_log.flows_log(), {"flow": flow, "started": started, "ended": run_log.now(),
                                         "outcomes": dict(outcomes), "reasons": dict(reasons or {})})


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
    return f"{machine.processor()}, {os.cpu_count()} cores{_gpus()}"


def _gpus() -> str:
    """In words; a driver that fails after the run, or where only the page is made, stops no report."""
    try:
        gpus = visible_gpus()
    except InputError:
        return ", GPUs unknown: nvidia-smi fails"
    return f", {len(gpus)} GPUs" if gpus else ""


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

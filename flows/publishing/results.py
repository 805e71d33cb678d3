"""What the last run gave, from the files its stages wrote; Prefect is not asked."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_pipeline.runtime import run_log

ARTIFACTS = Path("artifacts")
INDEX_FILE = ARTIFACTS / "report" / "index.html"
PROVENANCE_FILE = Path("data/raw/provenance.json")
CHAMPION_FILE = ARTIFACTS / "champion" / "champion.json"
ENSEMBLE_FILE = ARTIFACTS / "ensemble" / "ensemble.json"


def reported() -> bool:
    """Whether the last flow run left a report of the present state."""
    return _up_to_date("report")


def _up_to_date(stage: str) -> bool:
    flows = run_log.read(run_log.flows_log())
    return bool(flows) and flows[-1]["outcomes"].get(stage) in ("ran", "skipped", "restored")


def champion() -> dict[str, Any]:
    """The record that the stage select wrote."""
    loaded: dict[str, Any] = json.loads(CHAMPION_FILE.read_text())
    return loaded


def result(champion: Mapping[str, Any]) -> str:
    """The result in three lines."""
    name = champion["architecture"]
    private_test, without_copies = metrics("PrivateTest", name), metrics("PrivateTest_without_copies", name)
    facts = json.loads(PROVENANCE_FILE.read_text())
    source = "synthetic sample faces" if facts["synthetic"] else "real faces"
    source += "" if facts["split"] == "official" else f", {facts['split']}"
    return (
        f"Champion: {name}, chosen on PublicTest with {with_interval(champion)} ({source})\n"
        f"PrivateTest: {with_interval(private_test)}, macro F1 {private_test['macro_f1']:.3f}{better_vote(champion)}\n"
        f"PrivateTest without copies: {with_interval(without_copies)}\n"
    )


def better_vote(champion: Mapping[str, Any]) -> str:
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

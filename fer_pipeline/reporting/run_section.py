"""What the clock measured, put into a finished page: the page itself holds no time, and DVC hashes it."""

import html
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from fer_pipeline.reporting.efficiency import efficiencies, pictures, rows
from fer_pipeline.reporting.numbers import MISSING, count, duration
from fer_pipeline.reporting.page import environment

SECTION, COLUMNS, CONTENTS = "<!--run:section-->", "<!--run:columns-->", "<!--run:contents-->"
ROW = re.compile(r"<!--run:row:(.*?)-->")
TRAINING = re.compile(r"train(?:_student)?@(.*)")       # a stage that trains the entry named


def insert_run(report_html: str, run: Mapping[str, Any]) -> str:
    """The same page with training times and rates in the architectures table and a section "This run".

    Args:
        report_html: A page of the report stage.
        run: `revision` and `dvc_lock_sha256` (text or None), `hardware` (text) and `stages`, a list of mappings:
            `stage`, `status` (ran, skipped, failed or restored) and, where known, `started` (ISO 8601), `seconds`,
            `device`, `faces_per_second`, `training_seconds` and `epochs`. Then `networks`, by name the checksum and
            PublicTest accuracy of those with figures, and `log`, every record of a stage, both as `efficiencies` takes
            them; `energy_untold`, why the machine tells no energy, or None.

    Raises:
        ValueError: The text has no place for a run section, so that the report stage did not write it as it is.
    """
    if SECTION not in report_html or COLUMNS not in report_html:
        raise ValueError(f"The page has no {SECTION} or no {COLUMNS}: it is no page of the report stage, or a run "
                         "is in it already. Give the page that `dvc repro report` writes.")
    measured = {trained[1]: stage for stage in run["stages"] if (trained := TRAINING.fullmatch(stage["stage"]))}
    macros: Any = environment().get_template("run_section.html.j2").module
    networks = efficiencies(map(html.unescape, ROW.findall(report_html)), run["networks"], run["log"])
    page = ROW.sub(lambda marker: _cells(measured.get(html.unescape(marker[1]), {})), report_html)
    return (page.replace(COLUMNS, str(macros.columns()).strip())
            .replace(CONTENTS, str(macros.contents()).strip())
            .replace(SECTION, str(macros.section(
                run, _timeline(run["stages"]), rows(networks), pictures(networks))).strip()))


def _cells(stage: Mapping[str, Any]) -> str:
    rate = count(stage.get("faces_per_second"))
    return f'<td class="number">{duration(stage.get("training_seconds"))}</td><td class="number">{rate}</td>'


def _timeline(stages: list[Mapping[str, Any]]) -> dict[str, Any]:
    """When everything began and how long it took, and of each stage its clock time and its place in between."""
    spans = [(_start(stage), float(stage["seconds"])) for stage in stages if _was_measured(stage)]
    if not spans:
        return {"began": None, "elapsed": None, "worked": None, "rows": [_row(stage, None, 1.0) for stage in stages]}
    began = min(start for start, _ in spans)
    ended = max(start + timedelta(seconds=seconds) for start, seconds in spans)
    elapsed = (ended - began).total_seconds()
    return {
        "began": f"{began:%Y-%m-%d %H:%M:%S} {began.tzname() or ''}".strip(),
        "elapsed": elapsed,
        "worked": sum(seconds for _, seconds in spans),
        "rows": [_row(stage, began, max(elapsed, 1e-9)) for stage in stages],
    }


def _was_measured(stage: Mapping[str, Any]) -> bool:
    return stage["status"] != "skipped" and stage.get("started") is not None and stage.get("seconds") is not None


def _start(stage: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(stage["started"])


def _row(stage: Mapping[str, Any], began: datetime | None, elapsed: float) -> dict[str, Any]:
    if stage.get("started") is None:
        return {**stage, "clock": MISSING, "seconds": None, "from": None}
    start = _start(stage)
    if began is None or not _was_measured(stage):
        return {**stage, "clock": f"{start:%Y-%m-%d %H:%M}", "from": None}
    return {**stage, "clock": f"{start:%H:%M:%S}", "from": f"{100 * (start - began).total_seconds() / elapsed:.2f}",
            "share": f"{100 * stage['seconds'] / elapsed:.2f}"}

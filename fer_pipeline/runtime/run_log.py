"""The run log: what the clock says of each stage, one JSON line a run of a stage, outside every DVC output.

Nothing measured by a clock may stand in what DVC hashes; the report's run section is made from this log.
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fer_pipeline.runtime.folders import run_log_folder

FLOW_VARIABLE = "FER_FLOW_RUN"      # set by the flow: tells its stages' records from others


def stages_log() -> Path:
    return run_log_folder() / "stages.jsonl"


def flows_log() -> Path:
    return run_log_folder() / "flows.jsonl"


@contextmanager
def logged_run(stage: str, device: str) -> Iterator[dict[str, Any]]:
    """Append a record when the block ends, with its success. The stage may add measurements to the record."""
    started = time.monotonic()
    record: dict[str, Any] = {
        "stage": stage, "flow": os.environ.get(FLOW_VARIABLE), "started": now(), "host": socket.gethostname(),
        "device": device, "succeeded": False,
    }
    try:
        yield record
        record["succeeded"] = True
    finally:
        record["seconds"] = round(time.monotonic() - started, 3)
        append(stages_log(), record)


def append(log: Path, record: dict[str, Any]) -> None:
    """Add one line. A single write to a file opened for appending is not torn by another process's.

    The line begins with a newline where an earlier one was cut short, so that this record is not lost with it.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a+b") as file:
        file.seek(max(0, file.tell() - 1))
        torn = file.read(1) not in (b"", b"\n")
        file.write((b"\n" if torn else b"") + json.dumps(record).encode() + b"\n")


def read(log: Path) -> list[dict[str, Any]]:
    """Every whole record of a log, oldest first; lines cut short by a kill are left out."""
    if not log.exists():
        return []
    return [record for line in log.read_text().splitlines() if (record := parsed(line)) is not None]


def parsed(line: str) -> dict[str, Any] | None:
    """A line's record; None for a line that was cut."""
    try:
        record: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return None
    return record


def now() -> str:
    """This moment in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")

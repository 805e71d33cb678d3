"""`fer status` as people and as machines read it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from fer_pipeline.progress import bar, duration
from flows.running.at_work import Work
from flows.status.gather import Status
from flows.status.last_run import LastRun
from flows.status.layout import UNBROKEN, painted, section
from flows.status.running import Slot, Training
from flows.status.server import Server
from flows.status.stale import NEVER_RAN

NAMES_SHOWN = 12    # of stages in one list
OUTPUT = "output "        # how the reason of an output begins
OK, WARN, BAD, BUSY = "green", "yellow", "red", "cyan"


def as_json(status: Status) -> str:
    """Everything that was gathered, one object."""
    return json.dumps(asdict(status), indent=2)


def as_text(status: Status, width: int) -> str:
    """For a terminal of `width` characters, 120 used at most."""
    sections = {
        "Stages": _stages(status), "Running": _running(status), "Slots": _slots(status.slots),
        "Cut short": _cut(status),
        "Last run": _last(status.last), "Server": _server(status.server, status.stack), "Next": [_next(status)]}
    lines = [line for title, entries in sections.items() for line in section(title, entries, width)]
    return "\n".join(lines).replace(UNBROKEN, " ")


def _stages(status: Status) -> Iterator[str]:
    if status.unreadable:
        yield painted(f"DVC cannot read the pipeline: {status.unreadable}", BAD)
        return
    if not (status.stale or status.behind):
        yield painted(f"all {status.stages} up to date", OK)
        return
    fresh = status.stages - len(status.stale) - len(status.behind)
    if _nothing_ran(status):
        yield painted(f"none of {status.stages} has run here yet", WARN)
        return
    yield painted(f"{fresh} of {status.stages} up to date, {len(status.stale)} stale", WARN)
    for reason, names in _by_reason(status).items():
        yield f"  {reason}"
        yield f"      {_names(names)}"
    if status.behind:
        yield f"  {len(status.behind)} behind them, run if what they read changes"
        yield f"      {_names(status.behind)}"


def _nothing_ran(status: Status) -> bool:
    return not status.locked and all(NEVER_RAN in stage.reasons for stage in status.stale)


def _by_reason(status: Status) -> dict[str, list[str]]:
    """Stages by the reasons that they share; the paths of outputs only where there is but one."""
    at_work = {work.what for work in status.work}      # DVC removed their outputs
    stale = [stage for stage in status.stale if stage.stage not in at_work]
    outputs = [reason for stage in stale for reason in stage.reasons if reason.startswith(OUTPUT)]
    by_reason: dict[str, list[str]] = {}
    for stage in stale:
        for reason in stage.reasons:
            shown = _without_path(reason) if reason in outputs and len(outputs) > 1 else reason
            if stage.stage not in by_reason.setdefault(shown, []):
                by_reason[shown].append(stage.stage)
    return by_reason


def _without_path(reason: str) -> str:
    return f"outputs {reason.removeprefix(OUTPUT).partition(':')[0]}"


def _names(stages: Iterable[str]) -> str:
    names = [_title(stage) for stage in stages]
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


def _title(stage: str) -> str:
    return stage.replace("@", " · ").replace(" ", UNBROKEN)


def _running(status: Status) -> Iterator[str]:
    if status.flow:
        yield painted(f"a flow run, process {status.flow.pid}, for {_since(status.flow.started)}; "
                       f"{status.done} stage{'s' * (status.done != 1)} done", BUSY)
    trainings = {training.stage: training for training in status.trainings if training.pid}
    devices = {slot.pid: slot.name for slot in status.slots if slot.pid}
    stages = {work.what for work in status.work if work.stage}
    for work in status.work:
        if work.stage or not stages & set(work.what.split()):      # the DVC behind a stage that is shown
            yield _work(work, devices.get(work.pid), trainings.get(work.what))
    if not (status.flow or status.work):
        yield "nothing in this checkout"


def _work(work: Work, device: str | None, training: Training | None) -> str:
    what = _title(work.what) if work.stage else work.what
    elapsed = duration(datetime.now(UTC).timestamp() - work.started)
    where = f" on {device}" if device else ""
    return f"  {what}{_epochs(training)}, for {elapsed}{where}, process {work.pid}"


def _epochs(training: Training | None) -> str:
    if training is None or training.epoch is None:
        return ""
    if not training.epochs:
        return f" after epoch {training.epoch}"
    left = "" if training.seconds_left is None else f", {duration(training.seconds_left)} left"
    drawn = bar(training.epoch / training.epochs).replace(" ", UNBROKEN)
    return f"  {drawn}  epoch {training.epoch} of {training.epochs}{left}"


def _slots(slots: list[Slot]) -> Iterator[str]:
    free = [slot.name for slot in slots if slot.pid is None]
    for slot in slots:
        if slot.pid is not None:
            here = "this checkout" if slot.folder == str(Path.cwd()) else slot.folder or "another user"
            yield painted(f"{slot.name}  {_title(slot.stage or 'taken')}, process {slot.pid}, {here}", BUSY)
    if free:
        yield f"free: {', '.join(free)}"


def _cut(status: Status) -> Iterator[str]:
    if status.cut:
        yield painted(f"the flow run of {_moment(status.cut.started)} (process {status.cut.pid}) died before its end",
                       WARN)
    for training in status.trainings:
        if training.pid is None:
            yield painted(f"{_title(training.stage)} goes on {_after(training)}, if code, settings and data are as "
                           "they were", WARN)


def _after(training: Training) -> str:
    if training.epoch is None:
        return "from where it was"
    of = f" of {training.epochs}" if training.epochs else ""
    return f"after epoch {training.epoch}{of}"


def _last(last: LastRun | None) -> Iterator[str]:
    if last is None:
        yield "none ended in this checkout yet"
        return
    took = "" if last.seconds is None else f", took {duration(last.seconds)}"
    counts = ", ".join(f"{count} {outcome}" for outcome, count in last.outcomes.items())
    yield painted(f"{_moment(last.ended)}{took}: {counts}", BAD if last.failed else OK)
    for name, reason in last.failed.items():
        yield painted(f"  {_title(name)} failed: {reason}", BAD)
    if last.not_run:
        yield f"  not run because of that: {_names(last.not_run)}"
    yield from (last.result or [])
    if last.report:
        yield f"Report: {last.report}"


def _server(server: Server | None, stack: dict[str, bool]) -> Iterator[str]:
    if server is None:
        yield "PREFECT_API_URL is not set: a run starts a server of its own"
    elif server.answers:
        yield painted(f"{server.url} answers", OK)
    else:
        yield painted(f"{server.url} does not answer: {server.why_not}", BAD)
    for name, lives in stack.items():
        yield painted(f"{name} {'runs' if lives else 'has ended'}", OK if lives else WARN)


def _next(status: Status) -> str:
    if status.flow:
        return "wait; fer status shows how far it is"
    if status.unreadable:
        return "fer train-all mends a dvc.lock that a kill cut; otherwise repair what DVC names"
    if status.last and status.last.failed:
        return "repair what failed, then fer train-all; only what is left runs"
    if _nothing_ran(status):
        return "fer train-all"
    if any(reason.startswith(OUTPUT) for stage in status.stale for reason in stage.reasons):
        return "fer train-all makes what is missing; dvc pull fetches it where a remote has it"
    return "fer train-all" if status.stale else "nothing to do"


def _moment(stamp: str) -> str:
    """ISO 8601 as the reader's clock has it."""
    return f"{datetime.fromisoformat(stamp).astimezone():%Y-%m-%d %H:%M}" if stamp else "an unknown time"


def _since(stamp: str) -> str:
    return duration((datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds()) if stamp else "some time"

"""What the last flow run gave, from the run log and the files that the stages wrote."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from fer_pipeline.runtime import run_log
from flows.publishing import results


@dataclass(frozen=True)
class LastRun:
    """The last flow run that came to its end.

    Attributes:
        ended: When, ISO 8601.
        seconds: How long it took; None where the log does not tell.
        outcomes: How many stages ended in which way.
        failed: Stages that failed, with the reason.
        not_run: Stages that were left out because of those.
        result: The champion's and a better ensemble's figures with their intervals, a line each; None without a report.
        report: Its page; None if there is none.
    """

    ended: str
    seconds: float | None
    outcomes: dict[str, int]
    failed: dict[str, str]
    not_run: list[str]
    result: list[str] | None
    report: str | None


def last_run() -> LastRun | None:
    """None where no flow run ended yet."""
    log = run_log.flows_log()
    if not (records := run_log.read(log)):
        return None
    record = records[-1]
    outcomes = record["outcomes"]
    reasons = record.get("reasons", {})
    ended = record.get("ended") or datetime.fromtimestamp(log.stat().st_mtime, UTC).isoformat(timespec="seconds")
    return LastRun(
        ended, _seconds(record.get("started"), ended), dict(Counter(outcomes.values())),
        {name: reasons.get(name, "its reason is in the log of that run") for name in _those(outcomes, "failed")},
        _those(outcomes, "not run"), _result(), str(results.INDEX_FILE) if results.INDEX_FILE.exists() else None)


def _those(outcomes: dict[str, str], ended: str) -> list[str]:
    return [name for name, outcome in outcomes.items() if outcome == ended]


def _seconds(started: str | None, ended: str) -> float | None:
    if started is None:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def _result() -> list[str] | None:
    if not (results.reported() and results.CHAMPION_FILE.exists()):
        return None
    return results.result(results.champion()).splitlines()

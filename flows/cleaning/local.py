"""What lies in .fer and what killed processes left: resume state, downloads, clones, run logs, partial files."""

import shutil
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from fer_pipeline.runtime import run_log
from fer_pipeline.runtime.folders import LOCAL_FOLDER, downloads_folder, state_folder
from fer_pipeline.runtime.lock_holders import holder
from flows.cleaning.items import Item, Limits, size_of
from flows.running.dvc_whole import replace_whole

PARTIAL = "*.partial"       # our own; of downloads another is gone on from
DVC_PARTIAL = ".*.tmp"      # of a file on its way into DVC's cache


def resume_state(limits: Limits, useful: Collection[str], kept: list[str]) -> Iterator[Item]:
    """State of trainings that are up to date or no longer in the pipeline, and on request of all.

    Args:
        limits: What stays.
        useful: Stages that are stale, so that their state is of use.
        kept: Takes sentences on what stays.
    """
    for folder in sorted(path for path in _entries(state_folder()) if path.is_dir()):
        if holder(folder / "lock") is not None:
            kept.append(f"the state of {folder.name}, which runs")
        elif not any(folder.glob("**/*.npz")) or limits.unfinished or (
                folder.name not in useful and "@" in folder.name and limits.is_old(folder)):
            yield Item("Resume state", folder.name, size_of([folder]), partial(shutil.rmtree, folder))
        else:
            kept.append(f"the state of {folder.name}, which can go on (`--unfinished` takes it)")


def downloads(limits: Limits) -> Iterator[Item]:
    """Archives of Kaggle, whole and in parts; the stage acquire has its own copy."""
    old = [path for path in _entries(downloads_folder()) if limits.is_old(path)]
    if old:
        yield Item("Downloads", ", ".join(path.name for path in old), size_of(old), partial(_remove, old))


def clones() -> Iterator[Item]:
    """Clones of searches that were killed; a search that goes on makes a new one."""
    for clone in sorted((LOCAL_FOLDER / "search").glob("*/checkout")):
        if holder(clone.parent / "lock") is None:
            yield Item("Clone", f"of a killed search for {clone.parent.name}", size_of([clone]),
                       partial(shutil.rmtree, clone))


def partial_files(cache: Path) -> Iterator[Item]:
    """What a killed process was writing, run cache included. The caller knows that nobody writes here now.

    Args:
        cache: DVC's, the folder with `files` and `runs`; left alone outside this checkout.
    """
    own = cache.is_relative_to(Path.cwd())
    found = [*state_folder().glob(f"*/{PARTIAL}"), *Path(".dvc/tmp").glob(PARTIAL),
             *(cache.glob(f"**/{DVC_PARTIAL}") if own else [])]
    if found or _empty_runs(cache):
        yield Item("Partial", f"{len(found)} partial files of a kill or a full disk", size_of(found),
                   partial(_remove_partial, found, cache))


def _remove_partial(files: list[Path], cache: Path) -> None:
    _remove(files)
    for folder in _empty_runs(cache):
        folder.rmdir()


def _empty_runs(cache: Path) -> list[Path]:
    """Folders of DVC's run cache without a run, at which DVC fails: it takes for granted that there is one."""
    runs = cache.glob("runs/*/*") if cache.is_relative_to(Path.cwd()) else []
    return [folder for folder in runs if folder.is_dir() and not any(folder.iterdir())]


def run_logs(limits: Limits) -> Iterator[Item]:
    """Old records but the last of each stage, and those of a model, which the report may still name."""
    for log, key in ((run_log.stages_log(), "stage"), (run_log.flows_log(), None)):
        lines = log.read_text().splitlines(keepends=True) if log.exists() else []
        stays = _worth_keeping(lines, key, limits)
        if len(stays) < len(lines):
            yield Item("Run log", f"{len(lines) - len(stays)} of {len(lines)} records in {log.name}",
                       sum(map(len, lines)) - sum(map(len, stays)), partial(_rewrite, log, stays))


def _worth_keeping(lines: list[str], key: str | None, limits: Limits) -> list[str]:
    last: dict[object, int] = {}
    records = [run_log.parsed(line) for line in lines]
    for index, record in enumerate(records):
        if record is not None:
            last[record.get(key) if key else None] = index
    return [line for index, (line, record) in enumerate(zip(lines, records, strict=True)) if record is not None
            and (index in last.values() or "model_sha256" in record or not limits.is_past(record.get("ended")
                                                                                          or record.get("started")))]


def _rewrite(log: Path, lines: list[str]) -> None:
    replace_whole(log, lambda stream: stream.write("".join(lines)))


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

"""What a stage gave on another machine, back in this checkout: by the run cache, and DVC writes dvc.lock."""

import shutil
from pathlib import Path

from dvc.stage import Stage
from dvc.stage.cache import RunCacheNotFoundError

from fer_pipeline.errors import InputError
from flows.elsewhere import remote_data
from flows.elsewhere.remote_data import repository, stage_of


def fetch_run_cache() -> None:
    """Learn from the remote what ran elsewhere.

    Raises:
        InputError: The remote does not answer, or not to these credentials.
    """
    name, settings = remote_data.place()
    with repository() as repo:
        try:
            repo.stage_cache.pull(None)
        except Exception as error:      # each kind of storage has its own
            told = f"{type(error).__name__}: {error}"
            raise InputError(f"The DVC remote {name} ({settings['url']}) cannot be read: {told}. Correct it "
                             "in .dvc/config, or give its credentials by the environment or in the Prefect Secret "
                             "block dvc-remote.") from error


def settle(name: str, *, force: bool) -> str | None:
    """See whether a stage has to run at all; if so, clear its outputs away, as DVC does.

    Returns:
        `skipped` if it is up to date, `restored` if the run cache had it, else None.
    """
    with repository() as repo, repo.lock:
        stage = stage_of(repo, name)
        if not force and not stage.changed():
            return "skipped"
        stage.remove_outs()
        if force:
            return None
        try:
            _restore(stage)
        except RunCacheNotFoundError:
            return None
        return "restored"


def push_result(name: str) -> dict[str, str]:
    """Push all outputs of a stage, those that git keeps too, and what the run cache has of it; then empty that.

    Returns:
        The run cache: its files, relative to its folder. What did not reach the remote stays in it.
    """
    remote_data.push([name])
    with repository() as repo:
        return _taken_out(Path(repo.stage_cache.cache_dir))


def _taken_out(folder: Path) -> dict[str, str]:
    content = {str(file.relative_to(folder)): file.read_text() for file in sorted(folder.glob("*/*/*"))}
    shutil.rmtree(folder)
    return content


def take_back(name: str, run_cache: dict[str, str]) -> None:
    """Put what a stage gave elsewhere into this checkout, and let DVC enter it in dvc.lock.

    Raises:
        InputError: What the stage reads has changed here since, so that the result is not this checkout's.
    """
    with repository() as repo, repo.lock:
        for path, content in run_cache.items():
            _write(Path(repo.stage_cache.cache_dir, path), content)
        stage = stage_of(repo, name)
        for out in stage.outs:
            out.clear()     # or DVC restores what dvc.lock says of an earlier run
        try:
            _restore(stage)
        except RunCacheNotFoundError:
            raise InputError(f"{name} ran elsewhere on other inputs than are here now: a file it reads changed since "
                             "it was sent. Run again.") from None


def _restore(stage: Stage) -> None:
    """What `dvc repro --pull --single-item` does with a stage that the run cache has."""
    stage.repo.stage_cache.restore(stage, pull=True)
    stage.save()
    stage.commit()
    stage.dump(update_pipeline=False)


def _write(file: Path, content: str) -> None:
    """The newest entry of the run cache is the one that DVC takes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(content)
    partial.replace(file)

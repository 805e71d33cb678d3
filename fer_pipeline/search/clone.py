"""Experiments of DVC in a clone.

`dvc exp run --temp` stashes the user's changes, detaches HEAD and rewrites params.yaml in place before it goes to its
own folder, and it checks all data out anew for every experiment. The clone does so once.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_pipeline import clones
from fer_pipeline.clones import CommandFailed, git
from fer_pipeline.params import PARAMS_FILE
from fer_pipeline.search.baseline import Baseline
from fer_pipeline.search.params_text import with_changes

AUTHOR = ("--config", "user.name=fer search", "--config", "user.email=fer-search@localhost")    # experiments need one


class TrialFailed(Exception):
    """A stage failed; the message is its own."""


@dataclass(frozen=True)
class Clone:
    """A clone of the user's checkout at a baseline, for experiments one after another."""

    folder: Path
    environment: dict[str, str]
    lock: int

    def run(self, name: str, entry: str, changes: Mapping[str, Any]) -> None:
        """Train and evaluate `entry` with some values changed, as an experiment that the user's checkout then has.

        Raises:
            TrialFailed: A stage failed.
        """
        git("reset", "--quiet", "--hard", folder=self.folder)       # what the last experiment left
        git("clean", "--quiet", "--force", "-d", folder=self.folder)
        params = self.folder / PARAMS_FILE
        params.write_text(with_changes(params.read_text(), entry, changes))
        self._dvc("exp", "run", "--name", name, f"evaluate@{entry}", say=lambda line: print(f"  {line}", flush=True))
        self._dvc("exp", "push", "--no-cache", "--force", "origin", name)

    def _dvc(self, *arguments: str, say: Callable[[str], None] = lambda _: None) -> None:
        try:
            clones.run_module("dvc", *arguments, folder=self.folder, environment=self.environment, lock=self.lock,
                              say=say)
        except CommandFailed as failure:
            raise TrialFailed(str(failure)) from None


@contextmanager
def cloned(baseline: Baseline, folder: Path, lock: int) -> Iterator[Clone]:
    """A clone in `folder` for the block. Trainings that a kill cut short go on where they were."""
    clone = folder.absolute() / "checkout"
    shutil.rmtree(clone, ignore_errors=True)    # of a search that was killed
    git("clone", "--quiet", *AUTHOR, ".", str(clone))
    git("checkout", "--quiet", "--detach", baseline.commit, folder=clone)
    clones.share_cache(clone, Path())
    try:
        yield Clone(clone, clones.environment_of(folder), lock)
    finally:
        shutil.rmtree(clone, ignore_errors=True)


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """The lock of a search for the entry that `folder` is named after; see `fer_pipeline.clones.locked`."""
    with clones.locked(folder, f"A search for {folder.name}") as lock:
        yield lock

"""Experiments of DVC in a clone, so that nothing in the user's checkout is touched, whatever is killed when.

`dvc exp run --temp` stashes the user's changes, detaches HEAD and rewrites params.yaml in place before it goes to its
own folder, and it checks all data out anew for every experiment. The clone does so once.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dvc.repo import Repo

from fer_pipeline.errors import InputError
from fer_pipeline.params import PARAMS_FILE
from fer_pipeline.runtime.parent import OWNER_VARIABLE
from fer_pipeline.search.baseline import Baseline, git
from fer_pipeline.search.params_text import with_changes

AUTHOR = ("--config", "user.name=fer search", "--config", "user.email=fer-search@localhost")    # experiments need one
FOLDERS = ("FER_IMAGENET", "FER_SLOTS_FOLDER", "FER_TENSORBOARD")   # as the user gives them, from the user's checkout
LOCAL_CONFIG = Path(".dvc/config.local")
TAIL_LINES = 20     # of an experiment's output, to find the reason of its failure in
ERROR = "error: "   # of a stage
CHATTER = (         # of DVC, between what the stages say
    "Reproducing experiment", "Stage '", "Running stage", "> ", "Updating lock file", "Generating lock file",
    "Ran experiment", "Experiment results", "To track the changes", "To enable auto staging", "git add", "dvc config",
    "Use `dvc push`", "ERROR: failed to reproduce", "WARNING: No file hash info",
)


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
        self._dvc("exp", "run", "--name", name, f"evaluate@{entry}", say=partial(print, flush=True))
        self._dvc("exp", "push", "--no-cache", "--force", "origin", name)

    def _dvc(self, *arguments: str, say: Callable[[str], None] = lambda _: None) -> None:
        tail: deque[str] = deque(maxlen=TAIL_LINES)
        with subprocess.Popen(
            [sys.executable, "-m", "dvc", *arguments], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=(self.lock,),
        ) as process:
            try:
                for line in _worth_saying(process.stdout or ()):
                    tail.append(line)
                    if not line.startswith(ERROR):      # the reason of the failure, which is said with it
                        say(f"  {line}")
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise TrialFailed(_reason(list(tail)))


def _worth_saying(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if (text := line.rstrip()) and not text.lstrip().startswith(CHATTER):
            yield text


def _reason(tail: list[str]) -> str:
    """The stage's own error, or the last line."""
    own = [line.removeprefix(ERROR) for line in tail if line.startswith(ERROR)]
    return (own or tail or ["no output"])[-1]


@contextmanager
def cloned(baseline: Baseline, folder: Path, lock: int) -> Iterator[Clone]:
    """A clone in `folder` for the block. Trainings that a kill cut short go on where they were."""
    clone = folder.absolute() / "checkout"
    shutil.rmtree(clone, ignore_errors=True)    # of a search that was killed
    git("clone", "--quiet", *AUTHOR, ".", str(clone))
    git("checkout", "--quiet", "--detach", baseline.commit, folder=clone)
    _share_cache(clone, baseline.cache_folder)
    try:
        yield Clone(clone, _environment(folder), lock)
    finally:
        shutil.rmtree(clone, ignore_errors=True)


def _share_cache(clone: Path, cache_folder: Path) -> None:
    """The clone reads and writes the user's DVC cache, by the user's own settings."""
    if LOCAL_CONFIG.exists():
        shutil.copyfile(LOCAL_CONFIG, clone / LOCAL_CONFIG)
    with Repo(str(clone)) as repo, repo.config.edit("local") as config:
        config["cache"]["dir"] = str(cache_folder)


def _environment(folder: Path) -> dict[str, str]:
    """The stages' `python` is this interpreter, they end when this process dies, and their state outlives the clone."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    given = {name: str(Path(os.environ[name]).absolute()) for name in FOLDERS if os.environ.get(name)}
    return os.environ | given | {"PATH": path, "PYTHONUNBUFFERED": "1", OWNER_VARIABLE: str(os.getpid()),
                                 "FER_STATE": str((folder / "state").absolute())}


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """The file descriptor of a lock on `folder`, which experiments share: they may outlive a killed search.

    Raises:
        InputError: Another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise InputError(f"A search for {folder.name} is running as process {lock.read() or 'unknown'} already. "
                             "Wait for it, or end it and search again; it goes on where it stopped.") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock.fileno()

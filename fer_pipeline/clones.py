"""Clones that runs work in, so that nothing in the user's checkout is touched, whatever is killed when."""

import os
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dvc.repo import Repo

from fer_pipeline.errors import InputError
from fer_pipeline.runtime import flock
from fer_pipeline.runtime.parent import OWNER_VARIABLE

FOLDERS = ("FER_DOWNLOADS", "FER_IMAGENET", "FER_SLOTS_FOLDER", "FER_TENSORBOARD")   # as the user gives them
LOCAL_CONFIG = Path(".dvc/config.local")
TAIL_LINES = 40     # of a command's output, to find the reason of its failure in
ERROR = "error: "   # of a stage
CHATTER = (         # of DVC, between what the stages say
    "Reproducing experiment", "Stage '", "Running stage", "> ", "Updating lock file", "Generating lock file",
    "Ran experiment", "Experiment results", "To track the changes", "To enable auto staging", "git add", "dvc config",
    "Use `dvc push`", "ERROR: failed to reproduce", "WARNING: No file hash info",
)


class CommandFailed(Exception):
    """A command in a clone failed; the message is what a stage said, or the last line."""


def git(*arguments: str, folder: Path = Path(), repair: str = "Repair what git names.") -> str:
    """What a git command prints.

    Raises:
        InputError: It fails; `repair` says what to do about it.
    """
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise InputError("git not found; experiments, clones and releases are kept by it. Install git.") from None
    if done.returncode:
        raise InputError(f"`git {' '.join(arguments[:2])}` failed: {done.stderr.strip()}. {repair}")
    return done.stdout.rstrip()


def share_cache(clone: Path, checkout: Path) -> None:
    """Let the clone read and write the checkout's DVC cache and remotes, by the checkout's own settings.

    Remotes in folders that are told relative to the checkout would be others, told relative to the clone.
    """
    if (checkout / LOCAL_CONFIG).exists():
        shutil.copyfile(checkout / LOCAL_CONFIG, clone / LOCAL_CONFIG)
    with Repo(str(checkout)) as repo:
        cache, remotes = str(repo.cache.local_cache_dir), repo.config["remote"]
    with Repo(str(clone)) as repo, repo.config.edit("local") as config:
        config["cache"]["dir"] = cache
        for name, remote in remotes.items():
            config["remote"].setdefault(name, {})["url"] = remote["url"]


def environment_of(folder: Path) -> dict[str, str]:
    """Of every process in a clone.

    The stages' `python` is this interpreter, they end when this process dies, and their state, in `folder`, outlives
    the clone.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    given = {name: str(Path(os.environ[name]).absolute()) for name in FOLDERS if os.environ.get(name)}
    return os.environ | given | {"PATH": path, "PYTHONUNBUFFERED": "1", OWNER_VARIABLE: str(os.getpid()),
                                 "FER_STATE": str((folder / "state").absolute())}


def run_module(
    *arguments: str, folder: Path, environment: Mapping[str, str], lock: int, say: Callable[[str], None]
) -> None:
    """Run `python -m ARGUMENTS` in `folder`, saying its lines but the reason of a failure, which is raised.

    Args:
        arguments: The module and its own.
        folder: Where it runs, and what its imports come from.
        environment: All of its variables.
        lock: File descriptor that it shares, from `locked`: it may outlive this process for a moment.
        say: Takes each line.

    Raises:
        CommandFailed: It ends with another exit code than 0.
    """
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    with subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=folder, env=dict(environment), text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, pass_fds=(lock,),
    ) as process:
        try:
            for line in _worth_saying(process.stdout or ()):
                tail.append(line)
                if not line.startswith(ERROR):
                    say(line)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise CommandFailed(_reason(list(tail)))


def _worth_saying(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if (text := line.rstrip()) and not text.lstrip().startswith(CHATTER):
            yield text


def _reason(tail: list[str]) -> str:
    """The stage's own error to its end, or the last line."""
    own = next((index for index, line in enumerate(tail) if line.startswith(ERROR)), len(tail) - 1)
    return "\n".join(tail[own:]).removeprefix(ERROR) or "no output"


@contextmanager
def locked(folder: Path, busy: str) -> Iterator[int]:
    """The file descriptor of a lock on `folder`, for commands to share: they may outlive a killed process.

    Args:
        folder: Made if missing.
        busy: What holds it, as the beginning of a sentence; "A search for lenet5".

    Raises:
        InputError: Another process holds it; its pid is named.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        if not flock.taken(lock):
            lock.seek(0)
            raise InputError(f"{busy} is running as process {lock.read() or 'unknown'} already. Wait for it, or end it "
                             "and run again; it goes on where it stopped.")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock.fileno()

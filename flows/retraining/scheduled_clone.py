"""The clone that scheduled runs work in and commit from. The user's checkout is never written but for its branches and
tags.

It is kept from run to run, and its lock dies with the process: what a kill cut short goes on.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dvc.repo import Repo

from fer_pipeline import clones
from fer_pipeline.clones import CommandFailed, git
from fer_pipeline.errors import InputError
from fer_pipeline.ferplus.local import FERPLUS_FILE
from fer_pipeline.params import PARAMS_FILE, Params, load_params
from fer_pipeline.runtime.folders import LOCAL_FOLDER, SOURCE_FILE, downloads_folder
from flows.blocks import dvc_remote

FOLDER = LOCAL_FOLDER / "retrain"
AUTHOR = ("--config", "user.name=fer retrain", "--config", "user.email=fer-retrain@localhost")
COMMITTED = (str(PARAMS_FILE), "dvc.lock", "artifacts/metrics", "artifacts/export/export.json")
LOCAL_FILES = (SOURCE_FILE, FERPLUS_FILE)       # paths behind pins, which no commit holds
BRANCHES = "retrain"


@dataclass(frozen=True)
class ScheduledClone:
    """A clone on the branch of one revision.

    Attributes:
        folder: Its root.
        checkout: The user's, which it came from.
        revision: The commit whose code and settings it runs.
        branch: Where it commits: one for each revision.
        environment: Of what runs in it.
        lock: See `fer_pipeline.clones.locked`.
    """

    folder: Path
    checkout: Path
    revision: str
    branch: str
    environment: dict[str, str]
    lock: int

    @property
    def params(self) -> Params:
        """Its settings as they are now."""
        return load_params(self.folder / PARAMS_FILE)

    def git(self, *arguments: str) -> str:
        return git(*arguments, folder=self.folder)

    def run(self, *arguments: str, say: Callable[[str], None], added: dict[str, str] | None = None) -> None:
        """Run `python -m ARGUMENTS` in it.

        Raises:
            InputError: It fails; the message is its own.
        """
        try:
            clones.run_module(*arguments, folder=self.folder, environment=self.environment | (added or {}),
                              lock=self.lock, say=say)
        except CommandFailed as failure:
            raise InputError(str(failure)) from None

    def commit(self, message: str) -> str:
        """Commit what scheduled runs commit, if it changed, and put the branch into the user's repository.

        Returns:
            The commit at the end of the branch.

        Raises:
            InputError: The branch is checked out there, or somebody committed to it.
        """
        self.git("add", "--all", "--", *(name for name in COMMITTED if (self.folder / name).exists()))
        if self.git("diff", "--cached", "--name-only"):
            self.git("commit", "--quiet", "--message", message)
        head = self.git("rev-parse", "HEAD")
        if head != self.revision:
            git("push", "--quiet", "origin", f"HEAD:refs/heads/{self.branch}", folder=self.folder,
                repair=f"Check out another branch than {self.branch}, which scheduled runs own, and run again.")
        return head

    def push_data(self, *arguments: str, say: Callable[[str], None]) -> str:
        """Push to the DVC remote, if there is one; what became of it, for people."""
        with Repo(str(self.folder)) as repo:
            remote = repo.config["core"].get("remote")
        if remote is None:
            return "No DVC remote is set, so data and models are in this machine's cache alone"
        self.run("dvc", "push", *arguments, say=say)
        return f"Data and models are in the DVC remote {remote}"


@contextmanager
def scheduled_clone(revision: str | None) -> Iterator[ScheduledClone]:
    """The clone at the end of the revision's branch, as if nothing had run in it but what is committed.

    Args:
        revision: Of the checkout that is the current folder; None for its HEAD.

    Raises:
        InputError: Another scheduled run is under way, or git refuses.
    """
    checkout = Path.cwd()
    commit = git("rev-parse", "--verify", f"{revision or 'HEAD'}^{{commit}}", repair="Name a commit, branch or tag of "
                 "this checkout; scheduled runs start from what is committed.")
    with clones.locked(FOLDER, "A scheduled run") as lock:
        folder = FOLDER.absolute() / "checkout"
        _make(folder)
        branch = f"{BRANCHES}/{commit[:10]}"
        _check_out(folder, commit, branch)
        environment = {"FER_DOWNLOADS": str(downloads_folder().absolute())} | clones.environment_of(FOLDER)
        environment |= dvc_remote.prepare(folder)
        yield ScheduledClone(folder, checkout, commit, branch, environment, lock)


def _make(folder: Path) -> None:
    if not (folder / ".dvc").exists():      # none yet, or a clone that was cut short
        shutil.rmtree(folder, ignore_errors=True)
        git("clone", "--quiet", *AUTHOR, ".", str(folder))
    git("remote", "set-url", "origin", str(Path.cwd()), folder=folder)      # the checkout may have been moved
    clones.share_cache(folder, Path())
    for file in LOCAL_FILES:
        (folder / file).unlink(missing_ok=True)
        if file.exists():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, folder / file)


def _check_out(folder: Path, commit: str, branch: str) -> None:
    """The lock is held, so a lock of git's is of a killed command."""
    (folder / ".git" / "index.lock").unlink(missing_ok=True)
    git("fetch", "--quiet", "--prune", "--force", "origin", "+refs/heads/*:refs/remotes/origin/*",
        "+refs/tags/*:refs/tags/*", "HEAD", folder=folder)
    known = git("for-each-ref", "--format=%(refname)", f"refs/remotes/origin/{branch}", folder=folder)
    git("checkout", "--quiet", "--force", "-B", branch, known or commit, folder=folder)
    git("reset", "--quiet", "--hard", folder=folder)
    git("clean", "--quiet", "--force", "-d", folder=folder)


def uncommitted(checkout: Path) -> list[str]:
    """Tracked files of the checkout whose changes are no part of what a scheduled run runs."""
    return git("diff", "--name-only", "HEAD", folder=checkout).splitlines()

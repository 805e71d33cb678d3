"""A commit on its way to another machine: refused while the tree is dirty, carried as a bundle, checked out there."""

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from fer_pipeline.errors import InputError
from flows.elsewhere.remote_data import is_in

LOCK_FILE = "dvc.lock"      # travels as it is, beside the commit
KEPT = (".dvc/cache", "__pycache__")     # of a work folder, between two stages


def require_clean_tree(outputs: Iterable[str]) -> None:
    """Refuse changes that no commit holds; dvc.lock and `outputs` of the pipeline do not count.

    Raises:
        InputError: Files differ from HEAD, or are neither in git nor ignored. They are named.
    """
    written = (LOCK_FILE, *outputs)
    changed = [file for file in _changed_files() if not any(is_in(file, path) for path in written)]
    if changed:
        raise InputError(f"Other machines run a commit, and these files are in none: {', '.join(changed)}. Commit them "
                         "(`git add` and `git commit`), or restore them, and run again.")


def _changed_files() -> list[str]:
    listing = _git("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames").decode()
    return [entry[3:] for entry in listing.split("\0") if entry]


def head() -> str:
    """The commit that is checked out."""
    return _git("rev-parse", "HEAD").decode().strip()


def bundle() -> bytes:
    """HEAD and all that it stands on, as one file of git's.

    Raises:
        InputError: The checkout is a shallow clone, whose commits stand on nothing.
    """
    if _git("rev-parse", "--is-shallow-repository").strip() == b"true":
        raise InputError("This checkout is a shallow clone, from which no other machine can be given a whole commit. "
                         "Run `git fetch --unshallow`, and run again.")
    return _git("bundle", "create", "--quiet", "-", "HEAD")


def check_out(content: bytes, revision: str, folder: Path) -> None:
    """Make `folder` a clean checkout of `revision`: nothing of an earlier one stays but DVC's cache."""
    folder.mkdir(parents=True, exist_ok=True)
    _git("init", "--quiet", folder=folder)
    (folder / ".git/index.lock").unlink(missing_ok=True)     # of one that was killed; the folder is ours alone
    with tempfile.NamedTemporaryFile(suffix=".bundle") as file:
        file.write(content)
        file.flush()
        _git("fetch", "--quiet", "--force", file.name, "HEAD", folder=folder)
    _git("checkout", "--quiet", "--force", "--detach", revision, folder=folder)
    _git("clean", "--quiet", "-ffdx", *(f"--exclude={path}" for path in KEPT), folder=folder)


def _git(*arguments: str, folder: Path | None = None) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode().strip()
        raise InputError(f"`git {' '.join(arguments)}` failed in {folder or Path.cwd()}: {said}")
    return done.stdout

"""What a search starts from: a commit that holds all the pipeline reads, with its data in place."""

from dataclasses import dataclass
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.repo import Repo

from fer_pipeline.clones import git
from fer_pipeline.errors import InputError
from fer_pipeline.labels import Usage

COMMITTED = ("params.yaml", "dvc.yaml", "dvc.lock", ".dvc", "fer_pipeline")     # what experiments are made of


@dataclass(frozen=True)
class Baseline:
    """The commit, and where PublicTest's metrics of the entry are."""

    commit: str
    metrics_file: str


def find_baseline(entry: str) -> Baseline:
    """The baseline of a search for `entry`, in the checkout that is the current folder.

    Raises:
        InputError: No git commit, changes that no commit holds, no DVC, or stale or missing data.
    """
    commit = _committed()
    try:
        with Repo() as repo:
            _require_data(repo, f"train@{entry}")
            stage, = repo.stage.collect(f"evaluate@{entry}")
            metrics = [str(out) for out in stage.outs if out.is_metric]
            metrics_file, = (file for file in metrics if Usage.PUBLIC_TEST in Path(file).parts)
            return Baseline(commit, metrics_file)
    except DvcException as error:
        raise InputError(f"DVC cannot read this checkout: {error}. Repair what it names; `dvc status` shows it "
                         "too.") from None


def _committed() -> str:
    commit = git("rev-parse", "--verify", "HEAD", repair="Experiments start from a commit: run in a git checkout, or "
                 "make it one with `git init`, `git add .` and `git commit`.")
    changed = git("status", "--porcelain", "--", *COMMITTED)
    if changed:
        raise InputError(f"Changes that no commit holds, so that experiments would leave them out:\n{changed}\n"
                         "Commit them, or take them back with `git restore`, then search again.")
    return commit


def _require_data(repo: Repo, stage: str) -> None:
    stale = sorted(set(repo.status(targets=[stage], with_deps=True)) - {stage})
    if stale:
        raise InputError(f"The data that {stage} reads are not up to date. Stale or missing: {', '.join(stale)}. Run "
                         f"`dvc repro {' '.join(stale)}` and commit dvc.lock; `dvc pull` fetches what is missing.")

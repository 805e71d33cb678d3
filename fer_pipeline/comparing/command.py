"""`fer compare`: from two revisions to a comparison."""

from dvc.exceptions import DvcException
from dvc.repo import Repo

from fer_pipeline.comparing.differences import Comparison, compare_runs
from fer_pipeline.comparing.runs import WORKSPACE, read_run
from fer_pipeline.errors import InputError


def compare(before: str, after: str | None) -> Comparison:
    """Compare two runs of the checkout that is the current folder.

    Args:
        before: Revision of git.
        after: Another; None for the workspace.

    Raises:
        InputError: DVC cannot read the checkout, or a revision is unknown or holds no run.
    """
    try:
        with Repo() as repo:
            return compare_runs(repo, read_run(repo, before), read_run(repo, after or WORKSPACE))
    except DvcException as error:
        raise InputError(f"DVC cannot read this checkout: {error}. Repair what it names; `dvc status` shows it "
                         "too.") from None

"""`fer search` end to end: real experiments of a tiny network, and a checkout that they leave alone."""

import subprocess

import pytest

from tests.flows.conftest import Checkout, git

SEARCH = ("fer_pipeline.cli", "search", "lenet5", "--trials")


@pytest.fixture
def committed(finished_copy: Checkout) -> Checkout:
    """A finished checkout whose results are committed, as a search wants it."""
    git(finished_copy.folder, "config", "user.name", "t")
    git(finished_copy.folder, "config", "user.email", "t@example.org")
    git(finished_copy.folder, "add", ".")
    git(finished_copy.folder, "commit", "--quiet", "-m", "finished")
    return finished_copy


def asked(checkout: Checkout, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=checkout.folder, text=True, capture_output=True, check=True).stdout


def experiments(checkout: Checkout) -> list[str]:
    return asked(checkout, "for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps").split()


@pytest.mark.long
def test_trials_are_experiments_that_go_on_and_can_be_taken_over(committed: Checkout) -> None:
    params, head = (committed.folder / "params.yaml").read_bytes(), asked(committed, "rev-parse", "HEAD")

    said = committed.run(*SEARCH, "2")
    first = experiments(committed)
    assert [name.rsplit("-", 1) for name in first] == [[first[0].rsplit("-", 1)[0], number] for number in "12"]
    assert "Best 2 of 2 trials by PublicTest" in said

    said = committed.run(*SEARCH, "3")
    assert "2 of 3 trials are done." in said
    assert experiments(committed)[:2] == first
    assert len(experiments(committed)) == 3
    assert said.count("best so far") == 1

    assert (committed.folder / "params.yaml").read_bytes() == params
    assert asked(committed, "rev-parse", "HEAD") == head
    assert asked(committed, "status", "--porcelain") == ""

    committed.run("dvc", "exp", "apply", first[1])
    assert asked(committed, "diff", "--name-only").split() == [
        "artifacts/metrics/PublicTest/lenet5.json", "artifacts/metrics/Training/lenet5.json", "dvc.lock", "params.yaml"]
    metrics = "artifacts/metrics/PublicTest/lenet5.json"
    ref = asked(committed, "for-each-ref", "--format=%(refname)", f"refs/exps/*/*/{first[1]}").strip()
    assert (committed.folder / metrics).read_text() == asked(committed, "show", f"{ref}:{metrics}")
    assert "up to date" in committed.run("dvc", "status", "train@lenet5", "evaluate@lenet5")


@pytest.mark.search
def test_what_a_search_cannot_start_from_is_said(committed: Checkout) -> None:
    committed.edit("params.yaml", "seed: 11", "seed: 12")
    assert "error: Changes that no commit holds" in committed.run(*SEARCH, "1", check=False)
    git(committed.folder, "restore", "params.yaml")
    (committed.folder / "data/prepared/training.npz").unlink()
    said = committed.run(*SEARCH, "1", check=False)
    assert "Stale or missing: balance, census, images. Run `dvc repro balance census images` and commit" in said
    assert experiments(committed) == []

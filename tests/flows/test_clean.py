"""`fer clean`: what nobody needs goes on request, and nothing that a tag, the workspace or a run needs."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fer_pipeline.runtime.run_log import append, read
from flows.cleaning.items import Item, Limits, Plan
from flows.cleaning.local import resume_state, run_logs
from flows.cleaning.words import as_text, size_words
from tests.flows.conftest import Checkout, edit_yaml
from tests.flows.made import FLOW, commit, kill_all, make_checkout, start, tag
from tests.flows.processes import wait_for

ALL = ("--older-than", "0", "--keep-revisions", "1")
STATUS = ("dvc", "status")


def cached(checkout: Checkout) -> set[str]:
    return {file.parent.name + file.name for file in (checkout.folder / ".dvc/cache/files/md5").glob("*/*")}


def clean(checkout: Checkout, *options: str, check: bool = True) -> str:
    return checkout.run("fer_pipeline.cli", "clean", *options, check=check)


@pytest.fixture(scope="module")
def three_revisions(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Checkout:
    """Runs of three commits, each with another training: the first is tagged, the second is nobody's, the third now."""
    checkout = make_checkout(tmp_path_factory.mktemp("cleaned") / "checkout", environment, first=0)
    checkout.environment["PREFECT_API_URL"] = "http://127.0.0.1:9/api"      # nobody answers there
    for name in ("first", "second", "third"):
        edit_yaml(checkout.folder / "dvc.yaml", lambda content, name=name: content["stages"]["train"].update(
            foreach={name: 0}))
        checkout.run("dvc", "repro")
        commit(checkout, name)
        if name == "first":
            tag(checkout, "champion@v1.0.0")
    return checkout


def test_a_dry_run_names_sizes_and_removes_nothing(three_revisions: Checkout) -> None:
    before = cached(three_revisions)
    printed = clean(three_revisions, *ALL)
    assert "DVC cache     2 of" in printed
    assert "champion@v1.0.0" in printed
    assert "Nothing was removed. `fer clean --yes` removes it." in printed
    assert cached(three_revisions) == before


@pytest.mark.faults
def test_what_is_younger_or_of_one_of_the_last_commits_stays(three_revisions: Checkout) -> None:
    assert "DVC cache" not in clean(three_revisions, "--older-than", "1", "--keep-revisions", "1")
    printed = clean(three_revisions, "--older-than", "0", "--keep-revisions", "2")
    assert "DVC cache     1 of 6 objects" in printed, "a copy of a metric, which git keeps"


@pytest.mark.faults
def test_cleaning_keeps_every_tag_and_the_workspace(three_revisions: Checkout, tmp_path: Path) -> None:
    status = three_revisions.run(*STATUS)
    assert "Removed" in clean(three_revisions, *ALL, "--yes")
    assert three_revisions.run(*STATUS) == status
    assert "up to date" in status
    three_revisions.run("dvc", "get", ".", "models/first.txt", "--rev", "champion@v1.0.0", "--out",
                        str(tmp_path / "first.txt"))
    assert (tmp_path / "first.txt").read_text() == "first\n"
    gone = three_revisions.run("dvc", "get", ".", "models/second.txt", "--rev", "HEAD~1", "--out",
                               str(tmp_path / "second.txt"), check=False)
    assert "ERROR" in gone
    assert "DVC cache" not in clean(three_revisions, *ALL)
    (three_revisions.folder / "models/third.txt").unlink()
    three_revisions.run("dvc", "checkout", "train@third")
    assert three_revisions.run(*STATUS) == status


@pytest.mark.faults
def test_a_revision_that_cannot_be_read_stops_the_cleaning(three_revisions: Checkout) -> None:
    lock = three_revisions.folder / "dvc.yaml"
    text = lock.read_text()
    lock.write_text("stages: [")
    commit(three_revisions, "broken")
    tag(three_revisions, "champion@v2.0.0")
    lock.write_text(text)
    commit(three_revisions, "mended")
    before = cached(three_revisions)
    printed = clean(three_revisions, *ALL, "--yes", check=False)
    assert "error: What" in printed
    assert "Nothing was removed." in printed
    assert cached(three_revisions) == before


@pytest.fixture
def running(tmp_path: Path, environment: dict[str, str]) -> Iterator[Checkout]:
    """A checkout in which a training runs."""
    checkout = make_checkout(tmp_path / "checkout", environment, long=600)
    flow = start(checkout, *FLOW)
    wait_for((checkout.folder / ".fer/state/train@long/lock").exists, "training")
    yield checkout
    kill_all(checkout)
    flow.wait(timeout=180)


@pytest.mark.faults
def test_nothing_is_removed_while_a_flow_runs(running: Checkout) -> None:
    printed = clean(running, *ALL, "--yes", check=False)
    assert "error: The flow run of process" in printed
    assert "so nothing is removed" in printed


LIMITS = Limits(revisions=1, older_than=1, unfinished=False)


@pytest.fixture
def states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Resume states of two days ago: of a stale stage, and of one that is up to date."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FER_STATE", "state")
    for name in ("train@stale", "train@fresh"):
        file = tmp_path / "state" / name / "print.npz"
        file.parent.mkdir(parents=True)
        np.savez(file, epoch=3)
        os.utime(file, (time.time() - 2 * 86_400,) * 2)
    return tmp_path


@pytest.mark.usefixtures("states")
def test_resume_state_that_can_be_of_use_goes_on_request_only() -> None:
    kept: list[str] = []
    assert [item.what for item in resume_state(LIMITS, {"train@stale"}, kept)] == ["train@fresh"]
    assert kept == ["the state of train@stale, which can go on (`--unfinished` takes it)"]
    asked = Limits(revisions=1, older_than=1, unfinished=True)
    assert [item.what for item in resume_state(asked, {"train@stale"}, kept)] == ["train@fresh", "train@stale"]


def test_the_run_log_keeps_the_last_of_each_stage_and_those_of_models(states: Path) -> None:
    log = states / ".fer/runs/stages.jsonl"
    old, young = "2020-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00"
    for record in ({"stage": "a", "started": old, "n": 0}, {"stage": "b", "started": old, "n": 1, "model_sha256": "x"},
                   {"stage": "b", "started": young, "n": 2}, {"stage": "a", "started": old, "n": 3}):
        append(log, record)
    (item,) = run_logs(LIMITS)
    assert item.what == "1 of 4 records in stages.jsonl"
    item.remove()
    assert [record["n"] for record in read(log)] == [1, 2, 3]


@pytest.mark.parametrize(("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1.34e9, "1.3 GB")])
def test_sizes_are_decimal(size: float, words: str) -> None:
    assert size_words(size) == words


@pytest.mark.parametrize("width", [80, 120, 300])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    plan = Plan([Item("Downloads", "a-very-long-name " * 20, 10, lambda: None)], ["a reason to stay " * 20])
    assert max(map(len, as_text(plan, width).splitlines())) <= min(width, 120)

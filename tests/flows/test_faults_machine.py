"""Everything killed at the same moment, as by a power cut; and two flow runs at once on one checkout."""

import contextlib
import json
from pathlib import Path

import psutil
import pytest

from flows.running.mending import is_whole
from tests.flows.conftest import Checkout
from tests.flows.made import FLOW, kill_all, make_checkout, processes_of, start
from tests.flows.processes import wait_for

pytestmark = pytest.mark.faults


def snapshot(checkout: Checkout, stage: str) -> bool:
    return any((checkout.folder / ".fer/state" / stage).glob("*.npz"))


def is_training(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()[1:3] == ["made_stage.py", "models/first.txt"]
    return False


def test_after_a_power_cut_what_was_finished_stays_and_the_cut_training_goes_on(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    checkout = make_checkout(tmp_path / "checkout", environment, long=20, short=0)
    started = start(checkout, *FLOW)
    wait_for(lambda: snapshot(checkout, "train@long") and "train@short" in checkout.lock()["stages"], "cut to make")
    kill_all(checkout)
    started.wait(timeout=180)
    assert not processes_of(checkout)
    finished = checkout.ran()
    assert "prepare" in finished
    assert "train@long" not in finished
    printed = checkout.train_all()
    assert "Going on after" in printed
    assert checkout.outcomes() == {"prepare": "skipped", "train@long": "ran", "train@short": "skipped", "gather": "ran"}
    assert sorted(checkout.ran()) == ["gather", "prepare", "train@long", "train@short"]
    assert "up to date" in checkout.run("dvc", "status")
    assert not snapshot(checkout, "train@long")


def test_a_second_flow_run_waits_and_then_has_nothing_to_do(tmp_path: Path, environment: dict[str, str]) -> None:
    checkout = make_checkout(tmp_path / "checkout", environment, first=2, second=2)
    one = start(checkout, *FLOW, log="one.log")
    wait_for(lambda: any(map(is_training, processes_of(checkout))), "training")
    training = next(filter(is_training, processes_of(checkout)))
    training.suspend()      # until the second run is there
    two = start(checkout, *FLOW, log="two.log")
    wait_for(lambda: "Waiting: " in (tmp_path / "two.log").read_text(), "second run")
    training.resume()
    assert one.wait(timeout=400) == 0
    assert two.wait(timeout=400) == 0
    waited = (tmp_path / "two.log").read_text()
    assert f"Waiting: the flow run of process {one.pid}, since " in waited
    assert "works in this checkout. `fer status` shows it; Ctrl-C gives up." in waited
    assert sorted(checkout.ran()) == ["gather", "prepare", "train@first", "train@second"]
    flows = [json.loads(line) for line in (checkout.folder / ".fer/runs/flows.jsonl").read_text().splitlines()]
    assert [set(flow["outcomes"].values()) for flow in flows] == [{"ran"}, {"skipped"}]
    assert is_whole((checkout.folder / "dvc.lock").read_text())
    assert "up to date" in checkout.run("dvc", "status")

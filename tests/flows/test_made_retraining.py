"""Retraining with stages that need no framework: what is promoted, kept, refused, and what a kill leaves."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from fer_pipeline.clones import locked
from tests.flows.conftest import Checkout, git
from tests.flows.processes import wait_for
from tests.flows.retraining import Retraining, as_drawn, darker, made_lines, make_stages, start, with_wrong_labels
from tests.flows.served import deploy_run, served, wait_for_end

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800), pytest.mark.xdist_group("retraining")]
COMMIT = ("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--all", "--message")


@pytest.fixture(scope="module")
def first(new_checkout: Callable[[], Checkout], tmp_path_factory: pytest.TempPathFactory) -> Retraining:
    """A checkout after its first release, trained on wrong labels. Tests leave it as it is."""
    checkout = new_checkout()
    make_stages(checkout)
    made = start(checkout, tmp_path_factory.mktemp("made"), made_lines)
    made.retrain()
    assert made.state("retrain")[0] == "Promoted"
    return made


@pytest.fixture
def released(first: Retraining, tmp_path: Path) -> Retraining:
    """A copy of it, for a test to change."""
    return first.copied(tmp_path)


def test_a_better_network_is_promoted_a_worse_one_is_not_and_a_rollback_lasts(released: Retraining):
    before = released.untouched()
    released.put(as_drawn)
    released.retrain()
    name, message = released.state("retrain")
    assert name == "Promoted", message
    assert "v1.1.0 is in use: lenet5. Better by more than noise: +" in message
    released.put(with_wrong_labels)
    released.retrain()
    name, message = released.state("retrain")
    assert name == "Kept", message
    assert "v1.1.0 stays in use. The challenger is the very model of v1.0.0, which was in use once" in message
    released.checkout.run("fer_pipeline.cli", "rollback", "--reason", "a test says so")
    assert "From v1.1.0 to v1.0.0: a test says so" in released.git("tag", "-n1", "--list", "champion#prod#*")
    released.put(as_drawn)
    released.retrain()
    name, message = released.state("retrain")
    assert name == "Kept", message
    assert "v1.0.0 stays in use. The challenger is the very model of v1.1.0, which was in use once" in message
    assert released.untouched() == before
    assert len(released.git("branch", "--list", "retrain/*").split()) == 1
    listed = released.checkout.run("fer_pipeline.cli", "releases")
    assert listed.index("v1.1.0") < listed.index("* ") < listed.index("v1.0.0")


@pytest.mark.long
def test_the_scheduled_deployments_work_in_a_clone_of_their_own(released: Retraining, tmp_path: Path):
    before = released.untouched()
    released.put(as_drawn)
    with served(released.checkout, tmp_path / "prefect") as checkout:
        for deployment in ("refresh/weekly", "retrain/nightly"):
            run = deploy_run(checkout, deployment=deployment)
            assert wait_for_end(checkout, run, 600)["state_type"] == "COMPLETED"
    assert released.state("refresh")[0] == "Refreshed"
    assert released.state("retrain")[0] == "Promoted"
    assert released.git("tag", "--list", "champion@*").split() == ["champion@v1.0.0", "champion@v1.1.0"]
    assert "# v1.1.0 is released" in released.page("retrain")
    assert released.untouched() == before


@pytest.mark.long
def test_a_worse_network_is_kept_out(released: Retraining):
    released.put(half_right)
    released.retrain()
    assert released.state("retrain")[0] == "Promoted"
    released.put(mostly_wrong)
    released.retrain()
    name, message = released.state("retrain")
    assert name == "Kept"
    assert "v1.1.0 stays in use. Worse by more than noise: -" in message
    assert "# v1.1.0 stays in use" in released.page("retrain")


def half_right(lines: list[list[str]]) -> list[list[str]]:
    """Every other label of Training is right."""
    right = [line[0] for line in lines]
    for index, line in enumerate(with_wrong_labels(lines)):
        line[0] = right[index] if index % 2 else line[0]
    return lines


def mostly_wrong(lines: list[list[str]]) -> list[list[str]]:
    """Every fifth is."""
    right = [line[0] for line in lines]
    for index, line in enumerate(with_wrong_labels(lines)):
        line[0] = line[0] if index % 5 else right[index]
    return lines


def test_drifted_data_end_the_flow_before_any_training(released: Retraining):
    before, refs = released.untouched(), released.git("for-each-ref")
    released.put(darker)
    released.retrain(check=False)
    name, message = released.state("retrain")
    assert name == "Failed"
    assert "Training: stability index of the faces' grey level: " in message
    assert "drift.max_grey_level_index allows 0.25; released: " in message
    assert (released.untouched(), released.git("for-each-ref")) == (before, refs)


def test_a_killed_retraining_leaves_nothing_behind_and_the_next_goes_on(released: Retraining):
    released.checkout.edit_params(lambda params: params["architectures"]["lenet5"].update(epochs=100))
    git(released.checkout.folder, *COMMIT, "longer")
    before = released.untouched()
    released.put(as_drawn)
    with (released.csv.parent / "killed.log").open("w") as log:
        flow = subprocess.Popen([sys.executable, "-m", "flows.retrain"], cwd=released.checkout.folder,
                                env=released.checkout.environment, stdout=log, stderr=subprocess.STDOUT)
    state = released.checkout.folder / ".fer/retrain/state/train"
    wait_for(lambda: any(state.glob("*.npz")), "snapshot", 600)
    (training,) = released.processes("made_stages.py", "train")
    training.suspend()      # else a fast machine finishes it first
    os.kill(flow.pid, signal.SIGKILL)
    flow.wait(timeout=180)
    wait_for(lambda: not released.processes("flows.retraining.challenger"), "end of train-all after its parent", 120)
    with contextlib.suppress(psutil.NoSuchProcess):
        training.resume()
    wait_for(lambda: not released.processes(), "end of all that ran in the clone", 120)
    assert "Going on after epoch" in released.retrain()
    assert released.state("retrain")[0] == "Promoted"
    assert released.untouched() == before


def test_a_second_scheduled_run_is_refused_with_the_pid_of_the_first(released: Retraining):
    with locked(released.checkout.folder / ".fer/retrain", "the test"):
        released.retrain(check=False)
    name, message = released.state("retrain")
    assert name == "Failed"
    assert f"A scheduled run is running as process {os.getpid()} already" in message


@pytest.mark.long
def test_a_challenger_that_cannot_be_trained_releases_nothing(released: Retraining):
    released.checkout.edit("made_stages.py", "    done = int(", "    sys.exit('error: planted')\n    done = int(")
    git(released.checkout.folder, *COMMIT, "broken")
    tags = released.git("tag", "--list")
    released.put(as_drawn)
    released.retrain(check=False)
    name, message = released.state("retrain")
    assert name == "Failed"
    assert "error: planted" in message
    assert released.git("tag", "--list") == tags

"""Runs of deployments: their parameters, their cancel, and who hears that one failed."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.flows.conftest import Checkout
from tests.flows.made import stages
from tests.flows.processes import wait_for
from tests.flows.served import ask, deploy_run, runs, task_states, wait_for_end
from tests.flows.stack.conftest import LONG, begin_by_hand, begin_long_run

pytestmark = pytest.mark.server
INSTALL = Path(__file__).parents[3] / "automations" / "failed_run.py"


def logs(checkout: Checkout, run: dict) -> str:
    found = ask(checkout, "logs/filter", {"logs": {"flow_run_id": {"any_": [run["id"]]}}, "limit": 200})
    return "\n".join(entry["message"] for entry in found)


def test_a_run_switches_the_profile_and_refuses_unknown_entries(trained):
    one = deploy_run(trained, "--param", "profile=sample", "--param", 'architectures=["lenet5"]')
    ended = wait_for_end(trained, one)
    assert ended["state_type"] == "COMPLETED"
    wait_for(lambda: "-  four_conv_cnn:" in logs(trained, ended), "change of params.yaml in the log", 120)
    refused = wait_for_end(trained, deploy_run(trained, "--param", 'architectures=["lenet6"]'))
    assert refused["state_type"] == "FAILED"
    assert "Unknown entries of architectures: lenet6. Available: lenet5, four_conv_cnn" in refused["state"]["message"]
    assert "four_conv_cnn" not in (trained.folder / "params.yaml").read_text()


def test_a_run_cancelled_in_prefect_ends_its_stages_and_the_next_goes_on(trained):
    name = begin_long_run(trained)
    trained.run("prefect", "flow-run", "cancel", runs(trained)[name]["id"])
    asked = time.monotonic()
    ended = wait_for_end(trained, name, 60)
    assert ended["state_type"] == "CANCELLED"
    assert time.monotonic() - asked < 45     # 30 on a machine that does nothing else
    wait_for(lambda: not stages(trained), "end of the stages", 120)
    assert "train@a" in trained.run("dvc", "status")
    again = wait_for_end(trained, deploy_run(trained))
    assert again["state_type"] == "COMPLETED"
    assert "up to date" in trained.run("dvc", "status")


def test_a_scripts_run_in_the_background_cancelled_in_prefect_ends_itself(trained):
    run, name = begin_by_hand(trained, LONG, by="script")
    trained.run("prefect", "flow-run", "cancel", runs(trained)[name]["id"])
    assert run.wait(timeout=180) == 130
    assert runs(trained)[name]["state_type"] == "CANCELLED"
    assert not stages(trained)


def test_a_cancel_that_comes_after_the_last_stage_ends_the_run_too(trained):
    run, name = begin_by_hand(trained, 8.0)
    wait_for(lambda: "gather" in task_states(trained, runs(trained)[name]), "last stage")
    url = f"flow_runs/{runs(trained)[name]['id']}/set_state"
    ask(trained, url, {"state": {"type": "CANCELLING"}, "force": True})
    assert run.wait(timeout=180) == 130
    assert runs(trained)[name]["state_type"] == "CANCELLED"


def test_cleaning_deletes_the_runs_that_ended(trained):
    assert runs(trained)
    assert "flow runs that ended" in trained.run("fer_pipeline.cli", "clean", "--older-than", "0", "--yes")
    assert not runs(trained)
    assert "up to date" in trained.run("dvc", "status")


@pytest.fixture
def heard() -> Iterator[list[dict]]:
    """What a web server on this machine was told; its address stands in `heard.address`."""
    told: list[dict] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.append({"address": f"http://127.0.0.1:{server.server_port}/"})
    yield told
    server.shutdown()
    server.server_close()


def test_a_webhook_hears_of_a_failed_run_and_of_no_other(trained, heard):
    address = heard.pop()["address"]
    for _ in range(2):      # the second time brings it up to date
        subprocess.run([sys.executable, str(INSTALL), address], cwd=trained.folder, env=trained.environment, check=True)
    assert sorted(one["name"] for one in ask(trained, "automations/filter")) == [
        "A run failed", "Runs that fell silent have crashed"]
    well = deploy_run(trained)
    assert wait_for_end(trained, well)["state_type"] == "COMPLETED"
    failed = deploy_run(trained, "--param", "profile=sampel")
    wait_for(lambda: heard, "call of the webhook", 180)
    (call,) = heard
    assert call["run"] == failed
    assert (call["flow"], call["state"]) == ("train-all", "Failed")
    assert call["message"].startswith("Unknown profile 'sampel'. Available: fer2013, own, sample.")
    assert call["url"].endswith(runs(trained)[failed]["id"])

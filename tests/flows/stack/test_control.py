"""`fer up` and `fer down`: a real server and worker, found without exports."""

import psutil
import pytest

from tests.flows.conftest import Checkout
from tests.flows.made import make_checkout, stages
from tests.flows.processes import free_port
from tests.flows.served import ask, deploy_run, pid_of, runs, task_states, wait_for_end
from tests.flows.stack.conftest import SHORT, begin_long_run

pytestmark = pytest.mark.server


def test_up_again_changes_nothing_and_other_options_are_refused(up):
    before = pid_of(up, "server"), pid_of(up, "worker")
    said = up.run("fer_pipeline.cli", "up")
    assert said.count("runs already as process") == 2
    assert "Deployments: refresh/weekly, report/default, retrain/nightly, train-all/default" in said
    assert (pid_of(up, "server"), pid_of(up, "worker")) == before
    assert len(ask(up, "automations/filter")) == 1
    assert "runs at http://127.0.0.1:" in up.run("fer_pipeline.cli", "up", "--host", "127.0.0.2", check=False)


def test_by_hand_and_by_deployment_runs_go_to_the_same_server_without_exports(trained):
    printed = trained.run("fer_pipeline.cli", "train-all")
    by_hand = runs(trained)[printed.split("Flow run '")[1].split("'")[0]]
    assert by_hand["state_type"] == "COMPLETED"
    assert by_hand["deployment_id"] is None
    assert set(task_states(trained, by_hand).values()) == {"Skipped"}


def test_down_names_the_runs_under_way_and_force_cancels_them(trained):
    name = begin_long_run(trained)
    refused = trained.run("fer_pipeline.cli", "down", check=False)
    assert f"error: 1 runs are under way: {name} (Running" in refused
    said = trained.run("fer_pipeline.cli", "down", "--force")
    assert f"Run {name}: cancelled" in said
    assert "Worker: ended\nServer: ended\n" in said
    assert not stages(trained)
    assert not (trained.folder / "prefect.toml").exists()
    assert "Server: was not running" in trained.run("fer_pipeline.cli", "down")
    trained.run("fer_pipeline.cli", "up", "--port", str(free_port()))


def test_with_authentication_nobody_else_is_let_in(environment, tmp_path):
    checkout = make_checkout(tmp_path / "checkout", environment, a=SHORT, b=SHORT)
    (auth := checkout.folder / "auth").write_text("anna:s3cret-word")
    auth.chmod(0o600)
    said = checkout.run("fer_pipeline.cli", "up", "--port", str(free_port()), "--auth", "auth")
    try:
        assert wait_for_end(checkout, deploy_run(checkout))["state_type"] == "COMPLETED"
        strangers = {**checkout.environment, "PREFECT_API_AUTH_STRING": "otto:guess"}
        assert "401" in Checkout(checkout.folder, strangers).run("prefect", "deployment", "ls", check=False)
        arguments = [" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"])]
        logs = [file.read_text() for file in (checkout.folder / ".fer/stack").glob("*.log")]
        assert not [text for text in (said, *arguments, *logs) if "s3cret-word" in text]
    finally:
        checkout.run("fer_pipeline.cli", "down", "--force")

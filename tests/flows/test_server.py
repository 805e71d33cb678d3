"""The README's walk-through on a real pipeline: `fer up`, a deployment's run, `fer down`."""

from pathlib import Path

import pytest

from tests.flows.conftest import Checkout
from tests.flows.served import ask, runs, served, task_states

pytestmark = pytest.mark.long


def test_the_deployments_run_on_the_worker_and_show_stages_figures_and_logs(
    finished_copy: Checkout, tmp_path: Path
) -> None:
    with served(finished_copy, tmp_path / "prefect") as checkout:
        checkout.edit("fer_pipeline/architectures/lenet5.py", "AveragePooling2D(2),", "MaxPooling2D(2),")
        printed = checkout.run("prefect", "deployment", "run", "train-all/default", "--watch")
        assert "Completed" in printed
        (run,) = runs(checkout).values()
        states = task_states(checkout, run)
        assert states["train · lenet5"] == states["report"] == "Completed"
        assert states["train · four_conv_cnn"] == states["acquire"] == "Skipped"
        artifacts = {artifact["key"] for artifact in ask(checkout, "artifacts/filter")}
        assert artifacts == {"architectures", "result", "report"}
        logs = [entry["message"] for entry in ask(checkout, "logs/filter", {"limit": 200})]
        assert any("epoch 2/2" in message for message in logs)
        assert "up to date" in checkout.run("dvc", "status")
        index = checkout.folder / "artifacts/report/index.html"
        index.unlink()
        assert "Completed" in checkout.run("prefect", "deployment", "run", "report/default", "--watch")
        assert index.exists()
        assert "up to date" in checkout.run("dvc", "status")

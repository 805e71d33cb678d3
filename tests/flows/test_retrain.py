"""Retraining for real: a csv whose content changes, trainings, releases, and a user's checkout that nobody touches."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.conftest import Checkout, git
from tests.flows.retraining import Retraining, as_drawn, darker, git_output, start, with_another_public_test
from tests.kaggle.kaggle_server import Kaggle, serve

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800), pytest.mark.xdist_group("real_retraining")]


@pytest.fixture(scope="module")
def first(new_checkout: Callable[[], Checkout], tmp_path_factory: pytest.TempPathFactory) -> Retraining:
    """A checkout after its first release, of a network trained on wrong labels. Tests leave it as it is."""
    made = start(new_checkout(), tmp_path_factory.mktemp("retraining"))
    made.retrain()
    return made


@pytest.fixture
def released(first: Retraining, tmp_path: Path) -> Retraining:
    """A copy of it, for a test to change."""
    return first.copied(tmp_path)


def test_the_first_network_is_released_and_whoever_has_the_remote_can_fetch_it(first: Retraining, tmp_path: Path):
    assert first.state("retrain")[0] == "Promoted"
    assert first.git("tag", "--list").split() == ["champion#prod#1", "champion@v1.0.0"]
    assert first.child_of("train-all") == "retrain"
    assert "# v1.0.0 is released" in first.page("retrain")
    clone = Checkout(tmp_path / "clone", first.checkout.environment)
    git(tmp_path, "clone", "--quiet", str(first.checkout.folder), str(clone.folder))
    git(clone.folder, "checkout", "--quiet", "champion@v1.0.0")
    clone.run("dvc", "remote", "add", "--default", "--local", "storage", str(first.csv.parent / "remote"))
    clone.run("dvc", "pull")
    assert "up to date" in clone.run("dvc", "status")
    clone.run("dvc", "artifacts", "get", ".", "champion", "--stage", "prod", "--out", "model.keras")
    model = clone.folder / "artifacts/champion/model.keras"
    assert (clone.folder / "model.keras").read_bytes() == model.read_bytes()
    assert (clone.folder / "data/raw/source/faces.csv").read_bytes() == first.csv.read_bytes()


def test_unchanged_data_are_skipped_and_leave_nothing(released: Retraining):
    before, tags = released.untouched(), released.git("for-each-ref")
    released.retrain()
    name, message = released.state("retrain")
    assert name == "Skipped"
    assert "as in v1.0.0; `force` goes on anyway" in message
    assert "# The data have not changed" in released.page("retrain")
    released.checkout.run("flows.refresh")
    assert released.state("refresh")[0] == "Unchanged"
    assert (released.untouched(), released.git("for-each-ref")) == (before, tags)


def test_a_better_network_is_promoted_though_public_test_has_another_face(released: Retraining):
    before = released.untouched()
    released.put(as_drawn, with_another_public_test)
    printed = released.retrain()
    assert "PublicTest has other faces than at the release: the champion is asked about them" in printed
    name, message = released.state("retrain")
    assert name == "Promoted", message
    assert "v1.1.0 is in use: lenet5. Better by more than noise: +" in message
    assert "of other content" in released.page("retrain")
    assert released.untouched() == before


def test_data_that_fail_an_expectation_end_the_flow_before_any_training(released: Retraining):
    before, refs = released.untouched(), released.git("for-each-ref")
    released.put(darker)
    released.retrain(check=False)
    name, message = released.state("retrain")
    assert name == "Failed"
    assert "Training: expect_column_mean_to_be_between: faces are of grey level 80 to 180 on average; 7" in message
    assert message in released.page("retrain")
    assert (released.untouched(), released.git("for-each-ref")) == (before, refs)
    assert before_any_training(released)


def test_refresh_pins_new_data_on_a_branch_and_trains_nothing(released: Retraining):
    before = released.untouched()
    released.put(as_drawn)
    released.checkout.run("flows.refresh")
    name, message = released.state("refresh")
    assert name == "Refreshed"
    branch = released.git("for-each-ref", "--format=%(refname:short)", "refs/heads/retrain")
    assert branch in message
    changed = released.git("diff", "--name-only", f"{branch}~1", branch).split()
    assert changed == ["dvc.lock", "params.yaml"]
    pin = git_output(released.checkout.folder, "show", f"{branch}:params.yaml")
    assert pin != before[3]
    assert "# New data" in released.page("refresh")
    assert released.untouched() == before


def test_refresh_takes_the_newest_version_at_kaggle(released: Retraining, tmp_path: Path):
    kaggle = Kaggle(zipped(released), version=1)
    server = serve(kaggle)
    released.checkout.environment.update(
        KAGGLE_API_ENVIRONMENT="TEST", KAGGLE_USERNAME="anna", KAGGLE_KEY="kaggle-key-1234", http_proxy=kaggle.address,
        NO_PROXY="127.0.0.1", KAGGLE_CONFIG_DIR=str(tmp_path))
    try:
        released.checkout.run("fer_pipeline.cli", "source", "kaggle:anna/faces")
        git(released.checkout.folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet",
            "--all", "--message", "from Kaggle")
        before = released.untouched()
        released.put(as_drawn)
        kaggle.content, kaggle.version, kaggle.etag = zipped(released), 2, '"v2"'
        released.checkout.run("flows.refresh")
    finally:
        server.shutdown()
        server.server_close()
    name, message = released.state("refresh")
    assert name == "Refreshed"
    assert "The source was kaggle:anna/faces version 1 and is kaggle:anna/faces version 2" in message
    assert released.untouched() == before


def before_any_training(released: Retraining) -> bool:
    """Whether nothing was trained since the first release."""
    log = (released.clone / ".fer/runs/stages.jsonl").read_text().splitlines()
    return sum(json.loads(line)["stage"] == "train@lenet5" for line in log) == 1


def zipped(released: Retraining) -> bytes:
    """The csv as Kaggle keeps it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.write(released.csv, "fer2013.csv")
    return content.getvalue()

import json
from pathlib import Path

import numpy as np
import pytest

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.predictions import Predictions, read_predictions, write_predictions
from fer_pipeline.params import EnsembleParams, SelectParams
from fer_pipeline.stages.ensemble import ensemble
from fer_pipeline.stages.select import select
from tests.test_framework_free import ENGINES, REFUSE, run

RULE = EnsembleParams(method="best_of", max_votes=20, patience=4, folds=5, seed=5)
FACES = 140
TRUE = (np.arange(FACES) % 7).astype(np.uint8)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("models", "predictions"):
        (tmp_path / name).mkdir()
    return tmp_path / "models", tmp_path / "predictions"


@pytest.fixture
def outs(tmp_path: Path) -> list[Path]:
    return [tmp_path / name for name in ("ensemble.json", "PublicTest.npz", "metrics.json", "confusion.csv",
                                       "teacher.json")]


def leave(folders: tuple[Path, Path], name: str, wrong: slice, rows: np.ndarray | None = None) -> None:
    """What training and evaluation of an architecture leave that is unsure and wrong about the faces in `wrong`."""
    models, predictions = folders
    model_file = models / f"{name}.keras"
    model_file.write_bytes(name.encode())
    said, confidence = TRUE.astype(int), np.full(FACES, 0.9)
    said[wrong], confidence[wrong] = (said[wrong] + 1) % 7, 0.3
    probabilities = np.repeat((1 - confidence[:, np.newaxis]) / 6, 7, axis=1).astype(np.float32)
    probabilities[np.arange(FACES), said] = confidence
    write_predictions(predictions / f"{name}.npz", Predictions(
        np.arange(FACES) if rows is None else rows, TRUE, probabilities, sha256_of(model_file)))


@pytest.fixture
def architectures(recipe) -> dict:
    return {"small": recipe(), "large": recipe(), "wide": recipe()}


def test_members_that_err_apart_vote_and_the_record_says_what_was_considered(folders, outs, architectures):
    for name, wrong in (("small", slice(0, 140)), ("large", slice(60, 99)), ("wide", slice(99, 140))):
        leave(folders, name, wrong)
    ensemble(architectures, RULE, *folders, *outs)
    record, metrics = json.loads(outs[0].read_text()), json.loads(outs[2].read_text())
    assert (record["chosen_on"], record["rule"], record["method"], record["note"]) == (
        "PublicTest", "best_of", "best_few", None)
    assert record["accuracy"] == metrics["accuracy"] == record["held_out"]["accuracy"] == 1
    assert record["single_best"]["architecture"] == "large"
    assert record["single_best"]["accuracy"] == pytest.approx(101 / 140, abs=1e-6)
    assert [(way["method"], way["votes"]) for way in record["considered"]] == [
        ("best_few", {"large": 1, "wide": 1}), ("greedy", {"large": 1, "wide": 1}),
        ("mean", {"large": 1, "small": 1, "wide": 1})]
    assert record["considered"][1]["path"][0]["added"] == ["large", "wide"]
    assert [one["status"] for one in record["candidates"]] == ["member", "member", "considered"]
    assert (metrics["members"], metrics["method"], metrics["held_out"]["folds"]) == (2, "best_few", 5)
    for member in record["members"]:
        assert member["model_sha256"] == sha256_of(folders[0] / f"{member['architecture']}.keras")
        assert (member["votes"], member["weight"]) == (1, 0.5)


def test_the_vote_is_named_by_the_record_and_agrees_with_its_figures(folders, outs, architectures):
    leave(folders, "small", slice(0, 30))
    leave(folders, "large", slice(20, 60))
    ensemble(architectures, RULE, *folders, *outs)
    vote, record = read_predictions(outs[1]), json.loads(outs[0].read_text())
    assert vote.model_sha256 == sha256_of(outs[0])
    assert vote.row.tolist() == list(range(FACES))
    assert (vote.emotion_pred == TRUE).mean() == pytest.approx(record["accuracy"], abs=1e-6)
    assert len(outs[3].read_text().splitlines()) == FACES + 1


def test_the_order_of_params_changes_no_byte_of_the_vote(folders, outs, architectures, tmp_path):
    for name, wrong in (("small", slice(0, 60)), ("large", slice(50, 100)), ("wide", slice(90, 140))):
        leave(folders, name, wrong)
    ensemble(architectures, RULE, *folders, *outs)
    others = [tmp_path / f"other_{out.name}" for out in outs]
    ensemble(dict(reversed(architectures.items())), RULE, *folders, *others)
    assert [other.read_bytes() for other in others] == [out.read_bytes() for out in outs]


def test_who_teaches_changes_with_the_members_and_not_with_those_that_do_not_vote(folders, outs, architectures):
    for name, wrong in (("large", slice(60, 99)), ("wide", slice(99, 140))):
        leave(folders, name, wrong)
    ensemble(architectures, RULE, *folders, *outs)
    alone, taught_by = outs[0].read_bytes(), outs[4].read_bytes()
    leave(folders, "small", slice(0, 140))
    ensemble(architectures, RULE, *folders, *outs)
    assert outs[0].read_bytes() != alone
    assert outs[4].read_bytes() == taught_by
    members = json.loads(outs[0].read_text())["members"]
    assert json.loads(taught_by) == {"members": [
        {key: member[key] for key in ("architecture", "votes", "model_sha256")} for member in members]}


def test_the_best_network_is_the_champion_of_select(folders, outs, architectures, tmp_path):
    leave(folders, "small", slice(0, 40))
    leave(folders, "wide", slice(40, 80))
    (folders[0] / "small.keras").write_bytes(b"a larger model")
    leave(folders, "large", slice(80, 120))
    ensemble(architectures, RULE, *folders, *outs)
    champion = [tmp_path / name for name in ("model.keras", "champion.json", "card.md")]
    select(SelectParams(max_megabytes=None), architectures, {}, *folders, tmp_path / "students", *champion)
    best = json.loads(outs[0].read_text())["single_best"]["architecture"]
    assert best == json.loads(champion[1].read_text())["architecture"] == "wide"


def test_a_failed_architecture_is_listed_and_the_others_vote(folders, outs, architectures):
    leave(folders, "small", slice(0, 40))
    leave(folders, "large", slice(40, 80))
    leave(folders, "wide", slice(0, 0))
    (folders[0] / "wide.keras").write_bytes(b"newer")
    ensemble(architectures, RULE, *folders, *outs)
    record = json.loads(outs[0].read_text())
    assert {member["architecture"] for member in record["members"]} == {"small", "large"}
    assert record["candidates"][-1] == {
        "architecture": "wide", "accuracy": None, "votes": 0,
        "status": "failed: evaluation failed, its predictions are of an older model"}


def test_a_single_network_is_the_ensemble_and_it_says_so(folders, outs, architectures, capsys):
    leave(folders, "small", slice(0, 40))
    ensemble(architectures, RULE, *folders, *outs)
    record = json.loads(outs[0].read_text())
    assert record["note"] == "only one network has figures, so the ensemble is that network"
    assert [(member["architecture"], member["weight"]) for member in record["members"]] == [("small", 1)]
    assert record["accuracy"] == record["single_best"]["accuracy"] == record["held_out"]["accuracy"]
    assert "small × 1 (only one network has figures" in capsys.readouterr().out


def test_where_no_vote_is_better_than_one_network_it_says_so(folders, outs, architectures):
    leave(folders, "small", slice(0, 40))
    leave(folders, "large", slice(0, 90))
    ensemble(architectures, RULE.model_copy(update={"method": "greedy"}), *folders, *outs)
    record = json.loads(outs[0].read_text())
    assert record["note"] == "no vote was better than one network, so the ensemble is that network"
    assert [one["status"] for one in record["candidates"]][:2] == ["member", "considered"]


def test_all_failed_is_refused_with_each_reason(folders, outs, architectures):
    leave(folders, "large", slice(0, 10))
    (folders[0] / "large.keras").write_bytes(b"newer")
    with pytest.raises(InputError, match=r"small: training failed, .*; large: evaluation failed, .*; wide: training f"):
        ensemble(architectures, RULE, *folders, *outs)
    assert not any(file.exists() for file in outs)


def test_predictions_of_different_faces_are_refused_with_the_repair(folders, outs, architectures):
    leave(folders, "small", slice(0, 40))
    leave(folders, "large", slice(0, 90), rows=np.arange(1, FACES + 1))
    with pytest.raises(InputError, match=r"small predicted 140 faces that are not those of large \(140\); only .* "
                                         r"Run dvc repro evaluate@large evaluate@small\."):
        ensemble(architectures, RULE, *folders, *outs)
    assert not any(file.exists() for file in outs)


def test_left_over_models_are_ignored_and_named(folders, outs, architectures, capsys):
    leave(folders, "small", slice(0, 40))
    leave(folders, "older", slice(0, 0))
    ensemble(architectures, RULE, *folders, *outs)
    assert "older" not in outs[0].read_text()
    assert "Ignored, as params.yaml does not name them: older\n" in capsys.readouterr().out


def test_voting_needs_no_framework():
    stages = ("fer_pipeline.stages.ensemble", "fer_pipeline.stages.judge_ensemble")
    run(REFUSE, (*ENGINES, "keras"), stages, backend="tensorflow")

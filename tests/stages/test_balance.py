from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.balancing.augmentation import Balanced
from fer_pipeline.balancing.strategies import STRATEGIES
from fer_pipeline.data.faces import read_faces, write_faces
from fer_pipeline.errors import InputError
from fer_pipeline.ferplus.votes import VOTES
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.params import BalanceParams
from fer_pipeline.stages.balance import balance
from fer_pipeline.stages.votes import NO_VOTES


@pytest.fixture
def files(faces, tmp_path):
    """Training with 14 faces of which rows 100 and 108 are quarantined, verdicts, no votes, places for outputs."""
    training, verdicts, votes, *outs = (tmp_path / name for name in (
        "training.npz", "verdicts.parquet", "votes.parquet", "balanced.npz", "counts.csv", "origins.csv"))
    write_faces(training, faces(14, first_row=100))
    verdict = ["quarantine" if row in (0, 8) else "flag" if row == 3 else "keep" for row in range(14)]
    pd.DataFrame({"row": range(100, 114), "verdict": verdict}).to_parquet(verdicts)
    NO_VOTES[["row", *VOTES]].to_parquet(votes)
    return training, verdicts, votes, *outs


def settings(strategy: str) -> BalanceParams:
    return BalanceParams(strategy=strategy, seed=1, beta=0.9 if strategy == "effective_number" else None)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_quarantined_faces_are_not_trained_on_and_flagged_ones_are(files, strategy):
    balance(settings(strategy), *files)
    assert set(read_faces(files[3]).row) == set(range(100, 114)) - {100, 108}


def test_counts_tell_each_emotion_before_and_after(files, capsys):
    balance(BalanceParams(strategy="class_weights", seed=1), *files)
    counts = pd.read_csv(files[4])
    assert counts["emotion"].tolist() == list(EMOTIONS)
    assert counts["before"].tolist() == [2] * 7
    assert counts["after"].tolist() == [1, 1, 2, 2, 2, 2, 2]
    np.testing.assert_allclose(counts["weight"], np.round(12 / (7 * counts["after"]), 4))
    np.testing.assert_allclose(counts["share_before"], 1 / 7, atol=1e-6)
    np.testing.assert_allclose(counts["share_after"], 1 / 7, atol=1e-6)
    assert "14 Training faces, 2 quarantined, 12 to train on (class_weights), 0 of them new" in capsys.readouterr().out


def test_new_faces_descend_from_faces_that_are_not_quarantined(files, capsys):
    balance(BalanceParams(strategy="augmentation", seed=1, target=5), *files)
    faces, origins = read_faces(files[3]), pd.read_csv(files[5])
    assert "35 to train on (augmentation), 23 of them new" in capsys.readouterr().out
    assert not {100, 108} & set(origins["row"])
    np.testing.assert_array_equal(faces.row[origins["position"]], origins["row"])
    assert [EMOTIONS[index] for index in faces.emotion[origins["position"]]] == origins["emotion"].tolist()


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name != "augmentation"])
def test_a_strategy_that_makes_no_face_leaves_the_table_of_origins_empty(files, strategy):
    balance(settings(strategy), *files)
    assert files[5].read_text() == "position,row,emotion,operation,amount\n"


def test_only_balanced_batches_are_marked_in_the_file(files):
    marked = []
    for strategy in STRATEGIES:
        balance(settings(strategy), *files)
        marked += [strategy] if read_faces(files[3]).balanced_batches else []
    assert marked == ["balanced_batches"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_seed_gives_the_same_bytes(files, strategy):
    written = []
    for _ in range(2):
        balance(settings(strategy), *files)
        written.append([file.read_bytes() for file in files[3:]])
    assert written[0] == written[1]


def test_missing_training_names_the_commands_that_make_it(files):
    files[0].unlink()
    with pytest.raises(InputError, match=r"training\.npz not found\. `dvc repro` or `fer train-all` makes it"):
        balance(BalanceParams(strategy="none", seed=1), *files)


def test_weights_that_cannot_be_trained_with_stop_the_stage_and_write_nothing(files, monkeypatch):
    monkeypatch.setitem(STRATEGIES, "none", lambda training, _: Balanced(replace(training, weight=0 * training.weight)))
    with pytest.raises(InputError, match="Strategy none gives 12 of 12 faces a weight that is not positive and finite, "
                                         r"first 0\.0 to csv row 101"):
        balance(settings("none"), *files)
    assert not files[3].exists()


def test_training_that_is_all_in_quarantine_stops_the_stage(files):
    pd.DataFrame({"row": range(100, 114), "verdict": "quarantine"}).to_parquet(files[1])
    with pytest.raises(InputError, match="No Training face is left to train on: all are in quarantine"):
        balance(settings("none"), *files)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_soft_labels_go_with_the_face_or_with_the_one_it_descends_from(files, strategy):
    said = [{**dict.fromkeys(VOTES, 0), VOTES[row % 7]: 10} for row in range(14)]
    pd.DataFrame({"row": range(100, 114)}).join(pd.DataFrame(said)).to_parquet(files[2])
    balance(settings(strategy).model_copy(update={"soft_labels": "ferplus"}), *files)
    faces = read_faces(files[3])
    assert faces.soft_labels.shape == (len(faces), 7)
    of_row = {}
    for row, soft in zip(faces.row, faces.soft_labels, strict=True):
        np.testing.assert_array_equal(of_row.setdefault(row, soft), soft)
    assert all(soft.argmax() == faces.emotion[faces.row == row][0] for row, soft in of_row.items())


def test_pinned_votes_alone_change_no_bit_of_the_set(files):
    balance(settings("none"), *files)
    before = files[3].read_bytes()
    pd.DataFrame({"row": range(100, 114), **dict.fromkeys(VOTES, 1)}).to_parquet(files[2])
    balance(settings("none"), *files)
    assert files[3].read_bytes() == before
    assert read_faces(files[3]).soft_labels is None

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.balancing.strategies import STRATEGIES
from fer_pipeline.data.faces import read_faces, write_faces
from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.params import BalanceParams
from fer_pipeline.stages.balance import balance


@pytest.fixture
def files(faces, tmp_path):
    """Training with 14 faces of which rows 100 and 108 are quarantined, its verdicts, and two places for outputs."""
    training, verdicts, *outs = (tmp_path / name for name in (
        "training.npz", "verdicts.parquet", "balanced.npz", "counts.csv"))
    write_faces(training, faces(14, first_row=100))
    verdict = ["quarantine" if row in (0, 8) else "flag" if row == 3 else "keep" for row in range(14)]
    pd.DataFrame({"row": range(100, 114), "verdict": verdict}).to_parquet(verdicts)
    return training, verdicts, *outs


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_quarantined_faces_are_not_trained_on_and_flagged_ones_are(files, strategy):
    balance(BalanceParams(strategy=strategy, seed=1), *files)
    assert set(read_faces(files[2]).row) == set(range(100, 114)) - {100, 108}


def test_counts_tell_each_emotion_before_and_after(files, capsys):
    balance(BalanceParams(strategy="class_weights", seed=1), *files)
    counts = pd.read_csv(files[3])
    assert counts["emotion"].tolist() == list(EMOTIONS)
    assert counts["before"].tolist() == [2] * 7
    assert counts["after"].tolist() == [1, 1, 2, 2, 2, 2, 2]
    np.testing.assert_allclose(counts["weight"], np.round(12 / (7 * counts["after"]), 4))
    assert "14 Training faces, 2 quarantined, 12 to train on (class_weights)" in capsys.readouterr().out


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_seed_gives_the_same_bytes(files, strategy):
    written = []
    for _ in range(2):
        balance(BalanceParams(strategy=strategy, seed=1), *files)
        written.append([file.read_bytes() for file in files[2:]])
    assert written[0] == written[1]


def test_missing_training_names_the_commands_that_make_it(files):
    files[0].unlink()
    with pytest.raises(InputError, match=r"training\.npz not found\. `dvc repro` or `fer train-all` makes it"):
        balance(BalanceParams(strategy="none", seed=1), *files)

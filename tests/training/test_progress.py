import re

import pytest

from fer_pipeline.training import progress
from fer_pipeline.training import trainer as trainer_module
from fer_pipeline.training.fit import fit
from fer_pipeline.training.progress import BatchProgress, duration, epoch_line
from fer_pipeline.training.snapshot import Snapshot

ROW = {"loss": 1.2345, "accuracy": 0.5, "public_test_accuracy": 0.4567}
LOGS = {"loss": 1.9876, "accuracy": 0.25}


@pytest.mark.parametrize(("seconds", "words"), [
    (0, "0:00"), (5.4, "0:05"), (59.6, "1:00"), (754, "12:34"), (3599.7, "1:00:00"), (3723, "1:02:03")])
def test_duration_reads_as_on_a_clock(seconds, words):
    assert duration(seconds) == words


def test_epoch_line_tells_figures_rate_and_time_left():
    snapshot = Snapshot(history=[ROW, ROW], best_epoch=1, seconds=20)
    assert epoch_line(snapshot, epochs=5, faces=2500) == (
        "epoch 2/5  loss 1.234  accuracy 50.0%  PublicTest 45.7%  250 faces/s  ETA 0:30")


def test_epoch_line_marks_the_best_epoch():
    assert "PublicTest 45.7% (best)  " in epoch_line(Snapshot(history=[ROW], best_epoch=1, seconds=1), 5, 10)


def test_a_long_epoch_shows_a_bar_with_figures_every_few_seconds(capsys, monkeypatch):
    clock = iter([0, 4, 11, 12, 22])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    said = BatchProgress(faces=90, every=10)
    said.set_params({"steps": 4})
    said.on_epoch_begin(0)
    for batch in range(4):
        said.on_train_batch_end(batch, LOGS)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "  ██████████░░░░░░░░░░  50%  loss 1.988  accuracy 25.0%  4 faces/s  0:11 to the end of the epoch"
    assert second == "  ████████████████████ 100%  loss 1.988  accuracy 25.0%  4 faces/s  0:00 to the end of the epoch"


def test_a_new_epoch_begins_anew(capsys, monkeypatch):
    clock = iter([0, 11, 100, 105, 111])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    said = BatchProgress(faces=100, every=10)
    said.set_params({"steps": 4})
    for _ in range(2):
        said.on_epoch_begin(0)
        said.on_train_batch_end(0, LOGS)
    said.on_train_batch_end(1, LOGS)
    assert [re.search(r"(\d+)%  loss.*  (\d+) faces/s", line).groups() for line in
            capsys.readouterr().out.splitlines()] == [("25", "2"), ("50", "5")]


@pytest.mark.parametrize(("passes", "at_once", "lines"), [(1, 1, 3), (2, 1, 6), (1, 2, 2)])
def test_a_bar_is_full_at_the_end_of_the_epoch_and_not_before(
    tiny, faces, recipe, monkeypatch, capsys, passes, at_once, lines
):
    monkeypatch.setattr(trainer_module, "STEPS_PER_EXECUTION", at_once)
    fit(tiny(), faces(21), faces(14), recipe(epochs=1), seed=1, snapshot=Snapshot(passes=passes),
        after_epoch=lambda _: None, callbacks=[BatchProgress(21, every=0)])
    shown = [int(part) for part in re.findall(r"(\d+)%  loss", capsys.readouterr().out)]
    assert shown[-1] == 100
    assert len(set(shown)) == len(shown) == lines

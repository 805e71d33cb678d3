import pytest

from fer_pipeline.training import progress
from fer_pipeline.training.fit import Snapshot
from fer_pipeline.training.progress import BatchProgress, duration, epoch_line

ROW = {"loss": 1.2345, "accuracy": 0.5, "public_test_accuracy": 0.4567}


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


def test_a_long_epoch_says_how_far_it_is_every_few_seconds(capsys, monkeypatch):
    clock = iter([0, 4, 11, 12, 22])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    said = BatchProgress(faces=100, batch_size=25, every=10)
    said.on_epoch_begin(0)
    for batch in range(4):
        said.on_train_batch_end(batch)
    assert capsys.readouterr().out.splitlines() == [
        "   50% of the epoch, 5 faces/s, 0:11 to its end", "  100% of the epoch, 5 faces/s, 0:00 to its end"]

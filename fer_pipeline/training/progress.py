"""Progress in words: a line an epoch, and one every few seconds within a long epoch."""

import time
from typing import Any

import keras

from fer_pipeline.training.fit import Snapshot


class BatchProgress(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """Prints how far the epoch is, at most once in `every` seconds."""

    def __init__(self, faces: int, batch_size: int, every: float = 10.0) -> None:
        super().__init__()
        self._faces, self._batch_size, self._every = faces, batch_size, every

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002  Keras's signature
        self._started = self._said = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        now = time.monotonic()
        if now - self._said < self._every:
            return
        self._said = now
        done = min((batch + 1) * self._batch_size, self._faces)
        rate = done / (now - self._started)
        print(f"  {done / self._faces:4.0%} of the epoch, {rate:,.0f} faces/s, {duration((self._faces - done) / rate)} "
              "to its end", flush=True)


def epoch_line(snapshot: Snapshot, epochs: int, faces: int) -> str:
    """How the last epoch went and when the training ends at the latest."""
    row, done = snapshot.history[-1], len(snapshot.history)
    seconds = snapshot.seconds / done
    best = " (best)" if snapshot.best_epoch == done else ""
    return (f"epoch {done}/{epochs}  loss {row['loss']:.3f}  accuracy {row['accuracy']:.1%}  "
            f"PublicTest {row['public_test_accuracy']:.1%}{best}  {faces / seconds:,.0f} faces/s  "
            f"ETA {duration(seconds * (epochs - done))}")


def duration(seconds: float) -> str:
    """Seconds as 0:05 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

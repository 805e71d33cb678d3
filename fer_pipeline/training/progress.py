"""Progress of a training in lines."""

import time
from typing import Any

import keras

from fer_pipeline.progress import bar, duration
from fer_pipeline.training.snapshot import Snapshot


class BatchProgress(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """Prints a bar with loss, accuracy, rate and time left of the epoch, at most once in `every` seconds."""

    def __init__(self, faces: int, every: float = 10.0) -> None:
        super().__init__()
        self._faces, self._every = faces, every

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002  Keras's signature
        self._started = self._said = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        now = time.monotonic()
        if now - self._said < self._every:
            return
        self._said = now
        steps = self.params["steps"]
        done = self._faces * min(batch + 1, steps) // steps    # Keras counts the last steps at once as if all were
        rate = done / (now - self._started)
        loss, accuracy = (logs or {})["loss"], (logs or {})["accuracy"]
        print(f"  {bar(done / self._faces)}  loss {loss:.3f}  accuracy {accuracy:.1%}  "
              f"{rate:,.0f} faces/s  {duration((self._faces - done) / rate)} to the end of the epoch", flush=True)


def epoch_line(snapshot: Snapshot, epochs: int, faces: int) -> str:
    """How the last epoch went and when the training ends at the latest."""
    row, done = snapshot.history[-1], len(snapshot.history)
    seconds = snapshot.seconds / done
    best = " (best)" if snapshot.best_epoch == done else ""
    return (f"epoch {done}/{epochs}  loss {row['loss']:.3f}  accuracy {row['accuracy']:.1%}  "
            f"PublicTest {row['public_test_accuracy']:.1%}{best}  {faces / seconds:,.0f} faces/s  "
            f"ETA {duration(seconds * (epochs - done))}")

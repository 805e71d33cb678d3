"""Resume state of one training: what it needs to go on after being killed, outside every DVC output.

Keyed by a fingerprint of code, params, data and seed: another fingerprint starts from nothing. The state is locked by
the training that uses it, by an operating-system lock that dies with the process.
"""

import io
import os
import shutil

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.runtime import flock
from fer_pipeline.runtime.folders import state_folder

FRESH_VARIABLE = "FER_FRESH"    # set by `fer train-all --force`: start from nothing


class ResumeState:
    """The state of `name` under `fingerprint`, locked until the process ends or `discard` is called.

    Raises:
        InputError: Another process trains the same; its pid is named.
    """

    def __init__(self, name: str, fingerprint: str) -> None:
        self.name = name
        self._folder = state_folder() / name
        self._file = self._folder / f"{fingerprint}.npz"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self._folder / "lock").open("a+")
        self._take_lock(name)
        for other in self._folder.glob("*.npz*"):
            if other != self._file or os.environ.get(FRESH_VARIABLE):
                other.unlink()

    def _take_lock(self, name: str) -> None:
        if not flock.taken(self._lock):
            with self._lock:
                self._lock.seek(0)
                holder = self._lock.read() or "unknown"
            raise InputError(f"{name} is running as process {holder} already. Wait for it, or end that process and run "
                             "again; it goes on from its last epoch.")
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def load(self) -> dict[str, np.ndarray] | None:
        """The arrays last saved, or None to start from nothing."""
        if not self._file.exists():
            return None
        with np.load(self._file) as arrays:
            return dict(arrays)

    def save(self, arrays: dict[str, np.ndarray]) -> None:
        """Replace the state as a whole: a kill at any moment leaves the old one or the new one."""
        content = io.BytesIO()
        np.savez(content, **arrays)     # type: ignore[arg-type]
        partial = self._file.with_suffix(".npz.partial")
        with partial.open("wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._file)

    def discard(self) -> None:
        """Forget a finished training."""
        shutil.rmtree(self._folder)
        self._lock.close()

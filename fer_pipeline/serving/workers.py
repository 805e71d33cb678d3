"""Threads that compute. A few at once, some that wait, and no more: who comes then is told so at once.

ONNX Runtime and OpenCV work without Python's lock, so one thread a core fills the cores; each is asked to take one.
"""

import asyncio
import copy
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TypeVar

import cv2

from fer_pipeline.predicting import detection
from fer_pipeline.predicting.detection import Detector
from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.serving.limits import Limits
from fer_pipeline.serving.problems import busy

T = TypeVar("T")


class Workers:
    """Detectors that stand ready, one a thread: a detector keeps notes while it looks and cannot be shared."""

    def __init__(self, detector: str, limits: Limits) -> None:
        """Open them."""
        cv2.setNumThreads(1)
        self.limits = limits
        self._detectors: SimpleQueue[Detector] = SimpleQueue()
        for _ in range(limits.parallel):
            self._detectors.put(detection.detector(detector))
        self._threads = ThreadPoolExecutor(limits.parallel, "fer")
        self._places, self._lock = 0, threading.Lock()

    @property
    def taken(self) -> int:
        """Places."""
        return self._places

    @contextmanager
    def place(self) -> Iterator[None]:
        """One to compute in or to wait in.

        Raises:
            Problem: All are taken.
        """
        with self._lock:
            if self._places >= self.limits.parallel + self.limits.waiting:
                raise busy(self.limits)
            self._places += 1
        try:
            yield
        finally:
            with self._lock:
                self._places -= 1

    async def run(self, predictor: Predictor, work: Callable[[Predictor], T]) -> T:
        """Let a thread do `work` with a predictor that has a detector of its own; to be called from a `place`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._alone, predictor, work)

    def wait(self, predictor: Predictor, work: Callable[[Predictor], T]) -> T:
        """`run` for a thread of one's own, which waits."""
        return self._threads.submit(self._alone, predictor, work).result()

    def _alone(self, predictor: Predictor, work: Callable[[Predictor], T]) -> T:
        own, own_detector = copy.copy(predictor), self._detectors.get()
        own.detector = own_detector
        try:
            return work(own)
        finally:
            self._detectors.put(own_detector)

    def close(self) -> None:
        """End the threads once they have finished; what still waits is dropped."""
        self._threads.shutdown(wait=True, cancel_futures=True)

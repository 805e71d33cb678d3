"""A network in a LiteRT file (.tflite), run by ai-edge-litert on the CPU. Such a file holds no code.

Its card is a zip member behind the network, where TensorFlow Lite keeps a model's associated files.
"""

import os
import zipfile
import zlib
from pathlib import Path
from threading import Lock

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.predicting.card import KEY, parse
from fer_pipeline.runtime.notices import framework_notices_held

try:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
except ModuleNotFoundError as missing:
    raise InputError(f"A .tflite model needs the package ai-edge-litert ({missing}). Install it, or use the .onnx "
                     "model that lies beside it.") from None

CARD_MEMBER = f"{KEY}.json"
LARGEST_CARD = 1_000_000    # bytes; a stranger's zip may grow without end
BATCH = 64                  # faces; the interpreter keeps room for as many as it once was given
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)     # the last two: its compression
IDENTIFIER = (4, b"TFL3")   # where, and what, every such file has


class LitertFile:
    """An open interpreter; calls from several threads wait for each other."""

    def __init__(self, file: Path, threads: int) -> None:
        self.file = file
        self.card = parse(_card_text(file), str(file))
        self._lock = Lock()
        with framework_notices_held():      # LiteRT tells every time that it has made a delegate
            self._interpreter = _interpreter(file, threads or len(os.sched_getaffinity(0)))
        self._input, self._output = _require_faces(self._interpreter, file)

    def raw(self, faces: np.ndarray) -> np.ndarray:
        """Outputs `(faces, 7)` for `(faces, 48, 48, 1)` float32."""
        with self._lock:
            return np.concatenate([self._batch(faces[start:start + BATCH]) for start in range(0, len(faces), BATCH)])

    def maps(self, faces: np.ndarray) -> None:  # noqa: ARG002  the interface's
        """None: these files have probabilities alone."""
        return

    def _batch(self, faces: np.ndarray) -> np.ndarray:
        if self._interpreter.get_input_details()[0]["shape"][0] != len(faces):
            self._interpreter.resize_tensor_input(self._input, faces.shape)
            self._interpreter.allocate_tensors()
        self._interpreter.set_tensor(self._input, faces)
        self._interpreter.invoke()
        return np.asarray(self._interpreter.get_tensor(self._output))


def _interpreter(file: Path, threads: int) -> Interpreter:
    """Ready for one face; by XNNPACK's kernels or, where int8 steps are too unlike for those, by the slower plain ones.

    XNNPACK takes int8 steps of a layer's input times its weight's over its output's from 2^-32 to 256 alone.
    """
    failure: Exception | None = None
    for kernels in (OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
        try:
            interpreter = Interpreter(str(file), num_threads=threads, experimental_op_resolver_type=kernels)
            interpreter.allocate_tensors()
            return interpreter
        except (RuntimeError, ValueError) as error:
            failure = error
    raise InputError(f"{file} is no LiteRT model that can run, or a broken one: {' '.join(str(failure).split())}. "
                     "Export it again.")


def _card_text(file: Path) -> str | None:
    with file.open("rb") as opened:
        start = opened.read(sum(map(len, (b"\0" * IDENTIFIER[0], IDENTIFIER[1]))))
    if start[IDENTIFIER[0]:] != IDENTIFIER[1]:
        raise InputError(f"{file} is no LiteRT model: it begins with {start!r}. Allowed: what `dvc repro export` "
                         "writes.")
    if not zipfile.is_zipfile(file):
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            if CARD_MEMBER not in archive.namelist() or archive.getinfo(CARD_MEMBER).file_size > LARGEST_CARD:
                return None
            return archive.read(CARD_MEMBER).decode(errors="replace")
    except BROKEN_ZIP as error:
        raise InputError(f"The card of {file} cannot be read: {error}. Export the model again.") from None


def _require_faces(interpreter: Interpreter, file: Path) -> tuple[int, int]:
    """Numbers of the input and the output."""
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    found = [(one["dtype"].__name__, one["shape_signature"].tolist()) for one in (*inputs, *outputs)]
    if found != [("float32", [-1, FACE_SIZE, FACE_SIZE, 1]), ("float32", [-1, len(EMOTIONS)])]:
        raise InputError(f"{file} takes and gives {found}. Allowed: any number of faces {[FACE_SIZE, FACE_SIZE, 1]} "
                         f"in, {len(EMOTIONS)} probabilities out, all float32. Choose another model.")
    return inputs[0]["index"], outputs[0]["index"]


def open_file(file: Path, threads: int = 0) -> LitertFile:
    """Open it; `threads` 0 takes all cores."""
    return LitertFile(file, threads)

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
WEIGHED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
LEAST_RATIO, LARGEST_RATIO = 2.0 ** -32, 255.0      # of a layer's input step times its weights' to its output's
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
    """Ready for one face, by XNNPACK's kernels or, where int8 steps are too unlike for those, by slower plain ones."""
    try:
        plain = _ready(file, threads, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
        return _ready(file, threads, OpResolverType.AUTO) if _fits_fast_kernels(plain) else plain
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{file} is no LiteRT model that can run, or a broken one: {' '.join(str(error).split())}. "
                         "Export it again.") from None


def _ready(file: Path, threads: int, kernels: OpResolverType) -> Interpreter:
    interpreter = Interpreter(str(file), num_threads=threads, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    return interpreter


def _fits_fast_kernels(interpreter: Interpreter) -> bool:
    """Whether XNNPACK takes every layer: on others LiteRT 2.3 refuses the file or frees memory twice."""
    steps = {one["index"]: one["quantization_parameters"]["scales"] for one in interpreter.get_tensor_details()}
    for layer in interpreter._get_ops_details():     # the only place where LiteRT tells
        if layer["op_name"] in WEIGHED:
            given, weights, out = (steps[index] for index in (*layer["inputs"][:2], layer["outputs"][0]))
            if len(given) and len(weights) and len(out):
                ratios = given[0] * weights.astype(np.float64) / out[0]
                if ratios.min() < LEAST_RATIO or ratios.max() > LARGEST_RATIO:
                    return False
    return True


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

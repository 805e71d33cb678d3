"""A network in an ONNX file, run by ONNX Runtime on the CPU. Such a file holds no code."""

from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.predicting.card import KEY, parse

ERRORS_ALONE = 3    # of ONNX Runtime's log
WAIT_ASLEEP = ("session.intra_op.allow_spinning", "0")  # threads that wait awake take the cores from the detector
MAPS = "maps"       # the second output, where there is one
REFUSALS = (runtime.Fail, runtime.InvalidArgument, runtime.InvalidGraph, runtime.InvalidProtobuf,
            runtime.NotImplemented, runtime.RuntimeException)


class OnnxFile:
    """An open session."""

    def __init__(self, file: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = ERRORS_ALONE
        options.add_session_config_entry(*WAIT_ASLEEP)
        try:
            self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except REFUSALS as error:
            raise InputError(f"{file} is no ONNX model, or a broken one: {str(error).splitlines()[0]}. Export it "
                             "again.") from None
        self.file = file
        self.card = parse(self._session.get_modelmeta().custom_metadata_map.get(KEY), str(file))
        self._input, self._output, *self._maps = _require_faces(self._session, file)

    @property
    def places(self) -> tuple[int, int] | None:
        """Rows and columns of its class activation maps; None without."""
        return tuple(self._session.get_outputs()[1].shape[1:3]) if self._maps else None

    def raw(self, faces: np.ndarray) -> np.ndarray:
        """Outputs `(faces, 7)` for `(faces, 48, 48, 1)` float32."""
        return np.asarray(self._session.run([self._output], {self._input: faces})[0])

    def maps(self, faces: np.ndarray) -> np.ndarray | None:
        """Class activation maps `(faces, rows, columns, 7)`, if the file has them as its second output."""
        return np.asarray(self._session.run(self._maps, {self._input: faces})[0]) if self._maps else None


def _require_faces(session: onnxruntime.InferenceSession, file: Path) -> list[str]:
    """Names of the input and the outputs."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shapes = [one.shape[1:] for one in (*inputs, *outputs)]
    maps = [one.name for one in outputs[1:] if one.name == MAPS and one.shape[3:] == [len(EMOTIONS)]]
    if shapes[:2] != [[FACE_SIZE, FACE_SIZE, 1], [len(EMOTIONS)]] or len(shapes) != 2 + len(maps):
        raise InputError(f"{file} takes and gives {shapes}. Allowed: faces {[FACE_SIZE, FACE_SIZE, 1]} in, "
                         f"{len(EMOTIONS)} probabilities out and, if need be, {MAPS}. Choose another model.")
    return [inputs[0].name, outputs[0].name, *maps]


def open_file(file: Path, threads: int = 0) -> OnnxFile:
    """Open it; `threads` 0 takes all cores."""
    return OnnxFile(file, threads)

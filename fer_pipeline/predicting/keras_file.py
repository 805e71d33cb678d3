"""A network in a .keras file, run by Keras; only what Keras itself is made of is loaded, so that no code of it runs."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.predicting.card import Accuracy, Card

MEMBERS = {"config.json", "metadata.json", "model.weights.h5"}
LARGEST_CONFIG = 50_000_000     # bytes; a stranger's zip may grow without end
BATCH = 256                     # faces
NOT_READ = "compile_config"     # of a network that is loaded to be asked, not trained
CLASSES = {
    "keras": {"Sequential", "Functional", "Model", "DTypePolicy"},
    "keras.src.models.functional": {"Functional"},
    "keras.layers": {
        "InputLayer", "Activation", "Add", "Average", "AveragePooling2D", "BatchNormalization", "CenterCrop",
        "Concatenate", "Conv2D", "Conv2DTranspose", "Cropping2D", "Dense", "DepthwiseConv2D", "Dropout", "ELU",
        "Flatten", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling2D", "GlobalMaxPooling2D",
        "GroupNormalization", "Identity", "LayerNormalization", "LeakyReLU", "MaxPooling2D", "Maximum", "Minimum",
        "MultiHeadAttention", "Multiply", "Normalization", "PReLU", "Permute", "ReLU", "RepeatVector", "Rescaling",
        "Reshape", "Resizing", "SeparableConv2D", "Softmax", "SpatialDropout2D", "Subtract", "UnitNormalization",
        "UpSampling2D", "ZeroPadding2D"},
}
PLAIN_MODULES = {"keras.initializers", "keras.regularizers", "keras.constraints"}
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)     # the last two: its compression
KERAS_TENSOR = "__keras_tensor__"


class KerasFile:
    """A loaded network."""

    def __init__(self, file: Path) -> None:
        import keras

        _require_harmless(file)
        try:
            self._network = keras.saving.load_model(file, compile=False, safe_mode=True)
        except (KeyError, OSError, TypeError, ValueError) as error:
            raise InputError(f"{file} cannot be loaded by Keras {keras.__version__}: {str(error)[:300]}. Train or save "
                             "it again.") from None
        self.file = file
        _require_faces(self._network, file)
        self.card = _card(file, self._network.name)

    def raw(self, faces: np.ndarray) -> np.ndarray:
        """Outputs `(faces, 7)` for `(faces, 48, 48, 1)` float32."""
        said = [self._network.predict_on_batch(faces[start:start + BATCH]) for start in range(0, len(faces), BATCH)]
        return np.concatenate(said, dtype=np.float32)

    def maps(self, faces: np.ndarray) -> None:  # noqa: ARG002  the interface's
        """None: these files have probabilities alone."""
        return


def _require_harmless(file: Path) -> None:
    """Raise InputError for whatever Keras would not have to read, or makes something of that is not Keras's own."""
    if not zipfile.is_zipfile(file):
        raise InputError(f"{file} is no .keras file, which is a zip. Older formats (HDF5, pickle, SavedModel) are not "
                         "opened: they can hold code. Save it with Keras 3: `model.save('model.keras')`.")
    config = _config(file)
    if foreign := sorted({name for name, allowed in _classes(config) if not allowed}):
        raise InputError(f"{file} asks for {', '.join(foreign)}, which may run code or read files. Allowed: the plain "
                         "layers of Keras. Take a model whose maker you know, and rebuild it from those.")


def _config(file: Path) -> Any:
    """What the network is made of, as JSON says it."""
    try:
        with zipfile.ZipFile(file) as archive:
            if strange := sorted({*archive.namelist()} ^ MEMBERS):
                raise InputError(f"{file} has too much or too little: {', '.join(strange)}. Allowed: exactly "
                                 f"{', '.join(sorted(MEMBERS))}. Save it with Keras 3, without assets.")
            if (size := archive.getinfo("config.json").file_size) > LARGEST_CONFIG:
                raise InputError(f"The config.json of {file} has {size:,} bytes. Allowed: {LARGEST_CONFIG:,}. Take a "
                                 "smaller network.")
            return json.loads(archive.read("config.json"))
    except InputError:
        raise
    except (*BROKEN_ZIP, ValueError) as error:
        raise InputError(f"{file} is broken: {error}. Save the model again.") from None


def _classes(config: Any) -> Iterator[tuple[str, bool]]:
    """Each class that `config` names, and whether it is one of ours to load."""
    if isinstance(config, list):
        for one in config:
            yield from _classes(one)
    elif isinstance(config, dict):
        if "class_name" in config:
            yield _class(config)
        for key, one in config.items():
            if key != NOT_READ:
                yield from _classes(one)


def _class(config: dict[str, Any]) -> tuple[str, bool]:
    name, module, registered = (config.get(key) for key in ("class_name", "module", "registered_name"))
    known = name == KERAS_TENSOR or module in PLAIN_MODULES or name in CLASSES.get(str(module), ())
    return ".".join(str(one) for one in (module, registered or name) if one), known and registered in (None, name)


def _require_faces(network: Any, file: Path) -> None:
    found = [tuple(shape) if isinstance(shape, list | tuple) else shape
             for shape in (network.input_shape, network.output_shape)]
    if found != [(None, FACE_SIZE, FACE_SIZE, 1), (None, len(EMOTIONS))]:
        raise InputError(f"{file} takes and gives {found}. Allowed: faces {(None, FACE_SIZE, FACE_SIZE, 1)} in, "
                         f"{(None, len(EMOTIONS))} probabilities out, in the order of this project: "
                         f"{', '.join(EMOTIONS)}. Choose another model.")


def _card(file: Path, architecture: str) -> Card:
    """From the record that `select` writes beside its champion; else what the network says of itself."""
    record_file = file.with_name("champion.json")
    if not record_file.is_file():
        return Card(name=file.stem, architecture=architecture)
    try:
        record = json.loads(record_file.read_text())
        return Card(name=record["architecture"], architecture=architecture, emotions=record["emotions"],
                    temperature=record["temperature"], public_test=Accuracy.of(record))
    except (KeyError, ValueError) as error:
        raise InputError(f"{record_file}, the record beside {file}, cannot be used: {error!r}. Run dvc repro select, "
                         "or take the model away from it.") from None


def open_file(file: Path, threads: int = 0) -> KerasFile:  # noqa: ARG001
    """Open it; `threads` are TensorFlow's own affair."""
    return KerasFile(file)

"""Model files of all formats, also those that a stranger sends: none of them runs code."""

import json
import pickle
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import onnx
import pytest
from keras import layers
from onnx import TensorProto, helper

from fer_pipeline import architectures
from fer_pipeline.data.faces import as_input
from fer_pipeline.errors import InputError
from fer_pipeline.exporting.litert_export import to_litert, write_litert
from fer_pipeline.exporting.networks import load_network
from fer_pipeline.exporting.onnx_export import to_onnx, write_onnx
from fer_pipeline.inference import probabilities as by_keras
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.card import KEY, Card
from fer_pipeline.predicting.keras_file import _classes
from fer_pipeline.predicting.litert_file import CARD_MEMBER
from fer_pipeline.predicting.networks import open_network, probabilities

CARD = Card(name="own", architecture="lenet5")
WEIGHTS = np.zeros((48 * 48, 7), np.float32)


@pytest.fixture(scope="module")
def files(tmp_path_factory, faces) -> Path:
    """The same network as model.keras, model.onnx and model.tflite."""
    folder = tmp_path_factory.mktemp("files")
    keras.utils.set_random_seed(3)
    architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[16, 8]).save(folder / "model.keras")
    network = load_network(folder / "model.keras")
    write_onnx(folder / "model.onnx", to_onnx(network), CARD)
    write_litert(folder / "model.tflite", to_litert(network, faces(5).pixels)[0], CARD)
    return folder


@pytest.mark.parametrize("ending", ["onnx", "tflite", "keras"])
def test_every_format_says_the_same(files, faces, ending):
    opened = open_network(files / f"model.{ending}")
    said = probabilities(opened, faces(9).pixels)
    np.testing.assert_allclose(said, by_keras(load_network(files / "model.keras"), faces(9).pixels), atol=2e-6)
    assert opened.maps(as_input(faces(2).pixels)) is None


def test_a_keras_model_has_the_card_of_the_record_beside_it(files, tmp_path):
    (tmp_path / "model.keras").write_bytes((files / "model.keras").read_bytes())
    assert open_network(tmp_path / "model.keras").card == Card(name="model", architecture="lenet5")
    record = {"architecture": "own_entry", "temperature": 1.7, "emotions": list(EMOTIONS), "accuracy": 0.6,
              "accuracy_low": 0.5, "accuracy_high": 0.7, "macro_f1": 0.5, "faces": 100}
    (tmp_path / "champion.json").write_text(json.dumps(record))
    card = open_network(tmp_path / "model.keras").card
    assert (card.name, card.temperature, card.public_test.low) == ("own_entry", 1.7, 0.5)
    (tmp_path / "champion.json").write_text(json.dumps(record | {"temperature": -1}))
    with pytest.raises(InputError, match=r"champion\.json, the record beside .*model\.keras, cannot be used"):
        open_network(tmp_path / "model.keras")


@pytest.mark.parametrize("name", architectures.names())
def test_every_architecture_of_the_project_is_allowed(name):
    network = architectures.build(name, input_shape=(48, 48, 1), classes=7, weights="none")
    assert not {one for one, allowed in _classes(json.loads(network.to_json())) if not allowed}


def saved(file: Path, *inside: keras.Layer) -> Path:
    keras.Sequential([keras.Input((48, 48, 1)), *inside, layers.Flatten(),
                      layers.Dense(7, activation="softmax")]).save(file)
    return file


@keras.saving.register_keras_serializable("strangers")
class Foreign(keras.Layer):
    """What a stranger wrote."""

    def call(self, inputs):
        return inputs


def test_a_keras_file_with_code_of_a_stranger_is_refused_and_runs_nothing(tmp_path):
    trace = tmp_path / "ran"
    lambda_file = saved(tmp_path / "lambda.keras", layers.Lambda(
        lambda faces, file=str(trace): (Path(file).touch(), faces)[1]))
    trace.unlink()      # its maker ran it
    with pytest.raises(InputError, match=r"asks for __lambda__, keras\.layers\.Lambda, which may run code"):
        open_network(lambda_file)
    with pytest.raises(InputError, match=r"asks for .*strangers>Foreign, which may run code"):
        open_network(saved(tmp_path / "foreign.keras", Foreign()))
    activation = {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}
    with pytest.raises(InputError, match=r"asks for os\.system, which may run code"):
        open_network(changed(saved(tmp_path / "os.keras"), "softmax", activation))
    assert not trace.exists()


def changed(file: Path, old: str, new: object) -> Path:
    """The file with a string of its config.json replaced."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["config.json"] = members["config.json"].replace(json.dumps(old).encode(), json.dumps(new).encode())
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


def test_a_pickle_or_hdf5_called_keras_is_never_opened(tmp_path):
    (tmp_path / "pickle.keras").write_bytes(pickle.dumps(Bomb(tmp_path / "ran")))
    with h5py.File(tmp_path / "old.keras", "w") as old:
        old.attrs["model_config"] = "{}"
    for name in ("pickle", "old"):
        with pytest.raises(InputError, match=r"is no \.keras file, which is a zip\. Older formats .* not opened"):
            open_network(tmp_path / f"{name}.keras")
    (tmp_path / "old.h5").touch()
    with pytest.raises(InputError, match=r"ends in '\.h5'\. Allowed: \.onnx, \.tflite, \.keras"):
        open_network(tmp_path / "old.h5")
    assert not (tmp_path / "ran").exists()


def test_a_keras_file_with_more_or_less_in_it_is_refused(files, tmp_path):
    file = tmp_path / "more.keras"
    file.write_bytes((files / "model.keras").read_bytes())
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("assets/run.py", "print('ran')")
    with pytest.raises(InputError, match=r"has too much or too little: assets/run\.py"):
        open_network(file)


def test_a_keras_file_of_other_classes_is_refused(tmp_path):
    keras.Sequential([keras.Input((48, 48, 1)), layers.Flatten(), layers.Dense(8)]).save(tmp_path / "eight.keras")
    with pytest.raises(InputError, match=r"takes and gives .*\(None, 8\).* Allowed"):
        open_network(tmp_path / "eight.keras")


def linear_onnx(file: Path, *, data: str | None = None, operator: str = "MatMul", domain: str = "") -> Path:
    """A network of one product, whose weights may lie in the file `data`."""
    weights = onnx.numpy_helper.from_array(WEIGHTS, "weights")
    if data:
        onnx.external_data_helper.set_external_data(weights, data, length=WEIGHTS.nbytes)
        weights.ClearField("raw_data")
        weights.data_location = TensorProto.EXTERNAL
    shape = onnx.numpy_helper.from_array(np.array([-1, 48 * 48]), "shape")
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["faces", "shape"], ["flat"]),
         helper.make_node(operator, ["flat", "weights"], ["logits"], domain=domain),
         helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1)], "linear",
        [helper.make_tensor_value_info("faces", 1, ["faces", 48, 48, 1])],
        [helper.make_tensor_value_info("probabilities", 1, ["faces", 7])], [weights, shape])
    imports = [helper.make_opsetid("", 18), helper.make_opsetid("stranger", 1)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=8)
    model.metadata_props.add(key=KEY, value=CARD.model_dump_json())
    file.write_bytes(model.SerializeToString())
    return file


def test_an_onnx_file_reads_no_data_outside_its_folder(tmp_path):
    folder, secret = tmp_path / "folder", tmp_path / "secret.bin"
    folder.mkdir()
    secret.write_bytes(WEIGHTS.tobytes())
    assert open_network(linear_onnx(folder / "plain.onnx")).card == CARD
    for data in ("../secret.bin", str(secret)):
        with pytest.raises(InputError, match=r"is no ONNX model, or a broken one: .*[Ee]xternal data"):
            open_network(linear_onnx(folder / "outside.onnx", data=data))


def test_an_onnx_file_with_an_operator_of_a_stranger_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"stranger:Evil.* is not a registered function/op"):
        open_network(linear_onnx(tmp_path / "evil.onnx", operator="Evil", domain="stranger"))


def test_an_onnx_file_cut_short_or_of_other_shapes_is_refused(files, tmp_path):
    (tmp_path / "short.onnx").write_bytes((files / "model.onnx").read_bytes()[:5000])
    with pytest.raises(InputError, match="is no ONNX model, or a broken one"):
        open_network(tmp_path / "short.onnx")
    model = onnx.load(linear_onnx(tmp_path / "two.onnx"))
    model.graph.output.append(helper.make_tensor_value_info("logits", 1, ["faces", 7]))
    (tmp_path / "two.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match=r"takes and gives .* Allowed: faces \[48, 48, 1\] in, 7 probabilities out"):
        open_network(tmp_path / "two.onnx")


def test_a_litert_file_of_a_stranger_is_refused(files, tmp_path):
    whole = (files / "model.tflite").read_bytes()
    model = whole[:whole.rindex(b"PK\x03\x04")]
    for content, message in ((b"no model", "is no LiteRT model: it begins with b'no model'"),
                             (model, "does not say which of its outputs is which emotion"),
                             (whole.replace(b'"lenet5"', b'"lenet6"'), "The card of .* cannot be read: Bad CRC-32")):
        (tmp_path / "model.tflite").write_bytes(content)
        with pytest.raises(InputError, match=message):
            open_network(tmp_path / "model.tflite")
    (tmp_path / "cut.tflite").write_bytes(model[:len(model) // 2])
    with zipfile.ZipFile(tmp_path / "cut.tflite", "a") as archive:
        archive.writestr(CARD_MEMBER, CARD.model_dump_json())
    with pytest.raises(InputError, match="is no LiteRT model that can run, or a broken one"):
        open_network(tmp_path / "cut.tflite")

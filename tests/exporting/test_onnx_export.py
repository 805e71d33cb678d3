import os
import subprocess
import sys

import keras
import numpy as np
import onnx
import pytest
from keras import layers

from fer_pipeline.data.faces import as_input
from fer_pipeline.errors import InputError
from fer_pipeline.exporting.canonical import canonical
from fer_pipeline.exporting.networks import load_network
from fer_pipeline.exporting.onnx_export import to_onnx, write_onnx
from fer_pipeline.inference import probabilities
from fer_pipeline.predicting.onnx_file import open_file

AGAIN = """
import sys
from pathlib import Path
from fer_pipeline.exporting.networks import load_network
from fer_pipeline.exporting.litert_export import to_litert
from fer_pipeline.exporting.onnx_export import to_onnx
import numpy as np

network = load_network(Path(sys.argv[1]))
calibration = np.random.default_rng(0).integers(0, 256, (9, 48, 48), np.uint8)
sys.stdout.buffer.write(b"".join((to_onnx(network).SerializeToString(deterministic=True),
                                  *to_litert(network, calibration))))
"""


@pytest.mark.parametrize("name", ["pooled", "flat"])
def test_an_exported_network_says_what_keras_says_of_any_number_of_faces(name, request, faces, tmp_path, card):
    network, made = request.getfixturevalue(name), faces(300, seed=3)
    write_onnx(tmp_path / "made.onnx", to_onnx(network), card)
    opened = open_file(tmp_path / "made.onnx")
    for number in (1, 300):
        np.testing.assert_allclose(opened.raw(as_input(made.pixels[:number])),
                                   probabilities(network, made.pixels[:number]), atol=2e-6)
    assert opened.card == card


def test_maps_are_the_second_output_where_the_head_has_them(pooled, flat, faces, tmp_path, card):
    for name, network in {"pooled": pooled, "flat": flat}.items():
        write_onnx(tmp_path / f"{name}.onnx", to_onnx(network), card)
    some = as_input(faces(3).pixels)
    opened = open_file(tmp_path / "pooled.onnx")
    assert opened.maps(some).shape == (3, *opened.places, 7)
    assert open_file(tmp_path / "flat.onnx").maps(some) is None
    assert open_file(tmp_path / "flat.onnx").places is None


def test_names_say_what_goes_in_and_out(pooled):
    graph = to_onnx(pooled).graph
    told = [(one.name, [size.dim_param or size.dim_value for size in one.type.tensor_type.shape.dim])
            for one in (*graph.input, *graph.output)]
    assert told == [("faces", ["faces", 48, 48, 1]), ("probabilities", ["faces", 7]), ("maps", ["faces", 22, 22, 7])]


def test_the_same_network_gives_the_same_bytes_in_another_process(made_networks):
    made = [subprocess.run([sys.executable, "-c", AGAIN, str(made_networks["pooled"])], check=True,
                           capture_output=True, env=os.environ | {"PYTHONHASHSEED": seed}).stdout
            for seed in ("1", "2")]
    assert len(made[0]) > 10_000
    assert made[0] == made[1]


def test_a_tensor_that_is_no_weight_becomes_no_input(tmp_path, faces, card):
    keras.Sequential([keras.Input((48, 48, 1)), layers.Normalization(mean=[128.0], variance=[5000.0]), layers.Flatten(),
                      layers.Dense(7, activation="softmax")]).save(tmp_path / "normalised.keras")
    network = load_network(tmp_path / "normalised.keras")
    write_onnx(tmp_path / "made.onnx", to_onnx(network), card)
    np.testing.assert_allclose(open_file(tmp_path / "made.onnx").raw(as_input(faces(9).pixels)),
                               probabilities(network, faces(9).pixels), atol=2e-6)
    model = to_onnx(network)
    model.graph.input.append(onnx.helper.make_tensor_value_info("normalization/mean", 1, [1]))
    with pytest.raises(InputError, match="the inputs faces, normalization/mean. Allowed: one"):
        canonical(model, "faces", ["probabilities"], "normalised")


def test_names_and_the_order_of_the_file_leave_no_trace(flat):
    made = to_onnx(flat)
    other = onnx.ModelProto()
    other.CopyFrom(made)
    text = {one: f"other_{number}" for number, one in enumerate(
        sorted({name for node in made.graph.node for name in (*node.input, *node.output)}, reverse=True))}
    for node in other.graph.node:
        node.input[:], node.output[:] = [text[one] for one in node.input], [text[one] for one in node.output]
        node.doc_string = "made by another"
    for one in (*other.graph.input, *other.graph.output, *other.graph.initializer):
        one.name = text[one.name]
    constants = list(reversed(other.graph.initializer))
    del other.graph.initializer[:]
    other.graph.initializer.extend(constants)
    assert canonical(other, "faces", ["probabilities"], made.graph.name) == made

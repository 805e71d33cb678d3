import keras
import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.data.faces import as_input
from fer_pipeline.exporting import litert_export
from fer_pipeline.exporting.int8_steps import with_usable_steps
from fer_pipeline.exporting.litert_export import to_litert, write_litert
from fer_pipeline.exporting.networks import load_network
from fer_pipeline.inference import probabilities
from fer_pipeline.predicting.litert_file import open_file


@pytest.fixture(scope="module")
def files(pooled, faces, card, tmp_path_factory):
    """In float32 and in int8."""
    folder = tmp_path_factory.mktemp("litert")
    for name, model in zip(("float", "int8"), to_litert(pooled, faces(9).pixels), strict=True):
        write_litert(folder / f"{name}.tflite", model, card)
    return folder


def test_in_float_it_says_what_keras_says_of_any_number_of_faces(pooled, files, faces):
    opened, made = open_file(files / "float.tflite"), faces(70, seed=3)
    for number in (1, 70, 3):
        np.testing.assert_allclose(opened.raw(as_input(made.pixels[:number])),
                                   probabilities(pooled, made.pixels[:number]), atol=2e-6)


def test_in_int8_it_is_smaller_and_says_nearly_the_same_in_float32(pooled, files, faces):
    opened, made = open_file(files / "int8.tflite"), faces(70, seed=3)
    said = opened.raw(as_input(made.pixels))
    assert said.dtype == np.float32
    np.testing.assert_allclose(said, probabilities(pooled, made.pixels), atol=0.1)
    assert len(np.unique(said)) <= 256
    assert (files / "int8.tflite").stat().st_size < 0.8 * (files / "float.tflite").stat().st_size


def test_the_card_comes_back_and_there_are_no_maps(files, faces, card):
    for name in ("float", "int8"):
        opened = open_file(files / f"{name}.tflite")
        assert opened.card == card
        assert opened.maps(as_input(faces(2).pixels)) is None


def test_weights_trained_in_mixed_precision_are_exported_in_full(tmp_path, faces, card):
    keras.utils.set_random_seed(1)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[8, 8])
    finally:
        keras.config.set_dtype_policy("float32")
    network.save(tmp_path / "mixed.keras")
    loaded = load_network(tmp_path / "mixed.keras")
    assert {layer.compute_dtype for layer in loaded.layers} == {"float32"}
    write_litert(tmp_path / "mixed.tflite", to_litert(loaded, faces(5).pixels)[0], card)
    np.testing.assert_allclose(open_file(tmp_path / "mixed.tflite").raw(as_input(faces(9).pixels)),
                               probabilities(loaded, faces(9).pixels), atol=2e-6)


def test_units_that_no_face_excites_leave_an_int8_file_that_opens(tmp_path, faces, card, monkeypatch):
    network = architectures.build("se_resnet_48", input_shape=(48, 48, 1), classes=7, filters=[8, 8], blocks=[1, 1],
                                  squeeze_ratio=2)
    weighing = next(layer for layer in network.layers if isinstance(layer, keras.layers.Dense))
    weighing.set_weights([weighing.get_weights()[0], np.full(weighing.units, -5.0)])
    as_converted: list[bytes] = []
    monkeypatch.setattr(litert_export, "with_usable_steps",
                        lambda model: as_converted.append(model) or with_usable_steps(model))
    in_int8 = to_litert(network, faces(9).pixels)[1]
    assert in_int8 != as_converted[0]
    assert with_usable_steps(in_int8) == in_int8
    for name, model in (("ours", in_int8), ("elsewhere", as_converted[0])):
        write_litert(tmp_path / f"{name}.tflite", model, card)
        np.testing.assert_allclose(open_file(tmp_path / f"{name}.tflite").raw(as_input(faces(9).pixels)),
                                   probabilities(network, faces(9).pixels), atol=0.1)

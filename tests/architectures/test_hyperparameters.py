"""What single hyperparameters of single networks do."""

import keras
import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.architectures import se_resnet_48
from fer_pipeline.backbones.pictures import as_picture, preprocessed
from fer_pipeline.errors import InputError

FACE = {"input_shape": (48, 48, 1), "classes": 7, "weights": "none"}
NARROW = {"filters": [8, 8, 8, 8]}


def layers_of(network: keras.Model, kind: type) -> list:
    return [layer for layer in network._flatten_layers() if isinstance(layer, kind)]


@pytest.mark.parametrize("name", ["basic_cnn_notebook", "basic_cnn_readme"])
def test_raw_networks_can_rescale(name):
    network = architectures.build(name, **FACE, units=[8], rescale=True)
    assert [layer.scale for layer in layers_of(network, keras.layers.Rescaling)] == [1 / 255]


@pytest.mark.parametrize(("name", "crop", "narrow"), [
    ("vgg_48", 40, NARROW), ("resnet18_48", 40, NARROW), ("se_resnet_48", 44, NARROW),
    ("quick_cnn_48", 44, {"filters": [8, 8, 8]})])
def test_only_the_middle_of_a_face_is_seen_unless_crop_is_none(name, crop, narrow):
    cropped = architectures.build(name, **FACE, **narrow)
    whole = architectures.build(name, **FACE, **narrow, crop=None)
    assert layers_of(cropped, keras.layers.CenterCrop)[0].output.shape == (None, crop, crop, 1)
    assert not layers_of(whole, keras.layers.CenterCrop)
    plain = np.full((1, 48, 48, 1), 100, np.float32)
    framed = plain.copy()
    framed[0, 0] = framed[0, :, 0] = 255
    assert np.array_equal(cropped(plain), cropped(framed))      # of one batch, places differ in the last bit
    assert not np.array_equal(whole(plain), whole(framed))


def test_vgg16_gap_can_start_as_wide_as_its_input(faces):
    """Keras's own start halves the variance at every ReLU, so that all faces look alike to the classifier."""
    pixels = faces(20).pixels[..., np.newaxis].astype(np.float32)

    def spread(**start: str) -> float:
        keras.utils.set_random_seed(1)
        network = architectures.build("vgg16_gap", **FACE, filters=[16] * 5, units=8, **start)
        pooled = layers_of(network, keras.layers.GlobalAveragePooling2D)[0]
        return float(keras.Model(network.input, pooled.output).predict_on_batch(pixels).std(axis=0).max())

    assert spread(kernel_initializer="he_normal") > 20 * spread()


def test_vgg16_opens_its_last_two_convolutions():
    network = architectures.build("vgg16_transfer", **FACE, size=32, units=[8])
    convolutions = layers_of(network, keras.layers.Conv2D)
    assert {layer.name for layer in convolutions if layer.trainable} == {"block5_conv2", "block5_conv3"}


def test_a_resnet50v2_of_few_open_layers_freezes_its_normalisation_too():
    network = architectures.build("resnet50v2_partial", **FACE, size=32, open_layers=0)
    backbone = network.get_layer("resnet50v2")
    assert not backbone.trainable_weights


@pytest.mark.parametrize(("family", "keras_own"), [
    ("vgg", keras.applications.vgg16.preprocess_input),
    ("resnet_v2", keras.applications.resnet_v2.preprocess_input)])
def test_imagenet_preprocessing_of_grey_pictures_is_keras_own(family, keras_own):
    grey = np.repeat(np.arange(256, dtype=np.float32).reshape(1, 16, 16, 1), 3, axis=-1)
    np.testing.assert_allclose(preprocessed(grey, "imagenet", family), keras_own(grey.copy()), atol=1e-4)


def test_unknown_preprocessing_names_the_allowed():
    with pytest.raises(InputError, match=r"Unknown preprocessing 'tf'. Allowed: rescale, imagenet"):
        architectures.build("vgg19_frozen", **FACE, preprocessing="tf")


def test_nearest_enlarging_repeats_pixels_in_three_equal_channels(faces):
    grey = faces(2).pixels[..., np.newaxis].astype(np.float32)
    expected = np.repeat(np.repeat(np.repeat(grey, 2, axis=1), 2, axis=2), 3, axis=3)
    np.testing.assert_array_equal(as_picture(grey, 96, "nearest"), expected)


def test_the_flagship_has_at_most_ten_million_parameters():
    assert architectures.build("se_resnet_48", **FACE).count_params() <= 10_000_000


def test_the_flagship_drops_paths_linearly_by_face():
    network = architectures.build("se_resnet_48", **FACE, **NARROW, drop_path=0.4)
    paths = [layer for layer in layers_of(network, keras.layers.Dropout) if layer.noise_shape]
    assert [layer.rate for layer in paths] == pytest.approx(np.linspace(0, 0.4, 9)[1:])
    dropped = np.array(paths[-1](np.ones((200, 6, 6, 8), np.float32), training=True))
    assert (dropped == dropped[:, :1, :1, :1]).all()
    assert np.unique(dropped) == pytest.approx([0, 1 / 0.6])
    assert 40 < (dropped[:, 0, 0, 0] == 0).sum() < 120


def test_the_flagship_halves_by_the_binomial_kernel():
    picture = np.zeros((1, 8, 8, 1), np.float32)
    picture[0, 3, 3] = 16
    halved = np.array(se_resnet_48._halved(picture))[0, ..., 0]
    np.testing.assert_allclose(halved[:3, :3], [[0, 0, 0], [0, 4, 0], [0, 0, 0]])
    stripes = np.tile(np.array([0, 2], np.float32), 4).reshape(1, 1, 8, 1).repeat(8, axis=1)
    grey = np.array(se_resnet_48._halved(stripes))[..., :-1, :]
    np.testing.assert_allclose(grey, 1)     # the finest pattern leaves no coarser one

"""ImageNet weights: only the files that Keras states, from a folder or by download, or a plain refusal."""

import dataclasses
import hashlib
import inspect
import time
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.src.applications import efficientnet_v2, resnet, vgg16, vgg19
from keras.src.legacy.saving import legacy_h5_format

from fer_pipeline import architectures
from fer_pipeline.backbones import imagenet
from fer_pipeline.backbones.imagenet import BACKBONES, Backbone, build_backbone, weight_file
from fer_pipeline.errors import InputError

CONTENT = b"weights"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("FER_IMAGENET", raising=False)


@pytest.fixture(scope="module")
def random_vgg16() -> keras.Model:
    return keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))


@pytest.fixture(scope="module")
def random_file(random_vgg16, tmp_path_factory) -> Path:
    """Weights in the form and under the name of Keras's own file, but random."""
    file = tmp_path_factory.mktemp("imagenet") / BACKBONES["vgg16"].file_name
    with h5py.File(file, "w") as out:
        legacy_h5_format.save_weights_to_hdf5_group(out, random_vgg16)
    return file


@pytest.fixture
def served(tmp_path: Path) -> Backbone:
    """A backbone whose server is a folder of this machine."""
    file = tmp_path / "server" / "tiny_notop.h5"
    file.parent.mkdir()
    file.write_bytes(CONTENT)
    return Backbone(keras.applications.VGG16, file.as_uri(), hashlib.md5(CONTENT).hexdigest())


def left_in_cache(tmp_path: Path) -> list[str]:
    return [file.name for file in (tmp_path / "keras" / "models").iterdir()]


@pytest.mark.parametrize(("name", "module"), [
    ("vgg16", vgg16), ("vgg19", vgg19), ("resnet50v2", resnet), ("efficientnetv2_b0", efficientnet_v2)])
def test_addresses_and_checksums_are_those_keras_states(name, module):
    folder = BACKBONES[name].url.rsplit("/", 1)[0]
    assert f'"{BACKBONES[name].md5}"' in inspect.getsource(module)
    assert folder in inspect.getsource(module).replace('"\n    "', "")


@pytest.mark.parametrize("name", BACKBONES)
def test_keras_itself_would_ask_for_the_same_file(name, monkeypatch):
    asked = {}
    for module in (vgg16, vgg19, resnet, efficientnet_v2):
        monkeypatch.setattr(module.file_utils, "get_file",
                            lambda file, origin, file_hash, **_: asked.update(file=file, origin=origin, md5=file_hash))
    monkeypatch.setattr(keras.Model, "load_weights", lambda *_: None)
    BACKBONES[name].constructor(include_top=False, weights="imagenet", input_shape=(32, 32, 3))
    assert asked == {"file": BACKBONES[name].file_name, "origin": BACKBONES[name].url, "md5": BACKBONES[name].md5}


@pytest.mark.parametrize("folder", [True, False])
def test_weights_of_another_checksum_are_refused(random_file, monkeypatch, folder):
    monkeypatch.setenv("FER_IMAGENET", str(random_file.parent if folder else random_file))
    found = hashlib.md5(random_file.read_bytes()).hexdigest()
    with pytest.raises(InputError, match=f"MD5 {BACKBONES['vgg16'].md5}, as Keras states, but .* has {found}"):
        build_backbone("vgg16", 32, "imagenet")


@pytest.mark.parametrize("folder", [True, False])
def test_weights_of_the_stated_checksum_are_loaded(random_vgg16, random_file, monkeypatch, folder):
    monkeypatch.setenv("FER_IMAGENET", str(random_file.parent if folder else random_file))
    stated = dataclasses.replace(BACKBONES["vgg16"], md5=hashlib.md5(random_file.read_bytes()).hexdigest())
    monkeypatch.setitem(BACKBONES, "vgg16", stated)
    network = architectures.build("vgg16_transfer", input_shape=(48, 48, 1), classes=7, size=32, units=[8])
    for loaded, saved in zip(network.get_layer("vgg16").weights, random_vgg16.weights, strict=True):
        np.testing.assert_array_equal(loaded, saved)


def test_a_missing_file_is_named_with_its_address_and_the_repair(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_IMAGENET", str(tmp_path))
    with pytest.raises(InputError, match=r"vgg16_\w+_notop.h5 is not at .*, where FER_IMAGENET points. Put https://.* "
                                         r"set FER_IMAGENET to that folder, or set architectures.\*.weights to none"):
        build_backbone("vgg16", 32, "imagenet")


def test_a_download_is_kept_for_the_next_time(served, tmp_path):
    first = weight_file(served)
    assert first.read_bytes() == CONTENT
    (tmp_path / "server" / served.file_name).unlink()
    assert weight_file(served) == first
    assert left_in_cache(tmp_path) == [served.file_name]


def test_a_damaged_file_in_the_cache_is_downloaded_again(served):
    weight_file(served).write_bytes(b"half")
    assert weight_file(served).read_bytes() == CONTENT


def test_a_wrong_download_is_refused_and_not_kept(served, tmp_path):
    wrong = dataclasses.replace(served, md5="0" * 32)
    with pytest.raises(InputError, match="MD5 0{32}, as Keras states, but"):
        weight_file(wrong)
    assert left_in_cache(tmp_path) == []


def test_without_a_network_there_is_a_refusal_and_no_random_start(tmp_path, monkeypatch):
    nowhere = dataclasses.replace(BACKBONES["vgg16"], url="https://weights.invalid/vgg16_notop.h5")
    monkeypatch.setitem(BACKBONES, "vgg16", nowhere)
    started = time.monotonic()
    with pytest.raises(InputError, match=r"vgg16_notop.h5 could not be downloaded \(.*\). Put https://weights.invalid/"):
        architectures.build("vgg16_transfer", input_shape=(48, 48, 1), classes=7)
    assert time.monotonic() - started < imagenet.SILENCE_SECONDS
    assert left_in_cache(tmp_path) == []


def test_unknown_weights_name_the_allowed():
    with pytest.raises(InputError, match=r"Unknown weights 'vggface' for vgg16. Allowed: imagenet, none"):
        build_backbone("vgg16", 32, "vggface")

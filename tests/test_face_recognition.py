"""A network starts from dlib's weights for recognising people: it says what dlib's says, and trains on from there."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from ruamel.yaml import YAML

from fer_pipeline import face_recognition
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import as_input, write_faces
from fer_pipeline.errors import InputError
from fer_pipeline.face_recognition import ARRAYS, MANIFEST, main, read_package, started
from fer_pipeline.recipes import Recipe
from fer_pipeline.training.start import starting_network

SIZE = 67       # halved without a remainder: 31, 15, 7, 3, 1
WIDTHS = {"conv32": 4, "conv64": 6, "conv128": 8, "conv256": 10}
DEPTHS = {"conv32": 3, "conv64": 3, "conv128": 2, "conv256": 2}


def layers_of_dlib() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each convolution's name and kernel, with few filters."""
    yield "conv32_down", (7, 7, 3, 4)
    before = 4
    for stage, width in WIDTHS.items():
        numbers = [str(number + 1) for number in range(DEPTHS[stage])]
        for block in numbers if stage == "conv32" else ["down", *numbers]:
            yield f"{stage}_{block}/conv1", (3, 3, before, width)
            yield f"{stage}_{block}/conv2", (3, 3, width, width)
            before = width
    yield "conv256_down_out/conv1", (3, 3, before, before)
    yield "conv256_down_out/conv2", (3, 3, before, before)


@pytest.fixture(scope="module")
def stored() -> dict[str, np.ndarray]:
    """Arrays as the package has them: biases in 8 bits, kernels as they are."""
    drawn = np.random.default_rng(5)
    found = {}
    for name, shape in layers_of_dlib():
        found[f"{name}/conv/filters"] = drawn.normal(0, np.prod(shape[:3]) ** -0.5, shape).astype(np.float32)
        found[f"{name}/conv/bias"] = drawn.integers(0, 256, shape[-1:]).astype(np.uint8)
        found[f"{name}/scale/weights"] = drawn.uniform(0.5, 1.5, shape[-1:]).astype(np.float32)
        found[f"{name}/scale/biases"] = drawn.integers(0, 256, shape[-1:]).astype(np.uint8)
    return {**found, "fc": drawn.normal(size=(10, 4)).astype(np.float32)}


@pytest.fixture
def package(stored, tmp_path, monkeypatch) -> Path:
    in_8_bits = {"quantization": {"dtype": "uint8", "scale": 0.01, "min": -1.25}}
    listed = [{"name": name, "shape": list(values.shape), **(in_8_bits if values.dtype == np.uint8 else {})}
              for name, values in stored.items()]
    members = {MANIFEST: json.dumps([{"weights": listed, "paths": ["face_recognition_model.bin"]}]).encode(),
               ARRAYS: b"".join(values.tobytes() for values in stored.values())}
    file = tmp_path / "package.tgz"
    with tarfile.open(file, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    monkeypatch.setattr(face_recognition, "SHA256", sha256_of(file))
    return file


def features(network: keras.Model, pixels: np.ndarray) -> np.ndarray:
    """What the classifier is given, `(faces, features)`."""
    return keras.Model(network.input, network.layers[-3].output).predict_on_batch(as_input(pixels))


def as_dlib(arrays: dict[str, np.ndarray], pixels: np.ndarray) -> np.ndarray:
    """The same by dlib's own rules, in colour, without batch normalisation: only scales and offsets."""
    def affine(x, name, strides, padding):
        x = ops.conv(x, arrays[f"{name}/conv/filters"], strides, padding) + arrays[f"{name}/conv/bias"]
        return x * arrays[f"{name}/scale/weights"] + arrays[f"{name}/scale/biases"]

    grey = ops.image.resize(as_input(pixels), (SIZE, SIZE), interpolation="bilinear")
    x = (ops.repeat(grey, 3, axis=-1) - np.array([122.782, 117.001, 104.298], np.float32)) / 256
    x = ops.max_pool(ops.relu(affine(x, "conv32_down", 2, "valid")), 3, 2)
    blocks = dict.fromkeys(name.split("/")[0] for name, _ in layers_of_dlib() if "/" in name and "out" not in name)
    for block in blocks:
        halved = block.endswith("down")
        first = ops.relu(affine(x, f"{block}/conv1", 2 if halved else 1, "valid" if halved else "same"))
        branch = affine(first, f"{block}/conv2", 1, "same")
        x = ops.average_pool(x, 2, 2) if halved else x
        x = ops.pad(x, ((0, 0), (0, 0), (0, 0), (0, branch.shape[-1] - x.shape[-1])))
        x = ops.relu(branch + x)
    return ops.convert_to_numpy(ops.mean(x, axis=(1, 2)))


def test_eight_bits_have_a_scale_and_a_least_value(package, stored):
    arrays = read_package(package)
    assert list(arrays) == list(stored)
    np.testing.assert_array_equal(arrays["conv64_down/conv1/conv/filters"], stored["conv64_down/conv1/conv/filters"])
    np.testing.assert_allclose(arrays["conv64_down/conv1/conv/bias"],
                               stored["conv64_down/conv1/conv/bias"] * 0.01 - 1.25, atol=1e-6)


def test_the_network_says_of_a_face_what_dlibs_does(package, faces):
    arrays, pixels = read_package(package), faces(6, seed=1).pixels
    network = started(arrays, faces(20, seed=2).pixels, size=SIZE)
    expected = as_dlib(arrays, pixels)
    assert (expected.std(axis=0) > 0).sum() > 5
    np.testing.assert_allclose(features(network, pixels), expected, rtol=2e-4, atol=1e-3 * np.abs(expected).max())


def test_its_statistics_are_those_of_the_faces(package, faces):
    pixels = faces(70, seed=2).pixels       # two batches
    network = started(read_package(package), pixels, size=SIZE)
    for convolution, normalisation in zip(*face_recognition._layers(network), strict=True):
        values = keras.Model(network.input, convolution.output).predict_on_batch(as_input(pixels))
        np.testing.assert_allclose(normalisation.moving_mean, values.mean(axis=(0, 1, 2)), rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(normalisation.moving_variance, values.var(axis=(0, 1, 2)), rtol=1e-3)


@pytest.mark.usefixtures("package")
def test_the_command_writes_what_an_entry_starts_from(faces, recipe, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("data/prepared").mkdir(parents=True)
    write_faces(face_recognition.TRAINING, faces(40))
    main(["package.tgz", "start.keras", "--size", str(SIZE)])
    entry = YAML(typ="safe").load(capsys.readouterr().out)
    entry["hyperparameters"] |= {"filters": list(WIDTHS.values())}
    network = starting_network(Recipe.model_validate(recipe().model_dump() | entry))
    written = keras.models.load_model("start.keras", compile=False)
    pixels = faces(3).pixels
    np.testing.assert_array_equal(features(network, pixels), features(written, pixels))
    main(["package.tgz", "again.keras", "--size", str(SIZE)])
    again = keras.models.load_model("again.keras", compile=False)
    assert all(map(np.array_equal, written.get_weights(), again.get_weights()))     # names count on


def test_another_package_is_refused(package):
    with pytest.raises(InputError, match=r"There is no nothing\.tgz\. `npm pack @vladmandic/face-api@1"):
        read_package(Path("nothing.tgz"))
    package.write_bytes(b"other")
    with pytest.raises(InputError, match=r"package\.tgz has the SHA-256 d9298a10d1b0.*Fetch it again"):
        read_package(package)

"""`python -m fer_pipeline.face_recognition PACKAGE MODEL`: dlib's weights for recognising people, as a start.

PACKAGE is what `npm pack @vladmandic/face-api@1.7.15` fetches (MIT; the weights are dlib's, CC0), which holds that
network in 6 MB: kernels, and a scale and an offset for each channel, which were a batch normalisation. MODEL is then a
`face_resnet` that says of a face what dlib's network does, up to the classifier, which is at random. To be run in a
checkout in which `dvc repro balance` ended: the statistics of its batch normalisations are those of its Training faces,
and scales and offsets make up for them, so that the first step of a training finds what the last of dlib's left.
"""

import argparse
import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import as_input, read_faces
from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.runtime.command import run_as_command
from fer_pipeline.runtime.notices import import_framework

if TYPE_CHECKING:
    import keras

FILE, SHA256 = "vladmandic-face-api-1.7.15.tgz", "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031"
MANIFEST, ARRAYS = (f"package/model/face_recognition_model{end}" for end in ("-weights_manifest.json", ".bin"))
TRAINING = Path("data/prepared/balanced_training.npz")
MEAN_COLOUR = 122.782, 117.001, 104.298     # red, green, blue; that dlib subtracts
LEVELS = 256                                # that dlib divides by
EVERY, BATCH = 20, 64                       # Training face tells the statistics

Arrays = Mapping[str, np.ndarray]


def main(arguments: list[str]) -> None:
    """Write the model and print the lines of an entry that start from it."""
    parser = argparse.ArgumentParser(prog="python -m fer_pipeline.face_recognition", description=__doc__)
    parser.add_argument("package", type=Path, help=FILE)
    parser.add_argument("model", type=Path, help="to write: a .keras file in this checkout")
    parser.add_argument("--size", type=int, default=112, help="that faces are enlarged to, in pixels")
    chosen = parser.parse_args(arguments)
    arrays = read_package(chosen.package)
    faces = read_faces(TRAINING).pixels[::EVERY]
    import_framework()
    import keras

    from fer_pipeline.training.archive import archive_of

    keras.utils.set_random_seed(0)      # of the classifier
    chosen.model.write_bytes(archive_of(started(arrays, faces, size=chosen.size)))
    print(f"architecture: face_resnet\nhyperparameters: {{size: {chosen.size}}}\n"
          f"weights: {{file: {chosen.model}, sha256: {sha256_of(chosen.model)}}}")


def read_package(package: Path) -> dict[str, np.ndarray]:
    """Its arrays by name, float32: `LAYER/conv/filters` `(height, width, channels, filters)`, `LAYER/conv/bias`,
    `LAYER/scale/weights` and `LAYER/scale/biases` `(filters,)`.

    Raises:
        InputError: The file is missing or another one.
    """
    if not package.is_file():
        raise InputError(f"There is no {package}. `npm pack @vladmandic/face-api@1.7.15` fetches {FILE}.")
    if (found := sha256_of(package)) != SHA256:
        raise InputError(f"{package} has the SHA-256 {found}, and {FILE} has {SHA256}. Fetch it again: `npm pack "
                         "@vladmandic/face-api@1.7.15`.")
    with tarfile.open(package) as archive:
        manifest, raw = (archive.extractfile(name).read() for name in (MANIFEST, ARRAYS))  # type: ignore[union-attr]
    return dict(_arrays(json.loads(manifest)[0]["weights"], raw))


def _arrays(listed: list[dict[str, Any]], raw: bytes) -> Iterator[tuple[str, np.ndarray]]:
    """One after another in `raw`: float32, or 8 bits with a scale and a least value."""
    place = 0
    for one in listed:
        number, steps = int(np.prod(one["shape"])), one.get("quantization")
        stored = np.frombuffer(raw, np.uint8 if steps else "<f4", number, place)
        place += stored.nbytes
        values = stored * np.float32(steps["scale"]) + np.float32(steps["min"]) if steps else stored
        yield one["name"], values.astype(np.float32).reshape(one["shape"])


def started(arrays: Arrays, faces: np.ndarray, *, size: int) -> "keras.Model":
    """`face_resnet` with dlib's weights; the classifier is at random.

    Args:
        arrays: As `read_package` gives them.
        faces: `(faces, 48, 48)` uint8, whose statistics its batch normalisations have.
        size: Height and width they are enlarged to, in pixels.
    """
    from fer_pipeline import architectures

    stages = _stages(arrays)
    network = architectures.build(
        "face_resnet", input_shape=(FACE_SIZE, FACE_SIZE, 1), classes=len(EMOTIONS), size=size,
        filters=tuple(arrays[f"{blocks[-1]}/conv2/conv/filters"].shape[-1] for blocks in stages),
        blocks=tuple(map(len, stages)))
    convolutions, normalisations = _layers(network)
    names = ["conv32_down", *(f"{block}/conv{number}" for blocks in stages for block in blocks for number in (1, 2))]
    for name, convolution, normalisation in zip(names, convolutions, normalisations, strict=True):
        kernel, offset = arrays[f"{name}/conv/filters"], arrays[f"{name}/conv/bias"]
        if name == names[0]:
            kernel, offset = _of_grey(kernel, offset)
        convolution.set_weights([kernel])
        ones = np.full_like(offset, 1 - normalisation.epsilon)
        normalisation.set_weights([arrays[f"{name}/scale/{kind}"] for kind in ("weights", "biases")] + [-offset, ones])
    _take_statistics(network, faces)
    return network


def _stages(arrays: Arrays) -> list[list[str]]:
    """The blocks of each stage; what comes after them, for people alone, is left out."""
    blocks = dict.fromkeys(name.split("/")[0] for name in arrays)
    return [[block for block in blocks if block.startswith(f"conv{stage}_") and f"{block}/conv2/conv/filters" in arrays
             and not block.endswith("_out")] for stage in (32, 64, 128, 256)]


def _layers(network: "keras.Model") -> tuple[list[Any], list[Any]]:
    from keras import layers

    convolutions, normalisations = ([layer for layer in network.layers if isinstance(layer, kind)]
                                    for kind in (layers.Conv2D, layers.BatchNormalization))
    return convolutions, normalisations


def _of_grey(kernel: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of three equal channels that keep their mean colour: one channel, and the offset that the colour amounts to."""
    colour = np.asarray(MEAN_COLOUR, np.float32) / LEVELS
    return kernel.sum(axis=2, keepdims=True), offset - np.einsum("hwcf,c->f", kernel, colour)


def _take_statistics(network: "keras.Model", faces: np.ndarray) -> None:
    """Statistics of `faces` for every batch normalisation; the network says the same as before."""
    import keras

    convolutions, normalisations = _layers(network)
    taps = keras.Model(network.input, [layer.output for layer in convolutions])
    sums = [np.zeros((2, layer.filters)) for layer in convolutions]
    places = np.zeros(len(convolutions))
    for start in range(0, len(faces), BATCH):
        for index, values in enumerate(taps.predict_on_batch(as_input(faces[start:start + BATCH]))):
            flat = values.reshape(-1, values.shape[-1]).astype(np.float64)
            sums[index] += flat.sum(axis=0), (flat ** 2).sum(axis=0)
            places[index] += len(flat)
    for (total, squares), number, layer in zip(sums, places, normalisations, strict=True):
        scale, offset, before, _ = layer.get_weights()
        mean = total / number
        variance = squares / number - mean ** 2
        layer.set_weights([scale * np.sqrt(variance + layer.epsilon), offset + scale * (mean - before), mean, variance])


if __name__ == "__main__":
    run_as_command(main)

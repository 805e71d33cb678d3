"""Faces a second while training: our compiled input, the usual folder generator, and no input at all.

Every way trains the same network, with the same optimiser and batch, on the same random faces, each in a process of its
own, in turn, round after round; what counts are the ratios within a round.

    python benchmarks/training_input.py                                # lenet5
    python benchmarks/training_input.py --architecture four_conv_cnn --faces 1280 --only ours none ours_plain

Ways:
    folder      ImageDataGenerator.flow_from_directory over PNG files, as the five public projects train
    layers      arrays in memory, Keras's augmentation layers before the network
    ours        fer_pipeline.training.trainer.Trainer: faces on the device, one warp inside the step
    ours_plain  the same without augmentation
    memory      Model.fit on arrays in memory, without augmentation
    none        one batch, handed in once and trained on again and again: the ceiling
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fer_pipeline.runtime.framework import FRAMEWORK

WAYS = ("folder", "layers", "ours", "ours_plain", "memory", "none")
BATCH = 32
SHIFT, ROTATION, SHEAR, ZOOM = 0.1, 10.0, 5.0, 0.2


def main() -> None:
    """Run the rounds, print a row a way, and the ratios to the usual way and to the ceiling."""
    chosen = _arguments()
    if chosen.way:
        print(json.dumps(_measure(chosen.way, chosen)))
        return
    rounds = [{way: _in_own_process(way) for way in chosen.only} for _ in range(chosen.rounds)]
    print(f"{chosen.architecture}, batch {BATCH}, {chosen.faces:,} faces an epoch, {chosen.threads} thread(s), "
          f"{chosen.rounds} rounds\n{'way':<12}{'faces/s':>10}{'lowest':>10}{'highest':>10}"
          + "".join(f"{'x ' + one:>12}" for one in ("folder", "none") if one in chosen.only))
    for way in chosen.only:
        rates = [one[way] for one in rounds]
        ratios = [statistics.median(one[way] / one[other] for one in rounds)
                  for other in ("folder", "none") if other in chosen.only]
        print(f"{way:<12}{statistics.median(rates):>10,.0f}{min(rates):>10,.0f}{max(rates):>10,.0f}"
              + "".join(f"{ratio:>12.2f}" for ratio in ratios), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architecture", default="lenet5")
    parser.add_argument("--faces", type=int, default=8192, help="an epoch; two are run and the second is timed")
    parser.add_argument("--threads", type=int, default=1, help="of an operation, as compute.threads in params.yaml")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_own_process(way: str) -> float:
    environment = {"CUDA_VISIBLE_DEVICES": "-1"} | FRAMEWORK | os.environ
    done = subprocess.run([sys.executable, *sys.argv, "--way", way], check=True, text=True, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return float(json.loads(done.stdout.splitlines()[-1]))


def _measure(way: str, chosen: argparse.Namespace) -> float:
    from fer_pipeline import architectures
    from fer_pipeline.training.determinism import make_deterministic

    make_deterministic(seed=1, threads=chosen.threads)
    network = architectures.build(chosen.architecture, input_shape=(48, 48, 1), classes=7, weights="none")
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (chosen.faces, 48, 48), np.uint8)
    emotion = random.integers(0, 7, chosen.faces).astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        epoch = _epoch(way, network, pixels, emotion, Path(folder))
        epoch()     # compiles
        began = time.perf_counter()
        epoch()
        return chosen.faces / (time.perf_counter() - began)


def _epoch(way: str, network: object, pixels: np.ndarray, emotion: np.ndarray, folder: Path) -> Callable[[], object]:
    if way.startswith("ours"):
        return _ours(network, pixels, emotion, augmented=way == "ours")
    if way == "none":
        return _nothing_handed_in(network, pixels, emotion)
    if way == "folder":
        return _folder(network, pixels, emotion, folder)
    return _keras_fit(network, pixels, emotion, augmented=way == "layers")


def _ours(network: object, pixels: np.ndarray, emotion: np.ndarray, *, augmented: bool) -> Callable[[], object]:
    from fer_pipeline.data.faces import Faces
    from fer_pipeline.recipes import Recipe
    from fer_pipeline.training.trainer import Trainer

    changes = {"horizontal_flip": True, "rotation_degrees": ROTATION, "shear_degrees": SHEAR, "zoom": ZOOM,
               "shift": SHIFT}
    recipe = Recipe.model_validate({
        "architecture": network.name, "recipe": "benchmark", "epochs": 1, "batch_size": BATCH,
        "optimizer": {"name": "adam", "learning_rate": 0.001}, "checkpoint": {"keep": "last"},
        "augmentation": changes if augmented else {}})
    faces = Faces(pixels, emotion, np.arange(len(pixels), dtype=np.int32), np.ones(len(pixels), np.float32))
    trainer = Trainer(network, faces, recipe, seed=1)
    return lambda: trainer.show(trainer.order(1, 0))


def _keras_fit(network: object, pixels: np.ndarray, emotion: np.ndarray, *, augmented: bool) -> Callable[[], object]:
    import keras
    from keras import layers

    changes = [layers.RandomFlip("horizontal"), layers.RandomRotation(ROTATION / 360), layers.RandomZoom(ZOOM, ZOOM),
               layers.RandomTranslation(SHIFT, SHIFT), layers.RandomShear(0.09, 0.0)] if augmented else []
    trained = keras.Sequential([keras.Input((48, 48, 1)), *changes, network])
    trained.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    faces = pixels[..., np.newaxis].astype(np.float32)
    return lambda: trained.fit(faces, emotion, batch_size=BATCH, verbose=0)


def _nothing_handed_in(network: object, pixels: np.ndarray, emotion: np.ndarray) -> Callable[[], object]:
    import keras
    import tensorflow as tf

    optimizer = keras.optimizers.Adam(0.001)
    optimizer.build(network.trainable_variables)
    faces, truth = tf.constant(pixels[:BATCH, ..., np.newaxis], tf.float32), tf.constant(emotion[:BATCH])

    @tf.function
    def epoch() -> None:
        for _ in tf.range(len(pixels) // BATCH):
            with tf.GradientTape() as tape:
                said = network(faces, training=True)
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(truth, said))
            optimizer.apply_gradients(zip(tape.gradient(loss, network.trainable_variables),
                                          network.trainable_variables, strict=True))

    return epoch


def _folder(network: object, pixels: np.ndarray, emotion: np.ndarray, folder: Path) -> Callable[[], object]:
    import cv2
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    for label in range(7):
        (folder / str(label)).mkdir()
    for number, (face, label) in enumerate(zip(pixels, emotion, strict=True)):
        cv2.imwrite(str(folder / str(label) / f"{number}.png"), face)
    generator = ImageDataGenerator(rotation_range=ROTATION, shear_range=SHEAR, zoom_range=ZOOM, width_shift_range=SHIFT,
                                   height_shift_range=SHIFT, horizontal_flip=True, fill_mode="nearest")
    files = generator.flow_from_directory(folder, target_size=(48, 48), color_mode="grayscale", batch_size=BATCH,
                                          class_mode="sparse")
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return lambda: network.fit(files, verbose=0)


if __name__ == "__main__":
    main()

"""Keras to LiteRT (.tflite), in float32 and in int8, by TensorFlow's own converter."""

import warnings
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import tensorflow as tf

from fer_pipeline.data.faces import as_input
from fer_pipeline.exporting.int8_steps import with_usable_steps
from fer_pipeline.exporting.networks import SIGNATURE
from fer_pipeline.plain_zip import EARLIEST
from fer_pipeline.predicting.card import Card
from fer_pipeline.predicting.litert_file import CARD_MEMBER
from fer_pipeline.runtime.notices import framework_notices_held


def to_litert(network: keras.Model, calibration: np.ndarray) -> tuple[bytes, bytes]:
    """Convert a network twice; the same one gives the same bytes in every process.

    Args:
        network: From grey levels `(faces, 48, 48, 1)` float32 to probabilities `(faces, 7)`.
        calibration: Faces `(faces, 48, 48)` uint8, by whose activations the steps of int8 are set.

    Returns:
        In float32; and with weights and activations in int8, though grey levels and probabilities are float32 there
        too. Source: Jacob et al. 2018, arXiv 1712.05877.
    """
    with TemporaryDirectory() as folder, framework_notices_held():
        archive = keras.export.ExportArchive()
        archive.track(network)
        archive.add_endpoint("serve", partial(network.__call__, training=False), input_signature=SIGNATURE)
        archive.write_out(folder, verbose=False)
        plain = tf.lite.TFLiteConverter.from_saved_model(folder)
        plain.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        return bytes(plain.convert()), _in_int8(folder, calibration)


def _in_int8(folder: str, calibration: np.ndarray) -> bytes:
    def one_by_one() -> Iterator[list[np.ndarray]]:
        for face in as_input(calibration):
            yield [face[np.newaxis]]

    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = one_by_one
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    with warnings.catch_warnings():     # of float32 input, which is meant
        warnings.filterwarnings("ignore", "Statistics for quantized inputs were expected", UserWarning)
        return with_usable_steps(bytes(converter.convert()))


def write_litert(file: Path, model: bytes, card: Card) -> None:
    """Write it, with its card as a zip member behind it, which the interpreter does not look at."""
    file.write_bytes(model)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(zipfile.ZipInfo(CARD_MEMBER, EARLIEST), card.model_dump_json())

"""dlib's network for recognising people, on enlarged faces, less its last stage: meant to start from dlib's weights."""

from typing import Any

import keras
from keras import layers

from fer_pipeline.architectures import Card
from fer_pipeline.backbones.pictures import resized

CARD = Card(
    source="dlib's face recognition network of 2017, dnn_face_recognition_ex.cpp, with weights in the public domain; "
           "how they come here: docs/decisions/0020-from-recognising-people.md",
    recipe="None printed for expressions: dlib trained it on 3 million faces of 7,485 people to tell them apart.",
    assumed="One grey channel in place of three; 112 pixels in place of 150, about as large as a face is there.",
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    size: int = 112,
    filters: tuple[int, ...] = (32, 64, 128, 256),
    blocks: tuple[int, ...] = (3, 4, 3, 3),
    dropout: float = 0.3,
) -> keras.Model:
    """Residual stages whose shortcuts have no weights; 4,402,343 parameters by default, 6,080 of them not trainable.

    Args:
        size: Height and width a face is enlarged to, in pixels.
        filters: Filters of each stage, never fewer than those of the one before; the stem has those of the first.
        blocks: Number of blocks of each stage.
        dropout: Fraction dropped before the classifier.
    """
    faces = keras.Input(input_shape)
    x = layers.Rescaling(1 / 256)(resized(faces, size))
    x = layers.MaxPooling2D(3, strides=2)(_activated(layers.Conv2D(filters[0], 7, strides=2, use_bias=False)(x)))
    for stage, (width, number) in enumerate(zip(filters, blocks, strict=True)):
        for block in range(number):
            x = _block(x, width, halve=stage > 0 and block == 0)
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(faces, layers.Dense(classes, activation="softmax", dtype="float32")(x), name="face_resnet")


def _block(x: Any, width: int, *, halve: bool) -> Any:
    if halve:
        branch = layers.Conv2D(width, 3, strides=2, use_bias=False)(_even_padded(x))
        x = _widened(layers.AveragePooling2D(2)(x), width)
    else:
        branch = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
    branch = _normalised(layers.Conv2D(width, 3, padding="same", use_bias=False)(_activated(branch)))
    return layers.ReLU()(layers.Add()([branch, x]))


def _even_padded(x: Any) -> Any:
    """With a row and a column of zeros more where they are even, so that a convolution halves as pooling does."""
    return x if x.shape[1] % 2 else layers.ZeroPadding2D(((0, 1), (0, 1)))(x)


def _widened(x: Any, width: int) -> Any:
    """With channels of zeros, `width` in all."""
    missing = width - x.shape[-1]
    # Of "channels first", the last axis is the width.
    return layers.ZeroPadding2D(((0, 0), (0, missing)), data_format="channels_first")(x) if missing else x


def _activated(x: Any) -> Any:
    return layers.ReLU()(_normalised(x))


def _normalised(x: Any) -> Any:
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-4)(x)     # dlib's epsilon

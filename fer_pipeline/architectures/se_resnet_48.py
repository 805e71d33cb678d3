"""Our flagship for grey faces of 48 pixels: residual blocks that weigh their channels and shrink without aliasing."""

from typing import Any

import keras
from keras import layers

from fer_pipeline.architectures import Card
from fer_pipeline.backbones.pictures import centre

CARD = Card(
    source="This project, docs/decisions/0005-our-flagship.md; its parts: He et al. 2016, arXiv 1603.05027 "
           "(pre-activation), Hu et al. 2018, arXiv 1709.01507 (squeeze and excitation), Zhang 2019, arXiv 1904.11486 "
           "(anti-aliasing), Huang et al. 2016, arXiv 1603.09382 (stochastic depth)",
    recipe="None printed: the network is our own, and params.yaml holds how it is trained.",
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    crop: int | None = 44,
    filters: tuple[int, ...] = (64, 128, 256, 384),
    blocks: tuple[int, ...] = (2, 2, 3, 2),
    squeeze_ratio: int = 8,
    drop_path: float = 0.1,
    dropout: float = 0.3,
) -> keras.Model:
    """Pre-activation residual stages under global average pooling; 9,104,183 parameters, 7,936 not trainable.

    Args:
        crop: Height and width kept of the face's centre, in pixels; None for the whole face.
        filters: Filters of each stage; the stem has those of the first.
        blocks: Number of blocks of each stage.
        squeeze_ratio: How many times fewer units than channels weigh a block's channels.
        drop_path: Probability that a face skips the last block in training; it grows linearly from 0 at the first.
        dropout: Fraction dropped before the classifier.
    """
    faces = keras.Input(input_shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(centre(faces, crop))      # zero padding is then mid grey, no black frame
    x = _convolution(_activated(_convolution(x, filters[0])), filters[0])
    depth, last = 0, max(sum(blocks) - 1, 1)
    for stage, (width, number) in enumerate(zip(filters, blocks, strict=True)):
        for block in range(number):
            branch, shortcut = _block(x, width, squeeze_ratio, halve=stage > 0 and block == 0)
            x = layers.Add()([shortcut, _dropped_path(branch, drop_path * depth / last)])
            depth += 1
    x = layers.GlobalAveragePooling2D()(_activated(x))
    x = layers.Dropout(dropout)(x)
    return keras.Model(faces, layers.Dense(classes, activation="softmax", dtype="float32")(x), name="se_resnet_48")


def _block(x: Any, width: int, squeeze_ratio: int, *, halve: bool) -> tuple[Any, Any]:
    """A block's branch and shortcut, still to be added."""
    activated = _activated(x)
    branch = _activated(_convolution(activated, width))
    if halve:
        branch, activated = _halved(branch), _halved(activated)
    shortcut = x if x.shape == branch.shape else _convolution(activated, width, 1)
    return _weighed(_convolution(branch, width), squeeze_ratio), shortcut


def _convolution(x: Any, width: int, kernel_size: int = 3) -> Any:
    return layers.Conv2D(width, kernel_size, padding="same", use_bias=False, kernel_initializer="he_normal")(x)


def _activated(x: Any) -> Any:
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x))


def _halved(x: Any) -> Any:
    """Every second pixel of `x` blurred by the 3×3 binomial kernel, which is two 2×2 averages."""
    return layers.AveragePooling2D(2, padding="same")(layers.AveragePooling2D(2, strides=1, padding="same")(x))


def _weighed(x: Any, squeeze_ratio: int) -> Any:
    """Squeeze and excitation: `x` with each channel times a weight that all channel means decide."""
    channels = x.shape[-1]
    # Two axes until the end: TensorFlow 2.21 corrupts the heap in products of four (tensorflow issue 117700).
    weights = layers.GlobalAveragePooling2D()(x)
    weights = layers.Dense(channels // squeeze_ratio, activation="relu")(weights)
    weights = layers.Dense(channels, activation="sigmoid")(weights)
    return layers.Multiply()([x, layers.Reshape((1, 1, channels))(weights)])


def _dropped_path(branch: Any, rate: float) -> Any:
    """Stochastic depth: in training `branch` is absent from a face with probability `rate`, and scaled up otherwise."""
    return layers.Dropout(rate, noise_shape=(None, 1, 1, 1))(branch) if rate else branch

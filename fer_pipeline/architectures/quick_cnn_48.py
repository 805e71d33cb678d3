"""Our quickest network for grey faces of 48 pixels: few layers, all of the kind that processors compute fastest."""

from typing import Any

import keras
from keras import layers

from fer_pipeline.architectures import Card
from fer_pipeline.backbones.pictures import centre

CARD = Card(
    source="This project, docs/decisions/0015-a-quick-network.md; its parts: Ioffe and Szegedy 2015, arXiv 1502.03167 "
           "(batch normalisation), He et al. 2015, arXiv 1512.03385 (shortcuts)",
    recipe="None printed: the network is our own, meant to be a student (params.yaml, 'students').",
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    crop: int | None = 44,
    stem: int = 16,
    filters: tuple[int, ...] = (32, 64, 128),
    convolutions: tuple[int, ...] = (1, 2, 2),
    dropout: float = 0.0,
) -> keras.Model:
    """Stages of 3×3 convolutions under global average pooling; 284,119 parameters, 864 not trainable.

    Args:
        crop: Height and width kept of the face's centre, in pixels; None for the whole face.
        stem: Filters of the 5×5 convolution of stride 2 that comes first.
        filters: Filters of each stage; between stages height and width are halved.
        convolutions: Number of convolutions of each stage; those after the first have a shortcut.
        dropout: Fraction dropped before the classifier.
    """
    faces = keras.Input(input_shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(centre(faces, crop))
    x = layers.ReLU()(_convolution(x, stem, 5, strides=2))
    for stage, (width, number) in enumerate(zip(filters, convolutions, strict=True)):
        x = layers.ReLU()(_convolution(layers.MaxPooling2D(2)(x) if stage else x, width))
        for _ in range(number - 1):
            x = layers.ReLU()(layers.Add()([x, _convolution(x, width)]))
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(faces, layers.Dense(classes, activation="softmax", dtype="float32")(x), name="quick_cnn_48")


def _convolution(x: Any, width: int, kernel_size: int = 3, strides: int = 1) -> Any:
    x = layers.Conv2D(width, kernel_size, strides, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)

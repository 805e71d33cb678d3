"""mini-Xception: four residual modules of separable convolutions; its last convolution has a map for each emotion."""

from typing import Any

import keras
from keras import layers, regularizers

from fer_pipeline.architectures import Card, Published
from fer_pipeline.backbones.pictures import resized

CARD = Card(
    source="oarriaga/face_classification, src/models/cnn.py; Arriaga, Valdenegro-Toro and Plöger 2017, arXiv "
           "1710.07557",
    recipe="Adam 1e-3, batch 32, at most 10,000 epochs; a plateau of validation loss for 12 epochs divides the step "
           "size by 10, one of 50 stops; checkpoint of the best validation loss; rotation 10°, shifts 0.1, zoom 0.1, "
           "horizontal flip; no class weights.",
    assumed="Bilinear resizing to 64 pixels. The source also asks for L2 on the separable convolutions, by an "
            "argument that Keras 2 took and ignored; it is left out.",
    published=Published(0.66, "the last fifth of the rows, which is PublicTest and PrivateTest merged, and which also "
                              "chose the epoch"),
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    size: int = 64,
    stem_filters: tuple[int, ...] = (8, 8),
    filters: tuple[int, ...] = (16, 32, 64, 128),
    l2: float = 0.01,
) -> keras.Model:
    """58,423 parameters by default, 1,472 of them not trainable, as in the source; it has no dense layer.

    Args:
        size: Height and width the face is resized to, in pixels; 64 as published, 48 for faces as they are.
        stem_filters: Filters of the two first convolutions.
        filters: Filters of each residual module.
        l2: Penalty on the kernels of the first convolutions.
    """
    faces = keras.Input(input_shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(resized(faces, size))
    for width in stem_filters:
        x = layers.Conv2D(width, 3, use_bias=False, kernel_regularizer=regularizers.L2(l2))(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    for width in filters:
        x = _residual_module(x, width)
    x = layers.Conv2D(classes, 3, padding="same")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(faces, layers.Activation("softmax", dtype="float32")(x), name="mini_xception")


def _residual_module(x: Any, width: int) -> Any:
    # Every second pixel, then the 1×1 convolution: one with stride 2 is the same, but on 8 channels its backward pass
    # corrupts the heap in TensorFlow 2.21 on CPU (oneDNN).
    shortcut = layers.Conv2D(width, 1, use_bias=False)(layers.MaxPooling2D(1, strides=2, padding="same")(x))
    x = layers.ReLU()(_separable(x, width))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(_separable(x, width))
    return layers.Add()([x, layers.BatchNormalization()(shortcut)])


def _separable(x: Any, width: int) -> Any:
    return layers.BatchNormalization()(layers.SeparableConv2D(width, 3, padding="same", use_bias=False)(x))

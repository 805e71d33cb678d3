"""Two convolutions and two dense layers on raw grey levels, as the README's pictures show them."""

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published

CARD = Card(
    source="Im-Shivaprakash/Face-Emotion-CNN, the basic CNN of the README's pictures; its code is not in the "
           "repository",
    recipe="Adam, batch 64, 20 epochs; no augmentation, class weights or callbacks.",
    assumed="Stride 2 and valid padding of the first convolution, from the shapes shown; ReLU in hidden layers, "
            "Adam's default 1e-3 and raw grey levels, as in the notebook of the same repository.",
    published=Published(0.485, "estimate of 45 to 52 % on unseen faces; the project prints 67.42 %, measured on its "
                               "own training folder", estimate=True),
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    filters: tuple[int, int] = (32, 64),
    units: tuple[int, ...] = (2592, 64),
    rescale: bool = False,
) -> keras.Model:
    """A convolution of stride 2 and one of stride 1, each with pooling; 2,842,023 parameters by default.

    Args:
        filters: Filters of the two convolutions.
        units: Units of the hidden dense layers.
        rescale: Grey levels to 0 to 1 first, which the source does not.
    """
    network = keras.Sequential([keras.Input(input_shape)], name="basic_cnn_readme")
    if rescale:
        network.add(layers.Rescaling(1 / 255))
    for width, stride in zip(filters, (2, 1), strict=True):
        network.add(layers.Conv2D(width, 3, strides=stride, activation="relu"))
        network.add(layers.MaxPooling2D(2))
    network.add(layers.Flatten())
    for width in units:
        network.add(layers.Dense(width, activation="relu"))
    network.add(layers.Dense(classes, activation="softmax", dtype="float32"))
    return network

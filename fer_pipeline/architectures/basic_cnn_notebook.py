"""Three convolutions and three wide dense layers on raw grey levels, without any regularisation."""

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published

CARD = Card(
    source="Im-Shivaprakash/Face-Emotion-CNN, notebook Face_Emotion_CNN.ipynb",
    recipe="Adam 1e-3, batch 32, 10 epochs; raw grey levels; no augmentation, class weights, callbacks or validation.",
    published=Published(0.485, "estimate of 45 to 52 % on unseen faces; the notebook prints 76.05 %, measured on its "
                               "own training folder", estimate=True),
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    filters: tuple[int, ...] = (32, 64, 64),
    units: tuple[int, ...] = (2960, 1080, 64),
    rescale: bool = False,
) -> keras.Model:
    """Valid 3×3 convolutions, all but the last with pooling; 15,450,383 parameters by default.

    Args:
        filters: Filters of each convolution.
        units: Units of the hidden dense layers.
        rescale: Grey levels to 0 to 1 first, which the source does not.
    """
    network = keras.Sequential([keras.Input(input_shape)], name="basic_cnn_notebook")
    if rescale:
        network.add(layers.Rescaling(1 / 255))
    for width in filters[:-1]:
        network.add(layers.Conv2D(width, 3, activation="relu"))
        network.add(layers.MaxPooling2D(2))
    network.add(layers.Conv2D(filters[-1], 3, activation="relu"))
    network.add(layers.Flatten())
    for width in units:
        network.add(layers.Dense(width, activation="relu"))
    network.add(layers.Dense(classes, activation="softmax", dtype="float32"))
    return network

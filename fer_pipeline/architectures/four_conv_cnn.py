"""Four convolutions of growing width, each with pooling and strong dropout."""

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published

CARD = Card(
    source="pvalia/Emotion-Recognition, first network",
    recipe="Adam 1e-3, batch 128, 20 epochs; no augmentation, class weights or callbacks.",
    published=Published(0.570, "merged 7,178 faces of PublicTest and PrivateTest, which were also watched each epoch; "
                               "no figure in the repository, the same network elsewhere printed 57.0 % at epoch 20 "
                               "and 63.2 % at epoch 100", estimate=True),
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    filters: tuple[int, ...] = (128, 256, 512, 512),
    units: tuple[int, int] = (512, 256),
    conv_dropout: float = 0.4,
    dense_dropout: tuple[float, float] = (0.4, 0.3),
) -> keras.Model:
    """Valid 3×3 convolutions, each followed by 2×2 max pooling and dropout; 4,232,199 parameters by default.

    Args:
        filters: Filters of each convolution.
        units: Units of the two dense layers.
        conv_dropout: Fraction dropped after each pooling.
        dense_dropout: Fractions dropped after the dense layers.
    """
    network = keras.Sequential([keras.Input(input_shape), layers.Rescaling(1 / 255)], name="four_conv_cnn")
    for width in filters:
        network.add(layers.Conv2D(width, 3, activation="relu"))
        network.add(layers.MaxPooling2D(2))
        network.add(layers.Dropout(conv_dropout))
    network.add(layers.Flatten())
    for width, rate in zip(units, dense_dropout, strict=True):
        network.add(layers.Dense(width, activation="relu"))
        network.add(layers.Dropout(rate))
    network.add(layers.Dense(classes, activation="softmax", dtype="float32"))
    return network

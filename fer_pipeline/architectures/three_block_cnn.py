"""Three blocks of convolution, batch normalisation, ReLU, pooling and dropout, and two dense ones."""

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published

CARD = Card(
    source="Nuel-Msu/Emotion_Detection_With_CNN, whose README names the layers and their order but no amount",
    recipe="Adam; zoom, shear and horizontal flip, no amounts given; early stopping, and the checkpoint of the best "
           "validation accuracy.",
    assumed="From its nearest printed ancestor (akmadan/Emotion_Detection_CNN) less its fourth block: filters, kernel "
            "sizes, units and dropout. By us: Adam 1e-3 as the ancestor ended with, batch 64, 50 epochs, zoom 0.2, "
            "shear 0.2 (which in Keras 2 means degrees).",
    published=Published(0.605, "7,066 validation faces of another split, by the ancestor with four blocks; they also "
                               "stopped it; nothing printed for this network", estimate=True),
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    filters: tuple[int, ...] = (64, 128, 512),
    kernel_sizes: tuple[int, ...] = (3, 5, 3),
    units: tuple[int, ...] = (256, 512),
    dropout: float = 0.25,
) -> keras.Model:
    """Same-padded blocks, each halving height and width; 5,655,815 parameters by default, 2,944 of them not trainable.

    Args:
        filters: Filters of each block.
        kernel_sizes: Kernel height and width of each block, in pixels.
        units: Units of the dense blocks.
        dropout: Fraction dropped at the end of every block.
    """
    network = keras.Sequential([keras.Input(input_shape), layers.Rescaling(1 / 255)], name="three_block_cnn")
    for width, kernel_size in zip(filters, kernel_sizes, strict=True):
        network.add(layers.Conv2D(width, kernel_size, padding="same"))
        _normalise(network)
        network.add(layers.MaxPooling2D(2))
        network.add(layers.Dropout(dropout))
    network.add(layers.Flatten())
    for width in units:
        network.add(layers.Dense(width))
        _normalise(network)
        network.add(layers.Dropout(dropout))
    network.add(layers.Dense(classes, activation="softmax", dtype="float32"))
    return network


def _normalise(network: keras.Sequential) -> None:
    network.add(layers.BatchNormalization())
    network.add(layers.ReLU())

"""Three blocks of convolution, batch normalisation, ReLU, pooling and dropout, and two dense ones.

Source: Nuel-Msu/Emotion_Detection_With_CNN, whose README names the layers and their order but no amount. **Assumed**
here, from its nearest printed ancestor (akmadan/Emotion_Detection_CNN) less its fourth block: filters, kernel sizes,
units, dropout, Adam 1e-3, batch 64, 50 epochs with early stopping, zoom 0.2, horizontal flip and shear 0.2 (which in
Keras 2 means degrees). Published figure: none; the ancestor printed 60.5 % on another split.
"""

import keras
from keras import layers


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
    network.add(layers.Dense(classes, activation="softmax"))
    return network


def _normalise(network: keras.Sequential) -> None:
    network.add(layers.BatchNormalization())
    network.add(layers.ReLU())

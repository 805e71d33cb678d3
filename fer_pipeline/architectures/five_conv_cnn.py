"""Five convolutions in four blocks with batch normalisation after the ReLU, and two dense blocks."""

import keras
from keras import layers, regularizers

from fer_pipeline.architectures import Card, Published

CARD = Card(
    source="pvalia/Emotion-Recognition, second network, after aayushmishra1512's Kaggle notebook emotion-detector",
    recipe="Adam 1e-4, batch 128, 20 epochs; no augmentation, class weights or callbacks.",
    assumed="The step size as written: Keras 2.11 to 2.15 ignored the old keyword `lr`, so that the published run may "
            "have used 1e-3.",
    published=Published(0.625, "estimate of 60 to 65 % on the merged 7,178 faces of PublicTest and PrivateTest, which "
                               "were also watched each epoch; no figure in the repository", estimate=True),
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    blocks: tuple[tuple[int, ...], ...] = ((32, 64), (128,), (512,), (512,)),
    kernel_sizes: tuple[int, ...] = (3, 5, 3, 3),
    l2: tuple[float, ...] = (0.0, 0.0, 0.01, 0.01),
    units: tuple[int, ...] = (256, 512),
    dropout: float = 0.25,
) -> keras.Model:
    """Same-padded blocks, each halving height and width; 4,496,903 parameters by default, 3,968 of them not trainable.

    Args:
        blocks: Filters of each convolution of each block.
        kernel_sizes: Kernel height and width in each block, in pixels.
        l2: Penalty on the kernels of each block.
        units: Units of the dense blocks.
        dropout: Fraction dropped at the end of every block.
    """
    network = keras.Sequential([keras.Input(input_shape), layers.Rescaling(1 / 255)], name="five_conv_cnn")
    for widths, kernel_size, penalty in zip(blocks, kernel_sizes, l2, strict=True):
        for width in widths:
            network.add(layers.Conv2D(width, kernel_size, padding="same", activation="relu",
                                      kernel_regularizer=regularizers.L2(penalty) if penalty else None))
        network.add(layers.BatchNormalization())
        network.add(layers.MaxPooling2D(2))
        network.add(layers.Dropout(dropout))
    network.add(layers.Flatten())
    for width in units:
        network.add(layers.Dense(width, activation="relu"))
        network.add(layers.BatchNormalization())
        network.add(layers.Dropout(dropout))
    network.add(layers.Dense(classes, activation="softmax", dtype="float32"))
    return network

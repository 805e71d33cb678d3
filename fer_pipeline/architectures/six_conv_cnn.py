"""Six convolutions in three blocks with batch normalisation at each block's end, and one wide dense layer."""

import keras
from keras import layers, regularizers

from fer_pipeline.architectures import Card, Published

CARD = Card(
    source="Emotion_Detection_Complete_Project.ipynb, a notebook that 59 repositories hold, custom CNN",
    recipe="Adam 1e-4, batch 64; a fifth of Training validates: checkpoint of its best loss, early stopping after 3 "
           "epochs, step size times 0.2 after 6 (never reached). Plain: 10 epochs, no augmentation. Augmented: at "
           "most 100 epochs, rotation 40°, shifts 0.2, shear 0.2 (degrees), zoom 0.2, horizontal flip, fill nearest. "
           "No class weights.",
    published=Published(0.5928, "merged 7,178 faces of PublicTest and PrivateTest, unseen in training, with "
                                "augmentation; without it 55.52 %"),
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    blocks: tuple[tuple[int, int], ...] = ((32, 64), (128, 256), (512, 512)),
    paddings: tuple[str, ...] = ("same", "valid", "same"),
    l2: tuple[float, ...] = (0.0, 0.01, 0.01),
    units: int = 1024,
    conv_dropout: float = 0.25,
    dense_dropout: float = 0.5,
) -> keras.Model:
    """Blocks of two 3×3 convolutions; 17,046,535 parameters by default, 1,664 of them not trainable.

    Args:
        blocks: Filters of the two convolutions of each block.
        paddings: Padding of each block's second convolution; the first pads to the same size.
        l2: Penalty on the kernels of each block.
        units: Units of the dense layer.
        conv_dropout: Fraction dropped at the end of each block.
        dense_dropout: Fraction dropped after the dense layer.
    """
    network = keras.Sequential([keras.Input(input_shape), layers.Rescaling(1 / 255)], name="six_conv_cnn")
    for widths, last_padding, penalty in zip(blocks, paddings, l2, strict=True):
        for width, padding in zip(widths, ("same", last_padding), strict=True):
            network.add(layers.Conv2D(width, 3, padding=padding, activation="relu",
                                      kernel_regularizer=regularizers.L2(penalty) if penalty else None))
        network.add(layers.BatchNormalization())
        network.add(layers.MaxPooling2D(2))
        network.add(layers.Dropout(conv_dropout))
    network.add(layers.Flatten())
    network.add(layers.Dense(units, activation="relu"))
    network.add(layers.Dropout(dense_dropout))
    network.add(layers.Dense(classes, activation="softmax", dtype="float32"))
    return network

"""VGG-16's convolutions from a random start, without the fifth pooling, under global pooling and one dense layer."""

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published
from fer_pipeline.backbones.pictures import as_picture

CARD = Card(
    source="quynhphamduong/Emotion-Detection-Using-CNNs, modified VGG-16",
    recipe="Adam 1e-4, batch 32, 16 epochs; early stopping on validation accuracy after 5 epochs (never fired), last "
           "epoch kept; no augmentation or class weights.",
    published=Published(0.6004, "merged 7,178 faces of PublicTest and PrivateTest, which also validated; last of 16 "
                                "epochs, the best was 60.73 %"),
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    size: int = 48,
    filters: tuple[int, ...] = (64, 128, 256, 512, 512),
    convolutions: tuple[int, ...] = (2, 2, 3, 3, 3),
    units: int = 4096,
    kernel_initializer: str = "glorot_uniform",
) -> keras.Model:
    """Same-padded blocks with pooling between them, on three equal channels; 16,844,615 parameters by default.

    Args:
        size: Height and width of the picture, in pixels.
        filters: Filters of the convolutions of each block.
        convolutions: Number of convolutions of each block.
        units: Units of the dense layer.
        kernel_initializer: Of the convolutions. Keras's own halves the variance 13 times; "he_normal" keeps it.
    """
    faces = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(as_picture(faces, size, "nearest"))
    for block, (width, number) in enumerate(zip(filters, convolutions, strict=True)):
        if block:
            x = layers.MaxPooling2D(2)(x)
        for _ in range(number):
            x = layers.Conv2D(width, 3, padding="same", activation="relu", kernel_initializer=kernel_initializer)(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(units, activation="relu")(x)
    return keras.Model(faces, layers.Dense(classes, activation="softmax", dtype="float32")(x), name="vgg16_gap")

"""A VGG for faces of 48 pixels: four stages of two convolutions with batch normalisation, and two wide dense layers."""

from typing import Any

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published
from fer_pipeline.backbones.pictures import centre

CARD = Card(
    source="usef-kh/fer; Khaireddin and Chen 2021, Facial emotion recognition: state of the art performance on "
           "FER2013, arXiv 2105.03588",
    recipe="SGD 0.01 with Nesterov momentum 0.9, weight decay 1e-4, batch 64 of ten crops each, 300 epochs; a plateau "
           "of validation accuracy for 5 epochs multiplies the step size by 0.75; resized crops (scale 0.8 to 1.2), "
           "shifts 0.2 and rotation 10° (each for half the faces), horizontal flip, ten crops of 40 pixels, random "
           "erasing; no class weights.",
    assumed="One centre crop in place of ten; Keras's initialisation.",
    published=Published(0.7328, "PublicTest, ten-crop mean; PrivateTest chose step sizes and the epoch"),
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    crop: int | None = 40,
    filters: tuple[int, ...] = (64, 128, 256, 512),
    units: tuple[int, ...] = (4096, 4096),
    dropout: float = 0.2,
) -> keras.Model:
    """Stages that halve height and width; 29,894,599 parameters by default, 3,840 of them not trainable.

    Args:
        crop: Height and width kept of the face's centre, in pixels; None for the whole face.
        filters: Filters of the two convolutions of each stage.
        units: Units of the dense layers.
        dropout: Fraction dropped in each dense layer.
    """
    faces = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(centre(faces, crop))
    for width in filters:
        x = layers.MaxPooling2D(2)(_convolution(_convolution(x, width), width))
    x = layers.Flatten()(x)
    for width in units:
        x = layers.ReLU()(layers.Dropout(dropout)(layers.Dense(width)(x)))
    return keras.Model(faces, layers.Dense(classes, activation="softmax", dtype="float32")(x), name="vgg_48")


def _convolution(x: Any, width: int) -> Any:
    x = layers.Conv2D(width, 3, padding="same")(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x))     # PyTorch's, as in the source

"""ResNet-18 for faces of 48 pixels: a 3×3 stem of stride 1 and no pooling before the first stage."""

from typing import Any

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published
from fer_pipeline.backbones.pictures import centre

CARD = Card(
    source="LetheSec/Fer2013-Facial-Emotion-Recognition-Pytorch, after He et al. 2016, Deep residual learning for "
           "image recognition, in its CIFAR form",
    recipe="SGD 0.1 with Nesterov momentum 0.9, weight decay 1e-4, batch 128 of five crops each, 300 epochs; a "
           "plateau of validation accuracy for 5 epochs multiplies the step size by 0.75; resized crops (scale 0.8 to "
           "1.2), shifts 0.2, rotation 10° and brightness and contrast 0.5 (each for half the faces), horizontal "
           "flip, crops of 40 pixels, random erasing; mixup 1.0, label smoothing 0.1; no class weights.",
    assumed="One centre crop in place of five; pooling over all of the last 5×5 maps, where the source leaves out a "
            "row and a column.",
    published=Published(0.7370, "PrivateTest, ten-crop mean; PrivateTest also chose the epoch among 300"),
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    crop: int | None = 40,
    filters: tuple[int, ...] = (64, 128, 256, 512),
    blocks: tuple[int, ...] = (2, 2, 2, 2),
) -> keras.Model:
    """Basic residual blocks, halving height and width from the second stage on; 11,180,871 parameters by default.

    Args:
        crop: Height and width kept of the face's centre, in pixels; None for the whole face.
        filters: Filters of each stage.
        blocks: Number of blocks of each stage.
    """
    faces = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(centre(faces, crop))
    x = layers.ReLU()(_convolution(x, filters[0], 3))
    for stage, (width, number) in enumerate(zip(filters, blocks, strict=True)):
        for block in range(number):
            x = _block(x, width, stride=2 if stage and not block else 1)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(faces, layers.Dense(classes, activation="softmax", dtype="float32")(x), name="resnet18_48")


def _block(x: Any, width: int, stride: int) -> Any:
    branch = _convolution(layers.ReLU()(_convolution(x, width, 3, stride)), width, 3)
    if stride != 1 or x.shape[-1] != width:
        # Strided before its 1×1 convolution, as mini_xception.py explains.
        x = _convolution(layers.MaxPooling2D(1, strides=stride, padding="same")(x), width, 1)
    return layers.ReLU()(layers.Add()([branch, x]))


def _convolution(x: Any, width: int, kernel_size: int, stride: int = 1) -> Any:
    x = layers.Conv2D(width, kernel_size, strides=stride, padding="same", use_bias=False,
                      kernel_initializer="he_normal")(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)     # PyTorch's, as in the source

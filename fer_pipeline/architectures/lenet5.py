"""LeNet-5 as trained on FER-2013; its second pooling has stride 1 and its 120-unit layer no activation, both kept."""

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published

CARD = Card(
    source="Im-Shivaprakash/Face-Emotion-CNN, after LeCun et al. 1998, Gradient-based learning applied to document "
           "recognition",
    recipe="Adam 1e-3, batch 32, 20 epochs; no augmentation, class weights or callbacks.",
    assumed="Bilinear resizing to 32 pixels.",
    published=Published(0.4707, "a random, unstratified quarter of Training (7,178 faces), unseen in training; the "
                                "README's 46.90 % is a running value of the progress bar"),
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    size: int = 32,
    filters: tuple[int, int] = (6, 16),
    units: tuple[int, int] = (120, 84),
    second_pool_stride: int = 1,
    first_dense_activation: str = "linear",
) -> keras.Model:
    """LeNet-5 with ReLU and average pooling; 168,971 parameters by default.

    Args:
        size: Height and width the face is resized to, in pixels.
        second_pool_stride: 1 as published, 2 as in LeNet-5.
        first_dense_activation: "linear" as published, "relu" for the usual network.
    """
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Resizing(size, size),
            layers.Rescaling(1 / 255),
            layers.Conv2D(filters[0], 5, activation="relu"),
            layers.AveragePooling2D(2),
            layers.Conv2D(filters[1], 5, activation="relu"),
            layers.AveragePooling2D(2, strides=second_pool_stride),
            layers.Flatten(),
            layers.Dense(units[0], activation=first_dense_activation),
            layers.Dense(units[1], activation="relu"),
            layers.Dense(classes, activation="softmax", dtype="float32"),
        ],
        name="lenet5",
    )

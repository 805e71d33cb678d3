"""A frozen ImageNet VGG19 on faces of 48 pixels, under one wide dense layer."""

import keras
from keras import layers

from fer_pipeline.architectures import Card
from fer_pipeline.backbones.imagenet import build_backbone
from fer_pipeline.backbones.pictures import as_picture, preprocessed

CARD = Card(
    source="quynhphamduong/Emotion-Detection-Using-CNNs, VGG19 cell; it holds no output",
    recipe="Adam 1e-4, batch 32, 20 epochs; early stopping on validation accuracy after 5 epochs; grey levels only "
           "divided by 255; no augmentation or class weights.",
    pretrained=True,
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    size: int = 48,
    interpolation: str = "nearest",
    preprocessing: str = "rescale",
    open_layers: int = 0,
    units: int = 4096,
    dropout: float = 0.5,
    weights: str = "imagenet",
) -> keras.Model:
    """VGG19, global average pooling, one dense layer; 22,154,311 parameters by default, 20,024,384 not trainable.

    Args:
        size: Height and width the face is resized to, in pixels.
        interpolation: Of that resizing.
        preprocessing: "rescale" to 0 to 1 as published, "imagenet" for what VGG19 was trained on.
        open_layers: How many of VGG19's last layers may train.
        units: Units of the dense layer.
        dropout: Fraction dropped after it.
        weights: "imagenet" or "none".
    """
    faces = keras.Input(input_shape)
    x = preprocessed(as_picture(faces, size, interpolation), preprocessing, "vgg")
    x = build_backbone("vgg19", size, weights, open_layers)(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(units, activation="relu")(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(faces, layers.Dense(classes, activation="softmax", dtype="float32")(x), name="vgg19_frozen")

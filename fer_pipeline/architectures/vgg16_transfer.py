"""ImageNet's VGG16 on enlarged faces, its last block partly open, under two dense layers."""

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published
from fer_pipeline.backbones.imagenet import build_backbone
from fer_pipeline.backbones.pictures import as_picture, preprocessed

CARD = Card(
    source="Emotion_Detection_Complete_Project.ipynb, a notebook that 59 repositories hold, VGG16",
    recipe="Adam 1e-4, batch 64, at most 50 epochs; checkpoint of the best validation loss, early stopping after 3 "
           "epochs, step size times 0.2 after 6 (never reached); class weights; rotation 10°, zoom 0.2, shifts 0.1, "
           "horizontal flip, fill nearest; grey levels only divided by 255.",
    assumed="Class weights, as most copies have them.",
    published=Published(0.5500, "merged 7,178 faces of PublicTest and PrivateTest, which also validated; other copies "
                                "of the notebook print 56 to 61.6 %"),
    pretrained=True,
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    size: int = 224,
    interpolation: str = "nearest",
    preprocessing: str = "rescale",
    open_layers: int = 3,
    units: tuple[int, ...] = (1024, 512),
    dropout: float = 0.5,
    weights: str = "imagenet",
) -> keras.Model:
    """VGG16, flattened, dense layers; 40,934,215 parameters by default, 9,995,072 of them not trainable.

    Args:
        size: Height and width the face is resized to, in pixels.
        interpolation: Of that resizing.
        preprocessing: "rescale" to 0 to 1 as published, "imagenet" for what VGG16 was trained on.
        open_layers: How many of VGG16's last layers may train; 3 are two convolutions and a pooling.
        units: Units of the dense layers.
        dropout: Fraction dropped after each.
        weights: "imagenet" or "none".
    """
    faces = keras.Input(input_shape)
    x = preprocessed(as_picture(faces, size, interpolation), preprocessing, "vgg")
    x = layers.Flatten()(build_backbone("vgg16", size, weights, open_layers)(x))
    for width in units:
        x = layers.Dense(width, activation="relu", kernel_initializer="he_normal")(x)
        x = layers.Dropout(dropout)(x)
    probabilities = layers.Dense(classes, activation="softmax", kernel_initializer="he_normal", dtype="float32")(x)
    return keras.Model(faces, probabilities, name="vgg16_transfer")

"""ImageNet's EfficientNetV2-B0 on enlarged faces, all of it open, with nothing but a classifier on top."""

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published
from fer_pipeline.backbones.imagenet import build_backbone
from fer_pipeline.backbones.pictures import as_picture

CARD = Card(
    source="Tan and Le 2021, EfficientNetV2: smaller models and faster training, arXiv 2104.00298, in "
           "keras.applications",
    recipe="None printed for FER-2013.",
    assumed="Everything but the network: pictures of 128 pixels, bilinear, 0.2 dropped before the classifier.",
    published=Published(0.708, "PrivateTest, by EfficientNet-b2 at 224 pixels in ResidualMaskingNetwork's table; "
                               "nothing printed for this network", estimate=True),
    pretrained=True,
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    size: int = 128,
    interpolation: str = "bilinear",
    dropout: float = 0.2,
    weights: str = "imagenet",
) -> keras.Model:
    """EfficientNetV2-B0 with its own preprocessing, global average pooling; 5,928,279 parameters by default.

    Args:
        size: Height and width the face is resized to, in pixels.
        interpolation: Of that resizing.
        dropout: Fraction dropped before the classifier.
        weights: "imagenet" or "none".
    """
    faces = keras.Input(input_shape)
    x = build_backbone("efficientnetv2_b0", size, weights)(as_picture(faces, size, interpolation))
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(faces, layers.Dense(classes, activation="softmax", dtype="float32")(x), name="efficientnetv2_b0")

"""ImageNet's ResNet50V2 on enlarged faces, all of it open, under three dense layers."""

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published
from fer_pipeline.backbones.imagenet import build_backbone
from fer_pipeline.backbones.pictures import as_picture, preprocessed

CARD = Card(
    source="Emotion_Detection_Complete_Project.ipynb, a notebook that 59 repositories hold, ResNet50V2 of the copies "
           "that print 62 %",
    recipe="Adamax 1e-4, batch 32, 200 steps an epoch (22 % of Training), at most 50 epochs; early stopping on "
           "validation loss after 6 epochs with the best weights restored, constant step size; class weights; "
           "rotation 40°, shifts 0.2, shear 0.2 (degrees), zoom 0.1, horizontal flip; grey levels only divided by 255.",
    published=Published(0.6206, "merged 7,178 faces of PublicTest and PrivateTest, 3,200 of which also validated; "
                                "with whole epochs, batch 64 and milder augmentation another copy prints 66.97 %"),
    pretrained=True,
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    size: int = 224,
    interpolation: str = "nearest",
    preprocessing: str = "rescale",
    units: tuple[int, ...] = (512, 256, 128),
    dropout: float = 0.1,
    weights: str = "imagenet",
) -> keras.Model:
    """ResNet50V2, global average pooling, dense layers; 24,787,207 parameters by default, 49,536 of them not trainable.

    Args:
        size: Height and width the face is resized to, in pixels.
        interpolation: Of that resizing.
        preprocessing: "rescale" to 0 to 1 as published, "imagenet" for what ResNet50V2 was trained on.
        units: Units of the dense layers.
        dropout: Fraction dropped after each.
        weights: "imagenet" or "none".
    """
    faces = keras.Input(input_shape)
    x = preprocessed(as_picture(faces, size, interpolation), preprocessing, "resnet_v2")
    x = build_backbone("resnet50v2", size, weights)(x)
    x = layers.GlobalAveragePooling2D()(layers.BatchNormalization()(x))
    for width in units:
        x = layers.Dense(width, activation="relu")(x)
        x = layers.Dropout(dropout)(x)
    return keras.Model(faces, layers.Dense(classes, activation="softmax", dtype="float32")(x), name="resnet50v2_full")

"""ImageNet's ResNet50V2 on enlarged faces, its last 50 layers open, under one small dense layer."""

import keras
from keras import layers

from fer_pipeline.architectures import Card, Published
from fer_pipeline.backbones.imagenet import build_backbone
from fer_pipeline.backbones.pictures import as_picture, preprocessed

CARD = Card(
    source="Emotion_Detection_Complete_Project.ipynb, a notebook that 59 repositories hold, ResNet50V2 of most copies",
    recipe="Adam 1e-3, batch 64, at most 30 epochs; checkpoint of the best validation loss, early stopping on "
           "validation accuracy after 7 epochs with the best weights restored, constant step size; class weights; "
           "rotation 10°, zoom 0.2, shifts 0.1, horizontal flip, fill nearest; grey levels only divided by 255.",
    published=Published(0.6080, "merged 7,178 faces of PublicTest and PrivateTest, which also validated; interrupted "
                                "in epoch 9, other copies of the notebook print 64.15 and 67.73 %"),
    pretrained=True,
)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    size: int = 224,
    interpolation: str = "nearest",
    preprocessing: str = "rescale",
    open_layers: int = 50,
    units: int = 64,
    dropout: tuple[float, float] = (0.25, 0.5),
    weights: str = "imagenet",
) -> keras.Model:
    """ResNet50V2, flattened, one dense layer; 29,996,295 parameters by default, 7,216,768 of them not trainable.

    Args:
        size: Height and width the face is resized to, in pixels.
        interpolation: Of that resizing.
        preprocessing: "rescale" to 0 to 1 as published, "imagenet" for what ResNet50V2 was trained on.
        open_layers: How many of ResNet50V2's last layers may train.
        units: Units of the dense layer.
        dropout: Fractions dropped of the feature maps and after the dense layer.
        weights: "imagenet" or "none".
    """
    faces = keras.Input(input_shape)
    x = preprocessed(as_picture(faces, size, interpolation), preprocessing, "resnet_v2")
    x = build_backbone("resnet50v2", size, weights, open_layers)(x)
    x = layers.Dropout(dropout[0])(x)
    x = layers.Flatten()(layers.BatchNormalization()(x))
    x = layers.Dense(units, activation="relu")(x)
    x = layers.Dropout(dropout[1])(layers.BatchNormalization()(x))
    probabilities = layers.Dense(classes, activation="softmax", dtype="float32")(x)
    return keras.Model(faces, probabilities, name="resnet50v2_partial")

"""How faces enter a network: cropped, resized, or as the colour pictures that ImageNet networks take.

Keras's cropping and resizing train unless told otherwise, and in a plain call, `network(faces)`, so does all that
follows them: normalisation would take the batch's statistics. Hence `training=False`, which fitting overrides.
"""

from typing import Any

from keras import layers

from fer_pipeline.errors import InputError

# What each backbone was trained on: VGG on BGR less ImageNet's mean colour, ResNet50V2 on -1 to 1.
IMAGENET_PREPROCESSING = {
    "vgg": lambda: layers.Normalization(mean=[103.939, 116.779, 123.68], variance=[1.0, 1.0, 1.0]),
    "resnet_v2": lambda: layers.Rescaling(1 / 127.5, offset=-1),
}


def centre(faces: Any, crop: int | None) -> Any:
    """The middle of faces `(batch, height, width, channels)`, `crop` pixels high and wide; None for whole faces."""
    return layers.CenterCrop(crop, crop)(faces, training=False) if crop else faces


def resized(faces: Any, size: int, interpolation: str = "bilinear") -> Any:
    """Faces `(batch, height, width, channels)`, now `size` pixels high and wide."""
    return layers.Resizing(size, size, interpolation=interpolation)(faces, training=False)


def as_picture(faces: Any, size: int, interpolation: str) -> Any:
    """Faces `(batch, height, width, 1)` as pictures `(batch, size, size, 3)` with equal channels, still 0 to 255."""
    grey = resized(faces, size, interpolation)
    return layers.Concatenate()([grey, grey, grey])


def preprocessed(pictures: Any, preprocessing: str, family: str) -> Any:
    """Pictures 0 to 255 as a backbone is fed.

    Args:
        preprocessing: "rescale" to 0 to 1, or "imagenet", what the backbone was trained on.
        family: A key of `IMAGENET_PREPROCESSING`.

    Raises:
        InputError: Another preprocessing.
    """
    if preprocessing not in ("rescale", "imagenet"):
        raise InputError(f"Unknown preprocessing {preprocessing!r}. Allowed: rescale, imagenet. Correct it among the "
                         "hyperparameters under 'architectures' in params.yaml.")
    layer = layers.Rescaling(1 / 255) if preprocessing == "rescale" else IMAGENET_PREPROCESSING[family]()
    return layer(pictures)

"""ImageNet networks of keras.applications without their heads: the one place that finds, checks and loads weights.

Weights come from `FER_IMAGENET`, a folder of Keras's own weight files or one of them, or else from Keras's server, into
Keras's own cache.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

import keras
from keras import applications

from fer_pipeline.errors import InputError

SERVER = "https://storage.googleapis.com/tensorflow/keras-applications"
SILENCE_SECONDS = 30    # a server that sends nothing for so long is given up


@dataclass(frozen=True)
class Backbone:
    """One of keras.applications, with the weight file that Keras states for it."""

    constructor: Callable[..., keras.Model]
    url: str
    md5: str

    @property
    def file_name(self) -> str:
        return self.url.rsplit("/", 1)[1]


BACKBONES = {
    "vgg16": Backbone(applications.VGG16, f"{SERVER}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
                      "6d6bbae143d832006294945121d1f1fc"),
    "vgg19": Backbone(applications.VGG19, f"{SERVER}/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
                      "253f8cb515780f3b799900260a226db6"),
    "resnet50v2": Backbone(applications.ResNet50V2,
                           f"{SERVER}/resnet/resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
                           "fac2f116257151a9d068a22e544a4917"),
    "efficientnetv2_b0": Backbone(applications.EfficientNetV2B0,
                                  f"{SERVER}/efficientnet_v2/efficientnetv2-b0_notop.h5",
                                  "893217f2bb855e2983157299931e43ff"),
}


def build_backbone(name: str, size: int, weights: str, open_layers: int | None = None) -> keras.Model:
    """A network from pictures `(batch, size, size, 3)` to feature maps.

    Args:
        name: An entry of `BACKBONES`.
        weights: "imagenet" or "none", a random start.
        open_layers: How many of its last layers may train; None for all.

    Raises:
        InputError: Weights that are neither, that cannot be had, or that are not those Keras states.
    """
    if weights not in ("imagenet", "none"):
        raise InputError(f"Unknown weights {weights!r} for {name}. Allowed: imagenet, none. Correct "
                         "architectures.*.weights in params.yaml.")
    backbone = BACKBONES[name]
    file = weight_file(backbone) if weights == "imagenet" else None
    network = backbone.constructor(include_top=False, weights=None, input_shape=(size, size, 3))
    if file:
        network.load_weights(file)
    if open_layers is not None:
        for layer in network.layers[:len(network.layers) - open_layers]:
            layer.trainable = False
    return network


def weight_file(backbone: Backbone) -> Path:
    """The file of `backbone`'s ImageNet weights, downloaded if need be; its MD5 is the one that Keras states.

    Raises:
        InputError: There is none, or it is another file.
    """
    place = os.environ.get("FER_IMAGENET")
    if not place:
        return _cached(backbone)
    file = Path(place) / backbone.file_name if Path(place).is_dir() else Path(place)
    if not file.is_file():
        raise _unavailable(backbone, f"is not at {file}, where FER_IMAGENET points")
    return _checked(file, backbone)


def _cached(backbone: Backbone) -> Path:
    file = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models" / backbone.file_name
    if not file.is_file() or _md5(file) != backbone.md5:
        _download(backbone, file)
    return file


def _download(backbone: Backbone, file: Path) -> None:
    part = file.with_name(f"{file.name}.{os.getpid()}")     # trainings side by side want the same file
    print(f"Downloading {backbone.url}", flush=True)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with urlopen(backbone.url, timeout=SILENCE_SECONDS) as response, part.open("wb") as out:
            shutil.copyfileobj(response, out)
        _checked(part, backbone).replace(file)
    except (OSError, HTTPException) as error:
        raise _unavailable(backbone, f"could not be downloaded ({error})") from None
    finally:
        part.unlink(missing_ok=True)


def _checked(file: Path, backbone: Backbone) -> Path:
    found = _md5(file)
    if found != backbone.md5:
        raise _unavailable(backbone, f"have MD5 {backbone.md5}, as Keras states, but {file} has {found}")
    return file


def _md5(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "md5").hexdigest()


def _unavailable(backbone: Backbone, problem: str) -> InputError:
    return InputError(f"ImageNet weights {backbone.file_name} {problem}. Put {backbone.url} into a folder and set "
                      "FER_IMAGENET to that folder, or set architectures.*.weights to none in params.yaml.")

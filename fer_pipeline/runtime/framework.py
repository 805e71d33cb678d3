"""The environment that the framework is imported in, where nobody has set another."""

import os

FRAMEWORK = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # oneDNN's convolutions, which TensorFlow takes by itself only with AVX-512. With AVX2 they train 1.4 to 2.4 times
    # as fast (README.md, "Speed"), and both kinds of processor compute by the same library.
    "TF_ENABLE_ONEDNN_OPTS": "1",
}


def prepare_framework() -> None:
    """Set what is not set; call before anything imports Keras."""
    for name, value in FRAMEWORK.items():
        os.environ.setdefault(name, value)

"""The emotions, the usages and the face size of FER-2013, in the order and spelling of its csv file.

Source: Goodfellow et al. 2013, "Challenges in Representation Learning", arXiv 1307.0414.
"""

from enum import StrEnum

FACE_SIZE = 48
PIXELS = FACE_SIZE * FACE_SIZE
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


class Usage(StrEnum):
    """What a face may be used for: Training trains, PublicTest guides, PrivateTest judges."""

    TRAINING = "Training"
    PUBLIC_TEST = "PublicTest"
    PRIVATE_TEST = "PrivateTest"

"""What others print for FER-2013, as data. Figures that an architecture's CARD holds stand there alone."""

from typing import Literal, NamedTuple

Grade = Literal["A", "A?", "B", "B?", "C", "?"]

GRADES = {
    "A": "The faces of the figure chose nothing. As a rule PublicTest chose and PrivateTest is reported.",
    "B": "The same faces chose what is reported on them, an epoch or a step size, which flatters the figure.",
    "C": "Invalid or contested: measured on faces that were trained on, or nobody else reaches it.",
    "?": "Not visible. After a letter: likely, not shown.",
}
MERGED = "PublicTest_and_PrivateTest"     # sets of faces that we report too are named as our metrics folders
OWN_TRAINING_FOLDER = "its own training folder"


class CardFigure(NamedTuple):
    """How to read a figure that a CARD holds.

    Attributes:
        faces: Which faces it is of.
        words: Words of `Published.measured_on` that the figure follows; "" if it is `Published.accuracy`.
        augmented: Entries as published compare only if their recipe augments (True) or does not (False); None: either.
    """

    architecture: str
    faces: str
    grade: Grade
    words: str = ""
    augmented: bool | None = None


class Anchor(NamedTuple):
    """A published system that this project does not train.

    Attributes:
        accuracy: A fraction, with the digits printed.
        kind: How many networks vote.
        starts_from: Weights or faces beyond FER-2013; "" for none.
        remark: What else one must know to read the figure; "" for nothing.
    """

    system: str
    accuracy: float
    faces: str
    grade: Grade
    kind: str
    starts_from: str
    source: str
    remark: str = ""


CARD_FIGURES = (
    CardFigure("lenet5", "a quarter of Training", "A"),
    CardFigure("basic_cnn_readme", OWN_TRAINING_FOLDER, "C", words="prints"),
    CardFigure("basic_cnn_notebook", OWN_TRAINING_FOLDER, "C", words="prints"),
    CardFigure("four_conv_cnn", MERGED, "?"),
    CardFigure("five_conv_cnn", MERGED, "?"),
    CardFigure("three_block_cnn", "another split", "B"),
    CardFigure("six_conv_cnn", MERGED, "A", augmented=True),
    CardFigure("six_conv_cnn", MERGED, "A", words="without it", augmented=False),
    CardFigure("vgg16_gap", MERGED, "B"),
    CardFigure("vgg16_transfer", MERGED, "B"),
    CardFigure("resnet50v2_partial", MERGED, "B"),
    CardFigure("resnet50v2_full", MERGED, "B"),
    CardFigure("mini_xception", MERGED, "B"),
    CardFigure("vgg_48", "PublicTest", "A"),
    CardFigure("resnet18_48", "PrivateTest", "B"),
    CardFigure("efficientnetv2_b0", "PrivateTest", "A"),
)

RMN = "phamquiluan/ResidualMaskingNetwork"
RMN_README, RMN_TABLE = f"{RMN}, README", f"{RMN}, docs/paper.pdf, table IV"
WUJIE = "WuJie1010/Facial-Expression-Recognition.Pytorch, README and mainpro_FER.py"
CS230 = "amilkh/cs230-fer, models/ensemble.ipynb"
ONE, SEVEN, EIGHT = "one network", "seven networks", "eight networks"

ANCHORS = (
    Anchor("People", 0.65, "not stated", "?", "people", "", f"Goodfellow et al., in {RMN_TABLE}", "Within 5 points."),
    Anchor("Tang 2013", 0.7116, "PrivateTest", "A", ONE, "", RMN_TABLE,
           "Won the contest: a convolutional network with the loss of a support vector machine."),
    Anchor("deepface", 0.574, "not stated", "?", ONE, "", "serengil/deepface, issues 247 and 357"),
    Anchor("WuJie1010 VGG19", 0.73112, "PrivateTest", "B", ONE, "", f"{WUJIE}, issue 27",
           "Chosen on PublicTest a user got about 72.6 %."),
    Anchor("WuJie1010 ResNet18", 0.72973, "PrivateTest", "B", ONE, "", WUJIE),
    Anchor("ResNet34", 0.7242, "PrivateTest", "A", ONE, "ImageNet", f"{RMN_README}, issue 41",
           "A user got 72.88 %."),
    Anchor("DenseNet121", 0.7316, "PrivateTest", "A", ONE, "ImageNet", RMN_README),
    Anchor("ResNet152", 0.7322, "PrivateTest", "A", ONE, "ImageNet", RMN_README),
    Anchor("CBAM-ResNet50", 0.7339, "PrivateTest", "A", ONE, "ImageNet", RMN_README),
    Anchor("BAM-ResNet50", 0.7314, "PrivateTest", "A", ONE, "ImageNet", RMN_README),
    Anchor("VGG19", 0.7080, "PrivateTest", "A", ONE, "ImageNet", RMN_README),
    Anchor("GoogLeNet", 0.7197, "PrivateTest", "A", ONE, "ImageNet", RMN_README),
    Anchor("Inception-v3", 0.7272, "PrivateTest", "A", ONE, "ImageNet", RMN_README),
    Anchor("ResNet101", 0.7406, "PrivateTest", "A?", ONE, "ImageNet",
           "hailcpy/Facial-Expression-Recognition, README", "By the team of ResMaskingNet."),
    Anchor("ResMaskingNet", 0.7414, "PrivateTest", "A", ONE, "ImageNet", f"{RMN_README} and paper, issues 9 and 41",
           "142.9 M parameters. The team's other repository says 73.75 %; users got 73.6, 69.09 and 65.6 %."),
    Anchor("ResMaskingNet + 6", 0.7682, "PrivateTest", "A?", SEVEN, "ImageNet, one network VGGFace",
           f"{RMN_README}, issue 46", "The weights of two members are lost, so that it cannot be run again."),
    Anchor("EmoNeXt-Tiny", 0.7334, "PrivateTest", "A", ONE, "ImageNet-22k", "yelboudouri/EmoNeXt, issue 6",
           "Others got 71.41, 71.61 and, with the code mended, 72.51 %."),
    Anchor("EmoNeXt-XLarge", 0.7612, "PrivateTest", "A", ONE, "ImageNet-22k", "arXiv 2501.08199",
           "No run by anybody else was found."),
    Anchor("Pramerdorfer and Kampel 2016", 0.752, "PrivateTest", "A?", EIGHT, "", "arXiv 1612.02903"),
    Anchor("CNN, visual words and local SVM", 0.7542, "PrivateTest", "?", "combined", "", RMN_TABLE),
    Anchor("cs230-fer ResNet50", 0.7322, "PrivateTest", "B?", ONE, "VGGFace2", CS230,
           "Files are named by their PrivateTest figure; on PublicTest it has 69.60 %."),
    Anchor("cs230-fer, soft vote", 0.7576, "PrivateTest", "B?", SEVEN, "VGGFace2; CK+, JAFFE and faces of the web",
           CS230, "The choice on PublicTest is commented out."),
    Anchor("ResEmoteNet", 0.7979, "its own split", "C", ONE, "an augmented archive",
           "ArnabKumarRoy02/ResEmoteNet, issues 12, 13, 32 and 42",
           "Its weights have 71.57 % on its own test faces; faces were augmented before they were split."),
    Anchor("ResEmoteNet with faces by diffusion", 0.9647, "its own split", "C", ONE, "faces by Stable Diffusion",
           "arXiv 2411.10863"),
)

"""The drawing of a network: which layers are one box, and that nothing lies on anything else."""

from itertools import combinations

import keras
import pytest
from keras import layers
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from fer_pipeline import architectures, catalogue
from fer_pipeline.reporting.network_boxes import Box, boxes_of
from fer_pipeline.reporting.network_drawing import draw_network, plot_network
from fer_pipeline.reporting.svg import page_style


def texts_of(figure: Figure) -> list[tuple[str, Bbox]]:
    """Where each text lies."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    return [(text.get_text(), text.get_window_extent(renderer)) for text in figure.axes[0].texts if text.get_text()]


def overlap(one: Bbox, other: Bbox) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 - 1 and other.y0 < one.y1 - 1


@pytest.mark.parametrize("name", architectures.names())
def test_every_architecture_is_drawn_without_text_cut_off_or_on_other_text(name):
    with page_style():
        figure = plot_network(catalogue.build(name), title=name, subtitle="")
    texts = texts_of(figure)
    assert [text for text, box in texts if not (0 <= box.x0 < box.x1 <= figure.bbox.x1 and box.y0 >= 0)] == []
    assert [(one, other) for (one, box), (other, its) in combinations(texts, 2) if overlap(box, its)] == []


def test_the_same_network_gives_the_same_bytes(tmp_path):
    files = [tmp_path / "first.svg", tmp_path / "second.svg"]
    for file in files:
        draw_network(catalogue.build("mini_xception"), file, title="mini_xception", subtitle="58,423 parameters")
    first, second = (file.read_bytes() for file in files)
    assert first == second
    assert b"58,423 parameters" in first
    assert b"dc:date" not in first


def test_a_picture_ending_in_png_is_one(tmp_path):
    draw_network(catalogue.build("lenet5"), tmp_path / "lenet5.png", title="lenet5", subtitle="")
    assert (tmp_path / "lenet5.png").read_bytes().startswith(b"\x89PNG")


def test_activations_are_folded_and_sizes_stand_where_they_change():
    boxes = boxes_of(catalogue.build("lenet5"))
    assert [(box.text, box.size) for box in boxes] == [
        ("face", "48×48×1"), ("resize", "32×32×1"), ("5×5, 6", "28×28×6"), ("mean 2×2", "14×14×6"),
        ("5×5, 16", "10×10×16"), ("mean 2×2", "9×9×16"), ("flatten", "1,296"), ("dense", "120"), ("dense", "84"),
        ("softmax", "7")]
    assert [box.text for box in boxes if box.after] == ["5×5, 6", "5×5, 16", "dense", "softmax"]


def test_equal_residual_blocks_are_one_and_shortcuts_are_told():
    boxes = boxes_of(catalogue.build("resnet18_48"))
    blocks = [box for box in boxes if box.inside]
    assert [(block.times, block.text, block.shape[-1]) for block in blocks] == [
        (2, "", 64), (1, "1×1, 128", 128), (1, "", 128), (1, "1×1, 256", 256), (1, "", 256), (1, "1×1, 512", 512),
        (1, "", 512)]
    assert {len(block.inside) for block in blocks} == {2}
    assert blocks[0].inside[0].after == ("normalisation", "activation")
    assert blocks[0].after == ("activation",)


def test_squeeze_and_excitation_is_a_box_and_stochastic_depth_a_dashed_sum():
    blocks = [box for box in boxes_of(catalogue.build("se_resnet_48")) if box.inside]
    assert [block.inside[-1].text for block in blocks[:3]] == ["SE, 8", "SE, 8", "SE, 16"]
    assert [block.dropped for block in blocks[:3]] == [False, True, True]
    assert blocks[0].inside[0].before == ("normalisation", "activation")


def test_a_network_within_is_opened_and_its_frozen_layers_are_pale():
    boxes = boxes_of(catalogue.build("vgg16_transfer"))
    convolutions = [box for box in boxes if box.kind == "convolution"]
    assert [box.pale for box in convolutions] == [True] * 11 + [False] * 2
    assert boxes[1] == Box("input", "resize", (224, 224, 3), size="224×224×3")


def test_layers_and_joins_of_no_known_kind_are_named():
    faces = keras.Input((8, 8, 1))
    wide, narrow = layers.Conv2D(4, 3, padding="same")(faces), layers.Conv2D(2, 1)(faces)
    x = layers.UnitNormalization()(layers.Concatenate()([wide, narrow]))
    x = layers.Average()([x, layers.ReLU()(x)])
    face, block, other, average = boxes_of(keras.Model(faces, x))
    assert face.text == "face"
    assert (block.kind, block.text, block.inside[0].text) == ("Concatenate", "1×1, 2", "3×3, 4")
    assert (other.kind, other.text) == ("other", "UnitNormalization")
    assert (average.kind, average.text) == ("other", "Average")

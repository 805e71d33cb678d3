"""What `fer models` tells, against the cards and against networks built as for training."""

import json

import pytest

from fer_pipeline import architectures, catalogue
from fer_pipeline.evaluation.cost import flops

SMALL = ("lenet5", "mini_xception")
FACE = {"input_shape": (48, 48, 1), "classes": 7, "weights": "none"}


@pytest.fixture(scope="module")
def entries() -> list[catalogue.Entry]:
    return catalogue.entries({name: catalogue.build(name) for name in (*SMALL, "vgg19_frozen", "basic_cnn_readme")})


def line_of(name: str, table: str) -> str:
    return next(line for line in table.splitlines() if line.startswith(f"{name} "))


@pytest.mark.parametrize("name", SMALL)
def test_counts_are_those_of_a_network_with_weights(name):
    network = architectures.build(name, **FACE)
    entry = catalogue.entry(name, catalogue.build(name))
    assert entry.parameters == network.count_params()
    assert entry.trainable_parameters == sum(weight.numpy().size for weight in network.trainable_weights)
    assert entry.flops == flops(network)
    assert entry.card == architectures.card(name)


def test_counting_needs_no_memory_for_weights_and_later_networks_have_theirs():
    counted, later = catalogue.build("vgg16_transfer"), architectures.build("lenet5", **FACE)
    assert catalogue.entry("vgg16_transfer", counted).parameters == 40_934_215
    assert len(later.get_weights()) == 10
    assert [weight.path for weight in counted.weights if weight._value is not None] == []


def test_the_table_is_sorted_by_computation_and_fits_into_120_columns(entries):
    table = catalogue.as_table(entries)
    rows = [line.split()[0] for line in table.splitlines()[3:7]]
    assert rows == ["lenet5", "basic_cnn_readme", "mini_xception", "vgg19_frozen"]
    assert max(map(len, table.splitlines())) <= 120


@pytest.mark.parametrize(("name", "cells"), [
    ("lenet5", ["168,971", "0.001", "47.1 %", "nothing", "Im-Shivaprakash"]),
    ("mini_xception", ["58,423 (97 %)", "0.020", "66.0 %", "nothing", "oarriaga"]),
    ("basic_cnn_readme", ["2,842,023", "0.009", "~48.5 % (estimate)", "nothing", "Im-Shivaprakash"]),
    ("vgg19_frozen", ["22,154,311 (10 %)", "1.796", "–", "ImageNet", "quynhphamduong"]),
])
def test_a_row_tells_cost_published_figure_start_and_source(entries, name, cells):
    row = line_of(name, catalogue.as_table(entries))
    assert [cell.strip() for cell in row.split("  ") if cell.strip()] == [name, *cells]


def test_what_published_means_stands_beneath_the_table(entries):
    assert "Published: the accuracy that the source gives" in catalogue.as_table(entries)


def test_json_holds_the_fields_of_the_card_and_the_counts(entries):
    told = {record["name"]: record for record in json.loads(catalogue.as_json(entries))}
    card = architectures.card("lenet5")
    assert told["lenet5"] == {
        "name": "lenet5", "source": card.source, "recipe": card.recipe, "assumed": card.assumed,
        "published": {"accuracy": 0.4707, "measured_on": card.published.measured_on, "estimate": False},
        "pretrained": False, "parameters": 168_971, "trainable_parameters": 168_971, "flops": 1_047_576,
        "hyperparameters": {"size": 32, "filters": [6, 16], "units": [120, 84], "second_pool_stride": 1,
                            "first_dense_activation": "linear"},
    }
    assert told["vgg19_frozen"]["published"] is None
    assert told["vgg19_frozen"]["pretrained"]
    assert "weights" not in told["vgg19_frozen"]["hyperparameters"]


def test_a_page_tells_all_of_the_card_and_the_hyperparameters():
    network = catalogue.build("lenet5")
    page = catalogue.as_page(catalogue.entry("lenet5", network), network)
    words, card = " ".join(page.split()), architectures.card("lenet5")
    for told in (card.source, card.recipe, card.assumed, f"47.1 %, {card.published.measured_on}",
                 "168,971, 168,971 of which train", "second_pool_stride 1", "filters (6, 16)"):
        assert told in words
    assert "Total params: 168,971" in words

"""What `fer models` tells: where each architecture comes from and what it costs, at its default hyperparameters."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from math import prod
from textwrap import fill
from typing import Any

import keras

from fer_pipeline import architectures
from fer_pipeline.architectures import Card, Published
from fer_pipeline.evaluation.cost import flops
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.reporting.numbers import MISSING, count, percent

WIDTH = 110     # columns of running text
HEADERS = (
    ("", "parameters", "GFLOP", "", "starts", ""),
    ("name", "(trainable)", "a face", "published", "from", "source"),
)
NUMBERS = ("parameters", "GFLOP")   # columns aligned to the right
LEGEND = (
    "Cheapest first, at default hyperparameters. In brackets the share of parameters that train, where not all but the "
    "statistics of normalisation do. Published: the accuracy that the source gives, each on faces of its own choice; ~ "
    "is an estimate where it gives none. `fer models NAME` says which faces, and draws the network."
)


@dataclass(frozen=True)
class Entry:
    """An architecture at its default hyperparameters.

    Attributes:
        parameters: How many, trainable or not.
        flops: Of one face's forward pass.
        hyperparameters: Name to default; `weights` is left out, as in params.yaml.
    """

    name: str
    card: Card
    parameters: int
    trainable_parameters: int
    flops: int
    hyperparameters: dict[str, Any]


@contextmanager
def _shapes_only() -> Iterator[None]:
    """Networks built within have shapes but no values: exact counts in a quarter of the time and no memory."""
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        keras.utils.clear_session(free_memory=False)     # or Keras gives them weights when next it can


def build(name: str, **hyperparameters: Any) -> keras.Model:
    """A network at its default or these hyperparameters with shapes but no weights; nothing is downloaded."""
    with _shapes_only():
        return architectures.build(name, input_shape=(FACE_SIZE, FACE_SIZE, 1), classes=len(EMOTIONS), weights="none",
                                   **hyperparameters)


def entry(name: str, network: keras.Model) -> Entry:
    """What there is to tell of the architecture `name`, which built `network`."""
    defaults = import_module(f"{architectures.__name__}.{name}").build.__kwdefaults__ or {}
    return Entry(
        name=name,
        card=architectures.card(name),
        parameters=network.count_params(),
        trainable_parameters=sum(prod(weight.shape) for weight in network.trainable_weights),
        flops=flops(network),
        hyperparameters={key: value for key, value in defaults.items() if key != "weights"},
    )


def entries(networks: Mapping[str, keras.Model]) -> list[Entry]:
    """What there is to tell of architectures by their networks, least computation first."""
    return sorted((entry(*one) for one in networks.items()), key=lambda one: (one.flops, one.name))


def as_json(shown: Iterable[Entry]) -> str:
    """The entries as a JSON list, each with the fields of its card beside its own."""
    records = [asdict(one) for one in shown]
    return json.dumps([{"name": record["name"], **record.pop("card"), **record} for record in records], indent=2,
                      ensure_ascii=False)


def as_table(shown: Iterable[Entry]) -> str:
    """The entries as lines of text, and what the columns mean."""
    rows = [*HEADERS, *(_row(one) for one in shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(len(HEADERS), tuple("─" * width for width in widths))
    return "\n".join([*(_aligned(row, widths) for row in rows), "", fill(LEGEND, WIDTH)])


def _row(one: Entry) -> tuple[str, ...]:
    return (one.name, _parameters(one), f"{one.flops / 1e9:.3f}", _accuracy(one.card.published),
            _start(one.card), re.split("[,;/]", one.card.source)[0])


def _aligned(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(
        cell.rjust(width) if heading in NUMBERS else cell.ljust(width)
        for cell, width, heading in zip(cells, widths, HEADERS[0], strict=True)
    ).rstrip()


def _parameters(one: Entry) -> str:
    share = round(100 * one.trainable_parameters / one.parameters)
    return count(one.parameters) + (f" ({share} %)" if share < 100 else "")


def _accuracy(published: Published | None) -> str:
    if published is None:
        return MISSING
    return f"~{percent(published.accuracy)} % (estimate)" if published.estimate else f"{percent(published.accuracy)} %"


def _start(card: Card) -> str:
    return "ImageNet" if card.pretrained else "nothing"


def as_page(one: Entry, network: keras.Model) -> str:
    """All there is to know of an entry, with Keras's summary of its `network`."""
    card, summary = one.card, list[str]()
    network.summary(print_fn=summary.append)
    facts = {
        "source": card.source,
        "recipe": card.recipe,
        "assumed": card.assumed or MISSING,
        "published": _accuracy(card.published) + (f", {card.published.measured_on}" if card.published else ""),
        "starts from": _start(card),
        "parameters": f"{count(one.parameters)}, {count(one.trainable_parameters)} of which train",
        "GFLOP a face": f"{one.flops / 1e9:.3f}",
    }
    return "\n".join([one.name, "", *_listed(facts), "", "hyperparameters and their defaults", "",
                      *_listed(one.hyperparameters), "", *summary])


def _listed(values: dict[str, Any]) -> list[str]:
    widest = max(map(len, values), default=0)
    return [fill(str(value), WIDTH, initial_indent=f"  {key:<{widest}}  ", subsequent_indent=" " * (widest + 4))
            for key, value in values.items()]


def in_short(one: Entry) -> str:
    """What an entry costs, as a line under its drawing's title."""
    return f"{count(one.parameters)} parameters · {one.flops / 1e9:.3f} GFLOP a face"

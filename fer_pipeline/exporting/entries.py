"""Where a run keeps what it says of an entry, and all of it as an ONNX file in one call."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import read_faces
from fer_pipeline.errors import InputError
from fer_pipeline.exporting.cards import Judged, card_of, read_judged, words_of
from fer_pipeline.exporting.comparison import Comparison, compare, require_same
from fer_pipeline.exporting.files import write_judged_onnx
from fer_pipeline.exporting.networks import load_network
from fer_pipeline.exporting.places import PREDICTIONS
from fer_pipeline.inference import probabilities
from fer_pipeline.predicting.card import Card
from fer_pipeline.predicting.onnx_file import open_file
from fer_pipeline.recipes import Recipe, Student

KINDS: dict[str, type[Recipe]] = {"architectures": Recipe, "students": Student}


def export_entry(model_file: Path, onnx_file: Path, checkout: Path, entry: str,
                 trained_on: str | None = None) -> tuple[Card, Comparison]:
    """Export any network of a run with its figures.

    Args:
        model_file: .keras, in the run's folder or a copy of it.
        onnx_file: What is written.
        checkout: In which it was trained and judged; read only.
        entry: Its name in params.yaml there.
        trained_on: The data in words; by the run's provenance if not given.

    Returns:
        The card, and the comparison with Keras on PublicTest.

    Raises:
        InputError: The checkout does not know the entry or its figures, they are of another model, or the file is not
            the same network as Keras's.
    """
    settings = YAML(typ="safe").load(_required(checkout / "params.yaml"))
    section, recipe = _recipe(settings, entry, checkout)
    card = card_of(entry, recipe, _judged(checkout, section, entry, sha256_of(_required(model_file))),
                   trained_on or _words(checkout, settings["profile"]))
    network = load_network(model_file)
    public_test, private_test = (read_faces(checkout / f"data/prepared/{name}.npz")
                                 for name in ("public_test", "private_test"))
    card = write_judged_onnx(network, card, private_test, onnx_file)
    found = compare(open_file(onnx_file), public_test, probabilities(network, public_test.pixels))
    require_same(found, str(onnx_file))
    return card, found


def _recipe(settings: Mapping[str, Any], entry: str, checkout: Path) -> tuple[str, Recipe]:
    for section, kind in KINDS.items():
        if entry in settings.get(section, {}):
            return section, kind.model_validate(settings[section][entry])
    known = [name for section in KINDS for name in settings.get(section, {})]
    raise InputError(f"{checkout / 'params.yaml'} has no entry {entry!r} but: {', '.join(known)}. Name one of these "
                     "by --entry.")


def _judged(checkout: Path, section: str, entry: str, model_sha256: str) -> Judged:
    guides, judges = (checkout / place / f"{entry}.npz" for place in PREDICTIONS[section].values())
    return read_judged(guides, judges, model_sha256)


def _words(checkout: Path, profile: str) -> str:
    return words_of(json.loads(_required(checkout / "data/raw/provenance.json").read_text()), profile)


def _required(file: Path) -> Path:
    if not file.is_file():
        raise InputError(f"There is no {file}. Name a model file, and by --checkout a folder in which it was trained.")
    return file

"""Make the champion of a run the network that this package ships: `python -m fer_pipeline.exporting.ship CHECKOUT`."""

import argparse
import io
import json
import os
import shutil
import sys
from pathlib import Path

from ruamel.yaml import YAML

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.predicting.networks import SHIPPED
from fer_pipeline.runtime.notices import framework_notices_held

HOW = """
## How it was made

The entry of params.yaml, on {data} (`fer profile fer2013`, `fer source`, this entry, `fer train-all`):

```yaml
{entry}```

`champion.onnx` answers, `champion.keras` is the same network for fine-tuning (SHA-256 `{sha256}`). Put here by
`python -m fer_pipeline.exporting.ship CHECKOUT`.
"""


def ship(checkout: Path, trained_on: str) -> str:
    """Write the network, its weights for fine-tuning and its model card into the package.

    Args:
        checkout: Of a finished run, whose report is there.
        trained_on: The data in words.

    Returns:
        SHA-256 of the weights, which profiles/own.yaml pins.

    Raises:
        InputError: The checkout has no champion or no report, or the ONNX file is not the same network.
    """
    with framework_notices_held():
        from fer_pipeline.exporting.entries import export_entry

    model, facts, card = (_required(checkout / "artifacts" / name) for name in
                          ("champion/model.keras", "champion/champion.json", "report/champion_card.md"))
    entry = json.loads(facts.read_text())["architecture"]
    export_entry(model, SHIPPED, checkout, entry, trained_on)
    shutil.copyfile(model, SHIPPED.with_suffix(".keras"))
    how = HOW.format(data=trained_on, entry=_recipe(checkout / "params.yaml", entry), sha256=sha256_of(model))
    SHIPPED.with_name("README.md").write_text(card.read_text().rstrip() + "\n" + how)
    return sha256_of(model)


def _required(file: Path) -> Path:
    if not file.is_file():
        raise InputError(f"There is no {file}. Name a checkout in which `fer train-all` ended.")
    return file


def _recipe(params: Path, entry: str) -> str:
    settings, out = YAML(typ="safe").load(params), io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump({entry: {**settings["architectures"], **settings["students"]}[entry]}, out)
    return out.getvalue()


def _main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m fer_pipeline.exporting.ship", description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--trained-on", required=True, help="the data in words, such as 'Training of FER-2013'")
    chosen = parser.parse_args(arguments)
    print(f"{SHIPPED.parent} has it. Pin {ship(chosen.checkout, chosen.trained_on)} in profiles/own.yaml.")


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        _main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"error: {error}")

"""Make the champion of a run the network that this package ships: `python -m fer_pipeline.exporting.ship CHECKOUT`."""

import argparse
import io
import json
import shutil
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fer_pipeline.checksum import sha256_of
from fer_pipeline.distillation.teacher import read_teacher
from fer_pipeline.errors import InputError
from fer_pipeline.imported_runs.places import TEACHER
from fer_pipeline.predicting.networks import SHIPPED
from fer_pipeline.runtime.command import run_as_command
from fer_pipeline.runtime.notices import framework_notices_held

HOW = """
## How it was made

The entry of params.yaml, on {data} (`fer profile fer2013`, `fer source`, this entry, `fer train-all`):

```yaml
{entry}```

{teachers}`champion.onnx` answers, `champion.keras` is the same network for fine-tuning
(SHA-256 `{sha256}`). Put here by
`python -m fer_pipeline.exporting.ship CHECKOUT`.
"""


def ship(checkout: Path, trained_on: str) -> str:
    """Write the champion, its weights for fine-tuning and its model card into the package.

    Args:
        checkout: Of a finished run, whose report is there.
        trained_on: The data in words.

    Returns:
        SHA-256 of the weights, which profiles/own.yaml pins.

    Raises:
        InputError: The checkout has no champion or no report, or the ONNX file is not the same network.
    """
    model, facts, card = (_required(checkout / "artifacts" / name) for name in
                          ("champion/model.keras", "champion/champion.json", "report/champion_card.md"))
    entry = json.loads(facts.read_text())["architecture"]
    with framework_notices_held():
        from fer_pipeline.exporting.entries import export_entry

    export_entry(model, SHIPPED / "champion.onnx", checkout, entry, trained_on)
    shutil.copyfile(model, SHIPPED / "champion.keras")
    (SHIPPED / "README.md").write_text(card.read_text().rstrip() + "\n" + _how(model, checkout, entry, trained_on))
    return sha256_of(model)


def _how(model: Path, checkout: Path, entry: str, trained_on: str) -> str:
    settings = YAML(typ="safe").load(checkout / "params.yaml")
    recipe = {**settings["architectures"], **settings["students"]}[entry]
    return HOW.format(data=trained_on, entry=_as_yaml({entry: recipe}), sha256=sha256_of(model),
                      teachers=_teachers(checkout) if "teacher" in recipe else "")


def _required(file: Path) -> Path:
    if not file.is_file():
        raise InputError(f"There is no {file}. Name a checkout in which `fer train-all` ended.")
    return file


def _as_yaml(content: dict[str, Any]) -> str:
    yaml, out = YAML(), io.StringIO()
    yaml.default_flow_style = False
    yaml.dump(content, out)
    return out.getvalue()


def _teachers(checkout: Path) -> str:
    votes = read_teacher(_required(checkout / TEACHER)).votes
    told = ", ".join(f"{name} × {number}" if number > 1 else name for name, number in votes.items())
    return f"It is a student of the vote of {told}.\n\n"


def _main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m fer_pipeline.exporting.ship", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--trained-on", required=True, help="the data in words, such as 'Training of FER-2013'")
    chosen = parser.parse_args(arguments)
    print(f"{SHIPPED} has it. Pin {ship(chosen.checkout, chosen.trained_on)} in profiles/own.yaml.")


if __name__ == "__main__":
    run_as_command(_main)

"""Export any network of a run: `python -m fer_pipeline.exporting MODEL.keras --out FILE.onnx --checkout FOLDER`."""

import argparse
from pathlib import Path

from fer_pipeline.runtime.command import run_as_command
from fer_pipeline.runtime.notices import framework_notices_held


def main(arguments: list[str]) -> None:
    """Write the ONNX file and print its card and its comparison with Keras."""
    chosen = _parser().parse_args(arguments)
    with framework_notices_held():
        from fer_pipeline.exporting.entries import export_entry

    card, found = export_entry(chosen.model, chosen.out, chosen.checkout, chosen.entry or chosen.model.stem,
                               chosen.trained_on)
    print(card.model_dump_json(indent=2))
    print(f"{chosen.out}: {found['bytes']:,} bytes, {found['same_class']:.2%} of PublicTest as Keras, "
          f"probabilities differ by {found['largest_difference']:.1g} at most")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fer_pipeline.exporting", description=__doc__)
    parser.add_argument("model", type=Path, help="a .keras file of a run")
    parser.add_argument("--out", type=Path, required=True, help="the .onnx file to write")
    parser.add_argument("--checkout", type=Path, default=Path(), help="where it was trained and judged; here")
    parser.add_argument("--entry", help="its name in params.yaml; the model file's own")
    parser.add_argument("--trained-on", help="the data in words; by the run's provenance")
    return parser


if __name__ == "__main__":
    run_as_command(main)

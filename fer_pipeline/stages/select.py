"""Select the champion by PublicTest and put its model, a record and a card where users find them."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_pipeline.evaluation.ranking import Candidate, candidate, ranked, say_left_over
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.recipes import Recipe


def select(
    architectures: Mapping[str, Recipe],
    models_folder: Path,
    predictions_folder: Path,
    champion_model_file: Path,
    champion_file: Path,
    card_file: Path,
) -> None:
    """Write the champion. Reads the architectures that params.yaml names and no other file of the folders.

    Raises:
        InputError: No architecture has figures.
    """
    files = {name: models_folder / f"{name}.keras" for name in architectures}
    candidates = [candidate(name, file, predictions_folder / f"{name}.npz") for name, file in files.items()]
    order = ranked(candidates, {name: file.stat().st_size for name, file in files.items() if file.exists()})
    shutil.copyfile(files[order[0].architecture], champion_model_file)
    record = _record(order[0], candidates, order)
    champion_file.write_text(json.dumps(record, indent=2) + "\n")
    card_file.write_text(_card(record))
    print(f"Champion on PublicTest: {order[0].architecture}", flush=True)
    say_left_over(models_folder, architectures)


def _record(champion: Candidate, candidates: list[Candidate], order: list[Candidate]) -> dict[str, Any]:
    failed = [one for one in candidates if one.figures is None]
    return {
        "architecture": champion.architecture,
        "chosen_on": str(Usage.PUBLIC_TEST),
        **(champion.figures or {}),
        "emotions": list(EMOTIONS),
        "candidates": [
            *({"architecture": one.architecture, "accuracy": one.figures and one.figures["accuracy"],
               "status": "ranked"} for one in order),
            *({"architecture": one.architecture, "accuracy": None, "status": f"failed: {one.failure}"}
              for one in failed),
        ],
    }


def _card(record: Mapping[str, Any]) -> str:
    return f"""# Champion: {record['architecture']}

Chosen on {record['chosen_on']} among {len(record['candidates'])} architectures: accuracy {record['accuracy']:.1%}
(95 % interval {record['accuracy_low']:.1%} to {record['accuracy_high']:.1%}, {record['faces']:,} faces), macro F1
{record['macro_f1']:.3f}. What it is worth on faces that chose nothing, its limits and its use stand in
artifacts/report/champion_card.md.

Input: grey faces, 48 × 48 × 1, levels 0 to 255. Output: probabilities of {', '.join(record['emotions'])}.
"""

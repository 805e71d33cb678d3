"""`fer label-issues`: from the prepared faces to a ranking and a sheet."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from fer_pipeline import architectures
from fer_pipeline.data.faces import Faces, read_faces
from fer_pipeline.data.manifest import content_hashes
from fer_pipeline.errors import InputError
from fer_pipeline.label_issues.folds import fold_of_each
from fer_pipeline.label_issues.ranking import ranking, require_cleanlab
from fer_pipeline.label_issues.sheet import Origin, sheet
from fer_pipeline.params import Params
from fer_pipeline.runtime.notices import framework_notices_held
from fer_pipeline.runtime.slots import device_slot

if TYPE_CHECKING:
    from fer_pipeline.label_issues.out_of_fold import CrossValidation

TRAINING = Path("data/prepared/training.npz")
VERDICTS = Path("data/prepared/verdicts/Training.parquet")
PUBLIC_TEST = Path("data/prepared/public_test.npz")
PROVENANCE = Path("data/raw/provenance.json")
FOLDER = Path("artifacts/validation")


@dataclass(frozen=True)
class LabelIssues:
    """Where the results are, and how many labels cleanlab counts as wrong."""

    ranking_file: Path
    sheet_file: Path
    issues: int
    faces: int


def find_label_issues(params: Params, *, entry: str | None, folds: int, seed: int) -> LabelIssues:
    """Train a network a fold on a device slot, rank Training's labels by them, and draw the worst.

    Faces that validation quarantined are left out, as they are of training; balancing is not applied, because a new
    face made of one that is held out would tell its label.

    Args:
        params: Settings; `train` and `compute` hold here as for every training.
        entry: Of `architectures`; None for the one that trains with the fewest operations.
        folds: How many trainings.
        seed: Of the folds.

    Raises:
        InputError: cleanlab is missing, or the entry, the folds or a prepared file is.
    """
    require_cleanlab()
    _require(params, entry)
    training, provenance = _sound_faces(), json.loads(_present(PROVENANCE).read_text())
    fold_of = fold_of_each(training.emotion, content_hashes(training.pixels), folds=folds, seed=seed)
    with device_slot(params.compute.threads, params.run.slots_per_gpu, owner="label-issues"):
        with framework_notices_held():
            from fer_pipeline.label_issues.cheapest import cheapest
            from fer_pipeline.label_issues.out_of_fold import CrossValidation
            from fer_pipeline.training.determinism import make_deterministic

            make_deterministic(params.train.seed, params.compute.threads)   # before any network is built
            entry = entry or cheapest(params.architectures)
        trainings = CrossValidation(entry, params.architectures[entry], params.train, params.compute, training, fold_of,
                                    _present(PUBLIC_TEST))
        said = trainings.out_of_fold()
    return _write(ranking(training, said), training, _origin(trainings, provenance, seed))


def _require(params: Params, entry: str | None) -> None:
    if entry is not None and entry not in params.architectures:
        raise InputError(f"No entry {entry!r} under 'architectures'. params.yaml has: "
                         f"{', '.join(params.architectures)}. Name one of these.")
    architectures.require(recipe.architecture for recipe in params.architectures.values())


def _sound_faces() -> Faces:
    training, verdicts = read_faces(TRAINING), pd.read_parquet(_present(VERDICTS))
    return training.take((verdicts["verdict"] != "quarantine").to_numpy())


def _present(file: Path) -> Path:
    if not file.exists():
        raise InputError(f"{file} not found. `dvc repro` or `fer train-all` makes it; `dvc pull` fetches it.")
    return file


def _origin(trainings: "CrossValidation", provenance: dict[str, object], seed: int) -> Origin:
    return Origin(description=str(provenance["description"]), synthetic=bool(provenance["synthetic"]),
                  entry=trainings.entry, recipe=trainings.recipe.recipe, folds=trainings.folds, seed=seed)


def _write(ranked: pd.DataFrame, training: Faces, origin: Origin) -> LabelIssues:
    FOLDER.mkdir(parents=True, exist_ok=True)
    written = LabelIssues(FOLDER / "label_issues.csv", FOLDER / "label_issues.html", int(ranked["is_issue"].sum()),
                          len(ranked))
    ranked.to_csv(written.ranking_file, index=False, float_format="%.6f")
    written.sheet_file.write_text(sheet(ranked, training, origin))
    return written

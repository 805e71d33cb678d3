"""What travels home: a zip of all runs, and the weights of as many as fit, best first, in files of bounded size."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from fer_pipeline.architectures import require
from fer_pipeline.errors import InputError
from fer_pipeline.imported_runs.run import Facts
from fer_pipeline.imported_runs.weights import WEIGHTS_FILE, read_weights, rounded
from fer_pipeline.runtime.whole_file import write_whole
from fer_pipeline.training.archive import archive_of

RUNS = "runs.zip"
PART = "weights.zip.{:02d}"


def write_parcel(out: Path, *, most_bytes: int, most_files: int) -> None:
    """Pack the runs whose folders are under `out`; each file of the parcel is there as a whole or not at all."""
    places = [place.parent for place in sorted(out.glob("[!.]*/run.json"))]
    write_whole(out / RUNS, _zipped(out, (file for place in places for file in sorted(place.iterdir())
                                          if file.name != WEIGHTS_FILE), zipfile.ZIP_DEFLATED))
    weights = _zipped(out, _that_fit(places, most_bytes * (most_files - 1)), zipfile.ZIP_STORED)
    parts = [weights[start:start + most_bytes] for start in range(0, len(weights), most_bytes)]
    for number, part in enumerate(parts):
        write_whole(out / PART.format(number), part)


def _that_fit(places: Sequence[Path], most: int) -> Iterator[Path]:
    left = most - 65_536        # the zip's own
    for place in sorted(places, key=_best_public_test, reverse=True):
        size = (place / WEIGHTS_FILE).stat().st_size
        if size <= left:
            left -= size
            yield place / WEIGHTS_FILE


def _best_public_test(place: Path) -> float:
    return float(pd.read_csv(place / "history.csv")["public_test_accuracy"].max())


def _zipped(root: Path, files: Iterator[Path], compression: int) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for file in files:
            archive.write(file, str(file.relative_to(root)))
    return content.getvalue()


def open_parcel(parcel: Path, runs: Path, models: Path) -> dict[str, Path | None]:
    """Put the runs of a parcel among the imported ones, and their networks into a folder.

    Args:
        parcel: Folder with runs.zip and the parts of weights.zip.
        runs: Folder of imported runs; one of the same name is replaced.
        models: Where NAME.keras are written.

    Returns:
        By run, its model file; None where the weights did not fit into the parcel.

    Raises:
        InputError: The parcel is damaged, or weights are not those of the model that was judged.
    """
    try:
        with zipfile.ZipFile(parcel / RUNS) as archive:
            names = sorted({Path(name).parts[0] for name in archive.namelist()})
            archive.extractall(runs)
        parts = sorted(parcel.glob(PART.format(0)[:-2] + "[0-9][0-9]"))
        weights = zipfile.ZipFile(io.BytesIO(b"".join(part.read_bytes() for part in parts))) if parts else None
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{parcel} is no parcel: {error}. Fetch {RUNS} and every {PART.format(0)[:-2]}NN of one "
                         "session into one folder.") from None
    models.mkdir(parents=True, exist_ok=True)
    return {name: _model(name, runs / name, weights, models / f"{name}.keras") for name in names}


def _model(name: str, run: Path, weights: zipfile.ZipFile | None, file: Path) -> Path | None:
    if weights is None or f"{name}/{WEIGHTS_FILE}" not in weights.namelist():
        return None
    try:
        facts = Facts.model_validate_json((run / "run.json").read_text())
    except ValidationError as error:
        raise InputError(f"{run / 'run.json'} is damaged: {error}. Fetch the parcel again.") from None
    require([facts.entry["architecture"]])
    said = read_weights(io.BytesIO(weights.read(f"{name}/{WEIGHTS_FILE}")))
    archive = archive_of(rounded(facts.recipe, said))
    if (found := hashlib.sha256(archive).hexdigest()) != facts.model_sha256:
        raise InputError(f"The weights of {name} make the model {found}, and {facts.model_sha256} was judged. Open the "
                         f"parcel with {', '.join(f'{package} {one}' for package, one in facts.versions.items())}, or "
                         "fetch it again.")
    write_whole(file, archive)
    return file

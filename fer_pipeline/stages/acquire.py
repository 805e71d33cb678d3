"""Acquire: the source of params.yaml to one fer2013.csv and its provenance."""

import hashlib
import json
import shutil
from pathlib import Path

from ruamel.yaml import YAML

from fer_pipeline.data.fer2013 import csv_text
from fer_pipeline.errors import InputError
from fer_pipeline.params import AcquireParams, SampleParams
from fer_pipeline.runtime.folders import SOURCE_FILE
from fer_pipeline.sample import make_sample


def acquire(acquire: AcquireParams, sample: SampleParams, csv_file: Path, provenance_file: Path) -> None:
    """Write the raw csv and provenance.json (source, licence, checksum, size)."""
    facts = _draw_sample(sample, csv_file) if acquire.source == "sample" else _copy_local(acquire, csv_file)
    with csv_file.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    facts |= {"sha256": digest, "bytes": csv_file.stat().st_size}
    provenance_file.write_text(json.dumps(facts, indent=2) + "\n")
    print(f"{csv_file}: {facts['description']}, {facts['bytes']:,} bytes", flush=True)


def _draw_sample(params: SampleParams, csv_file: Path) -> dict[str, object]:
    print(f"Drawing {params.faces:,} synthetic faces", flush=True)
    sample = make_sample(faces=params.faces, seed=params.seed)
    csv_file.write_text(csv_text(sample.rows))
    return {
        "source": "sample",
        "description": f"{params.faces:,} synthetic faces drawn from action units, seed {params.seed}",
        "synthetic": True,
        "licence": "MIT (made by this project)",
        "rows": len(sample.rows),
        "planted": {fault: len(rows) for fault, rows in sample.planted.items()},
    }


def _copy_local(params: AcquireParams, csv_file: Path) -> dict[str, object]:
    if params.sha256 is None:
        raise InputError("params.yaml takes its data from a path and pins none (acquire.sha256 is null). Run "
                         "`fer source PATH` with a fer2013.csv, or `fer profile sample` for synthetic faces.")
    local = local_source()
    with local.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != params.sha256:
        raise InputError(f"{local} has sha256 {digest}; params.yaml pins {params.sha256}. Bring the pinned file "
                         f"back, or run `fer source {local}` to pin what is there now.")
    shutil.copyfile(local, csv_file)
    with csv_file.open("rb") as file:
        rows = sum(1 for _ in file) - 1
    return {"source": "path", "description": "a local fer2013.csv", "synthetic": False,
            "licence": "as its owner gave it", "rows": rows}


def local_source() -> Path:
    """The path behind `acquire.source: path`, from the checkout's ignored configuration.

    Raises:
        InputError: No path is configured here, or nothing is there.
    """
    if not SOURCE_FILE.exists():
        raise InputError("params.yaml takes its source from a path, and this checkout does not know which. "
                         "Run `fer source PATH` with the fer2013.csv that is pinned, or `dvc pull` its results.")
    local = Path(YAML(typ="safe").load(SOURCE_FILE)["path"])
    if not local.is_file():
        raise InputError(f"{local} is not there. Bring it back, or run `fer source PATH` with its new place.")
    return local

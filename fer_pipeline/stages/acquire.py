"""Acquire: the source of params.yaml to one file, as it came, and its provenance."""

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.fer2013 import csv_text
from fer_pipeline.errors import InputError
from fer_pipeline.kaggle.address import parse_source
from fer_pipeline.layouts.detection import CsvOfFaces, detect
from fer_pipeline.layouts.official import compare
from fer_pipeline.layouts.pack import pack
from fer_pipeline.layouts.trees import open_tree
from fer_pipeline.params import AcquireParams, SampleParams
from fer_pipeline.runtime.folders import SOURCE_FILE, downloads_folder
from fer_pipeline.sample import make_sample


def acquire(acquire: AcquireParams, sample: SampleParams, source_folder: Path, provenance_file: Path) -> None:
    """Write the source's one file into `source_folder`, and provenance.json beside it.

    A folder of pictures becomes one zip: DVC takes 17 s to add 35,887 files and one second to add one.
    """
    shutil.rmtree(source_folder, ignore_errors=True)
    source_folder.mkdir(parents=True)
    if acquire.source == "sample":
        facts = _draw_sample(sample, source_folder)
    else:
        facts = (_copy_local if acquire.source == "path" else _download)(acquire, source_folder)
    (file,) = source_folder.iterdir()
    digest = sha256_of(file)
    if acquire.sha256 not in (digest, None):
        file.unlink()
        raise _other_content(acquire, digest)
    facts |= {"file": file.name, "sha256": digest, "bytes": file.stat().st_size}
    facts |= _layout(file, compared=not facts["synthetic"])
    provenance_file.write_text(json.dumps(facts, indent=2) + "\n")
    print(f"{file}: {facts['description']}, {facts['bytes']:,} bytes, {facts['rows']:,} rows{_origin(facts)}",
          flush=True)


def _draw_sample(params: SampleParams, folder: Path) -> dict[str, Any]:
    print(f"Drawing {params.faces:,} synthetic faces", flush=True)
    sample = make_sample(faces=params.faces, seed=params.seed)
    (folder / "fer2013.csv").write_text(csv_text(sample.rows))
    return {
        "source": "sample",
        "description": f"{params.faces:,} synthetic faces drawn from action units, seed {params.seed}",
        "synthetic": True,
        "licence": "MIT (made by this project)",
        "planted": {fault: len(rows) for fault, rows in sample.planted.items()},
    }


def _copy_local(params: AcquireParams, folder: Path) -> dict[str, Any]:
    if params.sha256 is None:
        raise InputError("params.yaml takes its data from a path and pins none (acquire.sha256 is null). Run "
                         "`fer source PATH` with a fer2013.csv, a folder or an archive of pictures, or `fer profile "
                         "sample` for synthetic faces.")
    local = local_source()
    if local.is_dir():
        copy = folder / f"{local.name}.zip"
        pack(local, copy)
    else:
        copy = folder / local.name
        shutil.copyfile(local, copy)
    return {"source": "path", "description": f"a local {copy.name}", "synthetic": False,
            "licence": "as its owner gave it"}


def _download(params: AcquireParams, folder: Path) -> dict[str, Any]:
    from fer_pipeline.kaggle.fetch import fetch  # a second, only where it is needed

    facts = fetch(parse_source(params.source), params.version, downloads_folder(), partial(print, flush=True))
    (file,) = cast("list[dict[str, Any]]", facts.pop("files"))
    copy = folder / file["name"]
    shutil.copyfile(downloads_folder() / copy.name, copy)
    version = f", version {params.version}" if params.version else ""
    return facts | {"description": f"{copy.name} from {facts['url']}{version}", "synthetic": False, "md5": file["md5"]}


def _other_content(params: AcquireParams, digest: str) -> InputError:
    source = local_source() if params.source == "path" else params.source
    return InputError(f"{source} has sha256 {digest}; params.yaml pins {params.sha256}. Bring the pinned content "
                      f"back, or run `fer source {source}` to pin what is there now.")


def _layout(file: Path, *, compared: bool) -> dict[str, Any]:
    with open_tree(file) as tree:
        layout = detect(tree)
        facts = {"layout": layout.name, "split": layout.split, "rows": layout.count(tree)} | layout.facts()
        if compared and isinstance(layout, CsvOfFaces):
            facts |= compare(tree, layout.member)
    return facts


def _origin(facts: dict[str, Any]) -> str:
    if "csv_md5" not in facts:
        return ""
    return (f"; the official {facts['official_file']} to the byte" if facts["official_file"] else
            f"; MD5 {facts['csv_md5']} is that of no official csv")


def local_source() -> Path:
    """The path behind `acquire.source: path`, from the checkout's ignored configuration.

    Raises:
        InputError: No path is configured here, or nothing is there.
    """
    if not SOURCE_FILE.exists():
        raise InputError("params.yaml takes its source from a path, and this checkout does not know which. "
                         "Run `fer source PATH` with the source that is pinned, or `dvc pull` its results.")
    local = Path(YAML(typ="safe").load(SOURCE_FILE)["path"])
    if not local.exists():
        raise InputError(f"{local} is not there. Bring it back, or run `fer source PATH` with its new place.")
    return local

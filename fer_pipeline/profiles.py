"""Profiles: whole params.yaml files under profiles/, the switch between them, and pins of data."""

import difflib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.ferplus import local, table
from fer_pipeline.kaggle.address import KaggleDataset, KaggleSource, parse_source
from fer_pipeline.layouts.detection import detect
from fer_pipeline.layouts.pack import pack
from fer_pipeline.layouts.trees import open_tree
from fer_pipeline.params import PARAMS_FILE, load_params
from fer_pipeline.params_text import Value, with_entries, with_values
from fer_pipeline.runtime.folders import SOURCE_FILE, downloads_folder
from fer_pipeline.runtime.whole_file import write_whole

PROFILES_FOLDER = Path("profiles")
AT_KAGGLE = ("kaggle:", "kaggle-competition:")
PINNED = ("acquire", "ferplus")     # sections that commands set


def names() -> list[str]:
    """Every profile, in alphabetical order."""
    return sorted(file.stem for file in PROFILES_FOLDER.glob("*.yaml"))


def current() -> str:
    """The profile that params.yaml came from."""
    return load_params().profile


def switch(name: str, *, force: bool, only: Sequence[str] | None = None) -> list[str]:
    """Replace params.yaml by a profile.

    Args:
        name: The profile.
        force: Give up own changes of params.yaml.
        only: Entries of `architectures` to keep; None for all. The pins of data then stay, if the profile does.

    Returns:
        The change as a unified diff, without trailing newlines; empty if there is none.

    Raises:
        InputError: Unknown profile or entry, or params.yaml has changes of its own and `force` is not given.
    """
    if name not in names():
        raise InputError(f"Unknown profile {name!r}. Available: {', '.join(names())}. Choose one, or add "
                         f"{PROFILES_FOLDER}/{name}.yaml.")
    if not force and (own := _own_changes()):
        raise InputError("params.yaml has changes that the switch would lose:\n" + "\n".join(own)
                         + "\nCommit them or copy them into a profile, then give --force.")
    text = (PROFILES_FOLDER / f"{name}.yaml").read_text()
    return _replace(text if only is None else _with_pins(with_entries(text, only), name))


def _with_pins(text: str, name: str) -> str:
    """The profile with the data that params.yaml has, if params.yaml is that profile; otherwise as it is."""
    present = YAML(typ="safe").load(PARAMS_FILE)
    if not isinstance(present, dict) or present.get("profile") != name:
        return text
    for section in PINNED:
        text = with_values(text, section, **present[section])
    return text


def _own_changes() -> list[str]:
    """Lines of params.yaml that its profile does not have; pinned data and entries left out aside."""
    base = PROFILES_FOLDER / f"{current()}.yaml"
    if not base.exists():
        return []
    before, now = (_without_pins(file) for file in (base, PARAMS_FILE))
    before["architectures"] = {entry: recipe for entry, recipe in before["architectures"].items()
                               if entry in now["architectures"]}
    return [] if before == now else _diff(base.read_text(), PARAMS_FILE.read_text(), str(base), str(PARAMS_FILE))


def _without_pins(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load(file)
    return {key: value for key, value in content.items() if key not in PINNED}


def take(source: str, folder: Path) -> list[str]:
    """Pin a source, at Kaggle or on this machine, where a path counts from `folder`; the change of params.yaml."""
    if source.startswith(AT_KAGGLE):
        return take_kaggle(parse_source(source))
    return take_source(folder / source)


def take_source(path: Path) -> list[str]:
    """Pin a local source: its checksum in params.yaml, its path in the checkout's ignored configuration.

    A folder is pinned by the zip that acquire would make of it.

    Returns:
        The change of params.yaml as a unified diff.

    Raises:
        InputError: Nothing is there, or it has no known layout.
    """
    with open_tree(path) as tree:
        detect(tree)
    digest = _packed_checksum(path) if path.is_dir() else sha256_of(path)
    SOURCE_FILE.parent.mkdir(parents=True, exist_ok=True)
    YAML().dump({"path": str(path.absolute())}, SOURCE_FILE)
    return _pin("acquire", source="path", version=None, sha256=digest)


def take_kaggle(source: KaggleSource) -> list[str]:
    """Pin a source at Kaggle: the newest version of a data set, the content of a competition's files.

    The files of a competition are downloaded for that; acquire takes them from there.

    Returns:
        The change of params.yaml as a unified diff.

    Raises:
        InputError: Kaggle refuses or cannot be reached; the message names the repair.
    """
    from fer_pipeline.kaggle.fetch import fetch, latest_version

    if isinstance(source, KaggleDataset):
        return _pin("acquire", source=str(source), version=latest_version(source), sha256=None)
    (file,) = cast("list[dict[str, str]]", fetch(source, None, downloads_folder(), print)["files"])
    return _pin("acquire", source=str(source), version=None, sha256=file["sha256"])


def take_ferplus(path: Path | None) -> list[str]:
    """Pin FER+'s fer2013new.csv as a local source is pinned; None for no votes.

    Returns:
        The change of params.yaml as a unified diff.

    Raises:
        InputError: Nothing is there, or it is no fer2013new.csv.
    """
    if path is None:
        local.forget()
        return _pin("ferplus", sha256=None)
    content = local.content_of(path)
    table.parse(content, path.name)
    local.remember(path)
    return _pin("ferplus", sha256=table.checksum(content))


def _packed_checksum(folder: Path) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        packed = Path(scratch) / "packed.zip"
        pack(folder, packed)
        return sha256_of(packed)


def _pin(section: str, **values: Value) -> list[str]:
    return _replace(with_values(PARAMS_FILE.read_text(), section, **values))


def _replace(text: str) -> list[str]:
    before = PARAMS_FILE.read_text()
    write_whole(PARAMS_FILE, text.encode())
    return _diff(before, text, "params.yaml before", "params.yaml now")


def _diff(before: str, now: str, before_name: str, now_name: str) -> list[str]:
    return list(difflib.unified_diff(
        before.splitlines(), now.splitlines(), before_name, now_name, lineterm="", n=1))

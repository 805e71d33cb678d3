"""Where this checkout finds the votes: the path behind the pin of params.yaml."""

from pathlib import Path

from ruamel.yaml import YAML

from fer_pipeline.errors import InputError
from fer_pipeline.ferplus.table import checksum
from fer_pipeline.runtime.folders import LOCAL_FOLDER

FERPLUS_FILE = LOCAL_FOLDER / "ferplus.yaml"    # ignored by git


def remember(path: Path) -> None:
    """Keep the path in the checkout's ignored configuration."""
    FERPLUS_FILE.parent.mkdir(parents=True, exist_ok=True)
    YAML().dump({"path": str(path.absolute())}, FERPLUS_FILE)


def forget() -> None:
    """Remove the path from the checkout's configuration."""
    FERPLUS_FILE.unlink(missing_ok=True)


def pinned_content(sha256: str) -> tuple[bytes, str]:
    """Content and name of the pinned file.

    Raises:
        InputError: No path is configured here, nothing is there, or it has another content.
    """
    if not FERPLUS_FILE.exists():
        raise InputError("params.yaml pins FER+ votes (ferplus.sha256), and this checkout does not know where they "
                         "are. Run `fer ferplus PATH` with the fer2013new.csv that is pinned, `fer ferplus none` to go "
                         "without, or `dvc pull` its results.")
    return _require(content_of(path := Path(YAML(typ="safe").load(FERPLUS_FILE)["path"])), sha256, path), path.name


def content_of(path: Path) -> bytes:
    """Content of a file.

    Raises:
        InputError: No file is there.
    """
    if not path.is_file():
        raise InputError(f"{path} is not there, or no file. Bring it back, or run `fer ferplus PATH` with FER+'s "
                         "fer2013new.csv.")
    return path.read_bytes()


def _require(content: bytes, sha256: str, path: Path) -> bytes:
    if (found := checksum(content)) != sha256:
        raise InputError(f"{path} has sha256 {found}; params.yaml pins {sha256}. Bring the pinned content back, or run "
                         f"`fer ferplus {path}` to pin what is there now.")
    return content

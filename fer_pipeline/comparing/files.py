"""Files as a revision holds them: git's, and DVC's from its cache or remote. Nothing is checked out."""

import io
from pathlib import Path

from dvc.api import DVCFileSystem
from dvc.dvcfile import LOCK_FILE
from dvc.exceptions import DvcException
from dvc.scm import SCMError
from ruamel.yaml import YAML

from fer_pipeline.errors import InputError


class RevisionFiles:
    """The files of one revision of a checkout.

    Args:
        checkout: A git and DVC checkout.
        revision: Of git: commit, branch or tag; None for the files that lie there.

    """

    def __init__(self, checkout: Path, revision: str | None = None) -> None:
        self.name = revision or str(checkout)
        self._files = DVCFileSystem(str(checkout), rev=revision)    # reads nothing yet

    def read(self, path: str) -> bytes:
        """Content of a file.

        Raises:
            InputError: git does not know the revision, it does not have the file, or neither DVC's cache nor its remote
                does.
        """
        try:
            content: bytes = self._files.read_bytes(path)
        except (OSError, DvcException, SCMError) as error:
            raise InputError(f"{path} of {self.name} is in neither DVC's cache nor its remote ({error}). Add the "
                             f"remote that has it, `dvc remote add --local --default …`, or bring it back: check out "
                             f"{self.name}, `dvc pull`.") from None
        return content

    def fetch(self, path: str, folder: Path) -> Path:
        """Put a copy of a file into `folder` and return its place."""
        copy = folder / Path(path).name
        copy.write_bytes(self.read(path))
        return copy

    def md5(self, output: str) -> str:
        """Checksum of an output by dvc.lock, whether or not the file itself can be had.

        Raises:
            InputError: The revision has no dvc.lock, or that does not name it.
        """
        stages = YAML(typ="safe").load(io.BytesIO(self.read(LOCK_FILE)))["stages"]
        found = [out["md5"] for stage in stages.values() for out in stage.get("outs", ()) if out["path"] == output]
        if not found:
            raise InputError(f"dvc.lock of {self.name} does not name {output}. Run `fer train-all` there and commit "
                             "dvc.lock.")
        return str(found[0])

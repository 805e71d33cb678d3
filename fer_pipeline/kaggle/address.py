"""What a source at Kaggle is called: in params.yaml, on Kaggle's pages, and on this disk."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from fer_pipeline.errors import InputError

SITE = "https://www.kaggle.com"
WORD = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
DATASET = re.compile(rf"kaggle:(?P<owner>{WORD})/(?P<name>{WORD})")
COMPETITION = re.compile(rf"kaggle-competition:(?P<name>{WORD})(?:/(?P<file>{WORD}(?:/{WORD})*))?")


@dataclass(frozen=True)
class KaggleDataset:
    """A data set: versions count from 1, and a version never changes."""

    owner: str
    name: str

    def __str__(self) -> str:
        return f"kaggle:{self.owner}/{self.name}"

    @property
    def page(self) -> str:
        return f"{SITE}/datasets/{self.owner}/{self.name}"

    @property
    def terms_page(self) -> str:
        """Where an account agrees to what the owner asks for."""
        return self.page

    def stem(self, version: int | None) -> str:
        return f"{self.owner}-{self.name}-v{version}"

    def check_version(self, version: int | None) -> None:
        """Raise InputError unless `version` can name one."""
        if version is None or version < 1:
            raise InputError(f"{self} needs a pinned version, a whole number from 1. Received: {version!r}. Its "
                             f"versions stand on {self.page}.")


@dataclass(frozen=True)
class KaggleCompetition:
    """The files of a competition, or one of them. Kaggle numbers no versions of these: a checksum pins them."""

    name: str
    file: str | None = None

    def __str__(self) -> str:
        return f"kaggle-competition:{self.name}" + (f"/{self.file}" if self.file else "")

    @property
    def page(self) -> str:
        return f"{SITE}/competitions/{self.name}"

    @property
    def terms_page(self) -> str:
        """Where an account accepts the rules."""
        return f"{self.page}/rules"

    def stem(self, version: int | None) -> str:     # noqa: ARG002  the signature of every source
        return self.name

    def check_version(self, version: int | None) -> None:
        """Raise InputError if there is one: competitions have none."""
        if version is not None:
            raise InputError(f"{self} has no versions. Received: {version!r}. Leave the version out; the checksum of "
                             "its file pins it.")


KaggleSource = KaggleDataset | KaggleCompetition


def parse_source(text: str) -> KaggleSource:
    """A source as params.yaml writes it, e.g. `kaggle:msambare/fer2013`.

    Raises:
        InputError: The text names none.
    """
    if found := DATASET.fullmatch(text):
        return KaggleDataset(**found.groupdict())
    if found := COMPETITION.fullmatch(text):
        return KaggleCompetition(**found.groupdict())
    raise InputError(f"{text!r} is no source. Allowed: sample, path, kaggle:OWNER/NAME as in kaggle:msambare/fer2013, "
                     "kaggle-competition:NAME for all files of a competition, kaggle-competition:NAME/FILE for one. "
                     f"The words are those in the address of its page, as in {SITE}/datasets/OWNER/NAME.")


def local_name(source: KaggleSource, version: int | None, delivered: str) -> str:
    """What the delivered file is called here.

    Args:
        source: What was asked for.
        version: Of a data set.
        delivered: Kaggle's own name for it. Kaggle zips some single files, and then adds .zip to theirs.
    """
    if isinstance(source, KaggleCompetition) and source.file:
        wanted = PurePosixPath(source.file).name
        return delivered if delivered == f"{wanted}.zip" else wanted
    ending = ".tar.gz" if delivered.endswith(".tar.gz") else PurePosixPath(delivered).suffix or ".zip"
    return source.stem(version) + ending

"""Releases: git tags of GTO's form, which DVC understands.

`champion@v1.2.0` registers a version on the commit that holds its dvc.lock; `champion#prod#7` puts it in use, and is
the whole promotion: one tag, there or not there. DVC takes the newest of these by their time, in whole seconds.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import gto.api
from gto.base import Version
from gto.exceptions import ArtifactNotFound, GTOException
from gto.registry import GitRegistry

from fer_pipeline.clones import git
from fer_pipeline.errors import InputError
from fer_pipeline.promotion.rule import Kind

ARTIFACT = "champion"   # under `artifacts` in dvc.yaml
STAGE = "prod"
FIRST_VERSION = "v1.0.0"
AUTHOR = ("fer", "fer@localhost")   # of tags, where git knows nobody
ALL = -1                # to GTO


@dataclass(frozen=True)
class Assignment:
    """A version put in use: when, by which tag, and why."""

    when: datetime
    tag: str
    message: str

    @property
    def order(self) -> tuple[datetime, int]:
        """By time; tags of one second by their number."""
        return self.when, int(self.tag.rpartition("#")[2])


@dataclass(frozen=True)
class Release:
    """A registered version.

    Attributes:
        version: Such as `v1.2.0`.
        commit: That holds its params.yaml, dvc.lock and metrics.
        registered: When.
        message: Why it was released.
        assignments: When it was put in use, oldest first; none for a version that never was.
    """

    version: str
    commit: str
    registered: datetime
    message: str
    assignments: tuple[Assignment, ...]

    @property
    def tag(self) -> str:
        return f"{ARTIFACT}@{self.version}"

    @property
    def order(self) -> tuple[int, ...]:
        """By which versions are sorted."""
        return tuple(int(number) for number in self.version[1:].split("-")[0].split("+")[0].split("."))


def read_releases(repository: Path) -> list[Release]:
    """Every release of a git repository, highest version first."""
    try:
        with GitRegistry.from_url(str(repository)) as registry:
            versions = registry.find_artifact(ARTIFACT).get_versions(include_non_explicit=False)
    except ArtifactNotFound:
        return []
    except GTOException as error:
        raise InputError(f"The releases cannot be read: {error}. Repair what it names; `git tag --list '{ARTIFACT}*'` "
                         "shows their tags.") from None
    return sorted(map(_release, versions), key=lambda release: release.order, reverse=True)


def _release(version: Version) -> Release:
    """With every assignment, also of a version that was taken out of use since."""
    assigned = [Assignment(one.created_at, one.tag, one.message.strip())
                for stage in version.stages.values() if stage.stage == STAGE for one in stage.assignments]
    return Release(version.version, version.commit_hexsha, version.created_at, version.message.strip(),
                   tuple(sorted(assigned, key=lambda one: one.order)))


def in_use(releases: list[Release]) -> Release | None:
    """The one in prod: last assigned."""
    assigned = [release for release in releases if release.assignments]
    return max(assigned, key=lambda release: release.assignments[-1].order, default=None)


def register(repository: Path, commit: str, kind: Kind, message: str) -> Release:
    """Register a version on a commit of the repository; what a killed promotion registered there is taken over.

    The version rises in its second number for a better network, in its third for an equal and cheaper one.
    """
    releases = read_releases(repository)
    if (known := next((release for release in releases if release.commit == commit), None)) is None:
        name, email = _author(repository)
        third = kind == "cheaper"
        gto.api.register(str(repository), ARTIFACT, commit, version=None if releases else FIRST_VERSION,
                         bump_minor=bool(releases) and not third, bump_patch=bool(releases) and third,
                         message=message, author=name, author_email=email)
        known = next(release for release in read_releases(repository) if release.commit == commit)
    return known


def put_in_use(repository: Path, release: Release, message: str) -> None:
    """Assign prod to a release: the promotion, by one tag.

    Higher versions that are in use are taken out of it before, as GTO's own commands take the highest.
    """
    for other in read_releases(repository):
        if other.order > release.order and other.assignments:
            _await_next_second()
            _unassign(repository, other, message)
    _await_next_second()
    name, email = _author(repository)
    gto.api.assign(str(repository), ARTIFACT, STAGE, version=release.version, message=message, force=True,
                   author=name, author_email=email)


def _unassign(repository: Path, release: Release, message: str) -> None:
    versions = gto.api.find_versions_in_stage(str(repository), ARTIFACT, STAGE, versions_per_stage=ALL)
    if any(one.version == release.version for one in versions or []):
        name, email = _author(repository)
        gto.api.unassign(str(repository), ARTIFACT, version=release.version, stage=STAGE, message=message,
                         author=name, author_email=email)


def _await_next_second() -> None:
    """Tags have whole seconds, by which DVC and GTO order them: no two in one."""
    time.sleep(1 - datetime.now(UTC).microsecond / 1e6)


def _author(repository: Path) -> tuple[str, str] | tuple[None, None]:
    """None for whom git knows. Nobody is asked for a name: a scheduled run has none."""
    try:
        git("config", "user.name", folder=repository)
    except InputError:
        return AUTHOR
    return None, None


def to_roll_back_to(releases: list[Release], version: str | None) -> Release:
    """The release that a rollback puts in use: the one named, or the highest below the present that was in use before.

    Raises:
        InputError: There is none, it is unknown, or it is in use.
    """
    present = in_use(releases)
    if present is None:
        raise InputError("There is no release in use, so nothing to roll back. `python -m flows.retrain` makes one; "
                         "`git fetch --tags` fetches others.")
    if version is not None:
        return _named(releases, version, present)
    former = [release for release in releases if release.assignments and release.order < present.order]
    if not former:
        raise InputError(f"{present.version} is in use and no lower version ever was. Name one: "
                         f"{_versions(releases) or 'there is no other yet'}.")
    return former[0]


def _named(releases: list[Release], version: str, present: Release) -> Release:
    wanted = version if version.startswith("v") else f"v{version}"
    found = next((release for release in releases if release.version == wanted), None)
    if found is None:
        raise InputError(f"There is no release {version}. Available: {_versions(releases)}. Name one of these; "
                         "`git fetch --tags` fetches others.")
    if found == present:
        raise InputError(f"{found.version} is in use already. Name another: {_versions(releases)}.")
    return found


def _versions(releases: list[Release]) -> str:
    return ", ".join(release.version for release in releases)

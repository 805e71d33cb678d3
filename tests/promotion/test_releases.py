"""Releases in a real repository of git and DVC: register, put in use, roll back, fetch."""

import time
from pathlib import Path

import gto.api
import pytest
from dvc.repo.artifacts import Artifacts

from fer_pipeline.errors import InputError
from fer_pipeline.promotion.releases import (
    ARTIFACT,
    STAGE,
    in_use,
    put_in_use,
    read_releases,
    register,
    to_roll_back_to,
)
from tests.comparing.checkouts import Checkout
from tests.promotion.made_runs import make_checkout, write_run


@pytest.fixture
def made(tmp_path: Path) -> Checkout:
    return make_checkout(tmp_path / "checkout")


def released(made: Checkout, right: int, kind: str) -> str:
    """Release a run that has so many faces right; its version."""
    release = register(made.folder, write_run(made, right), kind, f"{right} right\n\nwhy")    # type: ignore[arg-type]
    put_in_use(made.folder, release, "why")
    return release.version


def present(made: Checkout) -> str | None:
    found = in_use(read_releases(made.folder))
    return found and found.version


def by_gto(made: Checkout) -> list[str]:
    return [one.version for one in gto.api.find_versions_in_stage(str(made.folder), ARTIFACT, STAGE) or []]


def fetched(made: Checkout, **which: str) -> str:
    """What `dvc artifacts get` brings from the remote, for somebody without the cache."""
    file = made.folder.parent / f"got-{time.monotonic_ns()}"
    Artifacts.get(str(made.folder), ARTIFACT, **which, out=str(file))
    return file.read_text()


def test_there_is_nothing_before_the_first_release(made: Checkout):
    write_run(made, 20)
    assert read_releases(made.folder) == []
    with pytest.raises(InputError, match="There is no release in use, so nothing to roll back"):
        to_roll_back_to([], None)


def test_release_rollback_and_fetch_go_by_tags_that_dvc_and_gto_understand(made: Checkout, tmp_path: Path):
    made.set_remote(tmp_path / "remote")
    assert [released(made, 20, "first"), released(made, 30, "better"), released(made, 30 - 1, "cheaper")] == [
        "v1.0.0", "v1.1.0", "v1.1.1"]
    made.push()
    for content in (made.folder / ".dvc/cache", made.folder / "artifacts"):
        content.rename(tmp_path / content.name)
    assert (present(made), by_gto(made)) == ("v1.1.1", ["v1.1.1"])
    assert fetched(made, stage=STAGE).startswith("29 right")
    put_in_use(made.folder, to_roll_back_to(read_releases(made.folder), None), "From v1.1.1 to v1.1.0: too slow")
    assert (present(made), by_gto(made)) == ("v1.1.0", ["v1.1.0"])
    assert fetched(made, stage=STAGE).startswith("30 right")
    assert fetched(made, version="v1.0.0").startswith("20 right")
    assert "too slow" in made.run("git", "tag", "-n3", "--list", "champion#prod#*")
    assert made.run("git", "tag", "--list", "champion@*").split() == [
        "champion@v1.0.0", "champion@v1.1.0", "champion@v1.1.1"]     # what was released stays


def test_a_second_rollback_goes_further_back_and_a_named_one_anywhere(made: Checkout):
    for right, kind in ((20, "first"), (30, "better"), (40, "better")):
        released(made, right, kind)
    for expected in ("v1.1.0", "v1.0.0"):
        put_in_use(made.folder, to_roll_back_to(read_releases(made.folder), None), "back")
        assert present(made) == expected
    with pytest.raises(InputError, match=r"v1\.0\.0 is in use and no lower version ever was. Name one: v1\.2\.0, v1"):
        to_roll_back_to(read_releases(made.folder), None)
    put_in_use(made.folder, to_roll_back_to(read_releases(made.folder), "1.2.0"), "forth")
    assert (present(made), by_gto(made)) == ("v1.2.0", ["v1.2.0"])


def test_a_version_that_was_rolled_back_from_is_known_to_have_been_in_use(made: Checkout):
    for right, kind in ((20, "first"), (30, "better")):
        released(made, right, kind)
    put_in_use(made.folder, to_roll_back_to(read_releases(made.folder), None), "back")
    assert [(release.version, len(release.assignments)) for release in read_releases(made.folder)] == [
        ("v1.1.0", 1), ("v1.0.0", 2)]


@pytest.mark.parametrize(("version", "message"), [
    ("v3.0.0", r"There is no release v3\.0\.0. Available: v1\.0\.0. Name one of these"),
    ("v1.0.0", r"v1\.0\.0 is in use already"),
])
def test_a_version_that_cannot_be_rolled_back_to_is_refused(made: Checkout, version: str, message: str):
    released(made, 20, "first")
    with pytest.raises(InputError, match=message):
        to_roll_back_to(read_releases(made.folder), version)


def test_a_promotion_that_was_killed_between_its_two_tags_is_finished_by_the_next(made: Checkout):
    commit = write_run(made, 20)
    registered = register(made.folder, commit, "first", "killed after this")
    assert present(made) is None
    assert register(made.folder, commit, "first", "the next run") == registered
    put_in_use(made.folder, registered, "the next run")
    assert present(made) == "v1.0.0"


def test_a_release_needs_no_name_of_a_person(made: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    commit = write_run(made, 20)
    for key in ("user.name", "user.email"):
        made.run("git", "config", "--unset", key)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    put_in_use(made.folder, register(made.folder, commit, "first", "by night"), "by night")
    assert "fer <fer@localhost>" in made.run("git", "for-each-ref", "--format=%(taggername) %(taggeremail)")



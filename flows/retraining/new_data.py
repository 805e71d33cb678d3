"""The source's present state in the scheduled clone: pinned, through the data stages, past the gates."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from prefect.logging import get_run_logger

from fer_pipeline.comparing.files import RevisionFiles
from fer_pipeline.drift.gates import Gate, gates, refusal
from fer_pipeline.drift.reading import read_facts
from fer_pipeline.errors import InputError
from fer_pipeline.params import PARAMS_FILE, AcquireParams
from fer_pipeline.promotion.releases import Release, in_use, read_releases
from flows.blocks import kaggle_secret
from flows.retraining.scheduled_clone import ScheduledClone
from flows.retraining.steps import step

FIRST_STAGE = "acquire"                     # the one that may need credentials
LAST_STAGES = ("validate", "census_page")   # all data stages are upstream of these
SOURCE = "data/raw/source"


@dataclass(frozen=True)
class NewData:
    """What became of the data.

    Attributes:
        before: The pin of the branch.
        now: The pin of what the source holds now.
        released: The release that it is compared with; None if there is none in use.
        as_released: Whether the release was made of the same content.
        gates: None broken.
    """

    before: AcquireParams
    now: AcquireParams
    released: Release | None
    as_released: bool
    gates: list[Gate]

    @property
    def changed(self) -> bool:
        return self.before != self.now

    def in_words(self) -> str:
        """What changed, in a sentence."""
        if not self.changed:
            return f"The source is as pinned: {_pin(self.now)}"
        return f"The source was {_pin(self.before)} and is {_pin(self.now)}"


def bring_data(clone: ScheduledClone) -> NewData:
    """Pin what the source holds now, bring the data stages up to date, and hold them against the release.

    Nothing is committed.

    Raises:
        InputError: The source cannot be asked, the data fail an expectation, or a drift gate is broken.
    """
    before, now = step("ask the source", partial(_take_source, clone))
    step("data stages", partial(_run_data_stages, clone))
    released = in_use(read_releases(clone.checkout))
    if released is None:
        return NewData(before, now, None, False, [])
    looked = step("drift gates", partial(_look, clone, released))
    return NewData(before, now, released, _as_released(clone, released), looked)


def _take_source(clone: ScheduledClone) -> tuple[AcquireParams, AcquireParams]:
    before = clone.params.acquire
    if (name := _name(before)) is not None:
        clone.run("fer_pipeline.cli", "source", name, say=_say(), added=_account(clone))
    now = clone.params.acquire
    if now == before:
        clone.git("checkout", "--", str(PARAMS_FILE))   # written anew, perhaps in another layout
    return before, now


def _name(acquire: AcquireParams) -> str | None:
    """What `fer source` is asked for; None for faces that are drawn here and never change."""
    from fer_pipeline.stages.acquire import local_source  # OpenCV, a second

    if acquire.source == "sample":
        return None
    return str(local_source()) if acquire.source == "path" else acquire.source


def _account(clone: ScheduledClone) -> dict[str, str]:
    return kaggle_secret.environment(FIRST_STAGE, clone.params.acquire.source)


def _run_data_stages(clone: ScheduledClone) -> None:
    clone.run("dvc", "--wait-for-lock", "repro", FIRST_STAGE, say=_say(),
              added=_account(clone))
    clone.run("dvc", "--wait-for-lock", "repro", *LAST_STAGES, say=_say())


def _look(clone: ScheduledClone, released: Release) -> list[Gate]:
    looked = gates(read_facts(RevisionFiles(clone.folder, released.tag)), read_facts(RevisionFiles(clone.folder)),
                   clone.params.drift)
    for gate in looked:
        get_run_logger().info(f"{'BROKEN' if gate.broken else 'held'}: {gate.name} {gate.value:.3g}")
    if broken := [gate for gate in looked if gate.broken]:
        raise InputError(f"{clone.folder}: {refusal(broken)}")
    return looked


def _as_released(clone: ScheduledClone, released: Release) -> bool:
    return RevisionFiles(clone.folder, released.tag).md5(SOURCE) == RevisionFiles(clone.folder).md5(SOURCE)


def keep_data(clone: ScheduledClone, data: NewData) -> tuple[str, str]:
    """Commit the data to the branch and push them.

    Returns:
        The commit, and what became of the push, for people.
    """
    pushed = step("push the data", lambda: clone.push_data("--with-deps", *LAST_STAGES, say=_say()))
    return step("commit the data", lambda: clone.commit(f"Data: {data.in_words()}")), pushed


def _pin(acquire: AcquireParams) -> str:
    parts = [acquire.source, f"version {acquire.version}" if acquire.version else "",
             f"sha256 {acquire.sha256[:12]}…" if acquire.sha256 else ""]
    return " ".join(part for part in parts if part)


def _say() -> Any:
    return get_run_logger().info

"""The flow `retrain`: new data, a challenger trained on them, and a release if it beats the champion.

    python -m flows.retrain
    prefect deployment run retrain/nightly
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prefect import State, flow
from prefect.logging import get_run_logger
from prefect.states import Completed

from fer_pipeline.comparing.files import RevisionFiles
from fer_pipeline.errors import InputError
from fer_pipeline.promotion import ask_again
from fer_pipeline.promotion.contenders import MODEL, Contender, compare, read_contender
from fer_pipeline.promotion.releases import Release, in_use, put_in_use, read_releases, register
from fer_pipeline.promotion.rule import FIRST, Decision, decide
from fer_pipeline.recipes import TestTime
from flows.publishing.results import with_interval
from flows.retraining.challenger import train_challenger
from flows.retraining.new_data import NewData, bring_data, keep_data
from flows.retraining.pages import data_page, decision_page, or_failure_page, show
from flows.retraining.scheduled_clone import ScheduledClone, scheduled_clone, uncommitted
from flows.retraining.steps import step
from flows.running.guarded import guarded
from flows.running.local_run import main

SKIPPED = "Skipped"
PROMOTED = "Promoted"
KEPT = "Kept"


@flow(name="retrain")
def retrain(force: bool = False, slots: int | None = None, revision: str | None = None) -> State[Any]:
    """Train on what the source holds now, in the scheduled clone, and promote by the rule of params.yaml.

    Args:
        force: Go on although the data are those of the release, as for other code or settings. DVC still decides what
            is stale: the same from the same would be the same bytes.
        slots: Stages to run at once; one a device if not given.
        revision: Commit, branch or tag whose code and settings run; this checkout's HEAD if not given.
    """
    def work() -> State[Any]:
        with scheduled_clone(revision) as clone:
            _say_what_is_left_out(clone)
            return _retrain(clone, slots, force=force)

    return guarded(partial(or_failure_page, work, "retrain", "Nothing was released"))


def _say_what_is_left_out(clone: ScheduledClone) -> None:
    if names := uncommitted(clone.checkout):
        get_run_logger().warning(f"Not part of this run, as no commit holds them: changes of {', '.join(names)}")


def _retrain(clone: ScheduledClone, slots: int | None, *, force: bool) -> State[Any]:
    data = bring_data(clone)
    if data.as_released and not force:
        show("retrain", data_page(data, clone))
        return Completed(name=SKIPPED, message=f"{data.in_words()}, as in {_version(data)}; `force` goes on anyway")
    keep_data(clone, data)
    step("train the challenger", partial(train_challenger, clone, slots))
    commit, challenger = _keep(clone)
    decision = step("compare with the champion", partial(_judge, clone, data.released, commit))
    if not decision.promoted:
        show("retrain", decision_page(decision, challenger, data, clone, commit, data.released))
        return Completed(name=KEPT, message=f"{_version(data)} stays in use. {decision.reason}")
    release = step("promote", partial(_promote, clone, data.released, commit, decision, challenger))
    show("retrain", decision_page(decision, challenger, data, clone, commit, release))
    return Completed(name=PROMOTED, message=f"{release.version} is in use: {challenger.name}. {decision.reason}")


def _version(data: NewData) -> str:
    return data.released.version if data.released else "No release"


def _keep(clone: ScheduledClone) -> tuple[str, Contender]:
    """Push and commit the challenger, so that its release can be fetched by anyone from the moment it is one."""
    challenger = read_contender(RevisionFiles(clone.folder))
    step("push the challenger", partial(clone.push_data, say=get_run_logger().info))
    message = f"Challenger: {challenger.name}, PublicTest {with_interval(challenger.figures)}"
    return step("commit the challenger", partial(clone.commit, message)), challenger


def _judge(clone: ScheduledClone, champion: Release | None, commit: str) -> Decision:
    if champion is None:
        return FIRST
    challenger = RevisionFiles(clone.folder, commit)
    if known := _released_before(clone, challenger):
        return Decision("none", f"The challenger is the very model of {known.version}, which was in use once; "
                                f"`fer rollback {known.version}` puts it back.")
    with TemporaryDirectory() as scratch:
        compared = compare(RevisionFiles(clone.folder, champion.tag), challenger, partial(_ask, clone), Path(scratch))
    return decide(compared, clone.params.promotion)


def _released_before(clone: ScheduledClone, challenger: RevisionFiles) -> Release | None:
    """What was in use once was judged: a rollback is not undone by the next night."""
    model = challenger.md5(MODEL)
    return next((release for release in read_releases(clone.checkout)
                 if release.assignments and RevisionFiles(clone.folder, release.tag).md5(MODEL) == model), None)


def _ask(clone: ScheduledClone, model: Path, faces: Path, former: Path, test_time: TestTime, said: Path) -> None:
    get_run_logger().info("PublicTest has other faces than at the release: the champion is asked about them")
    clone.run(ask_again.MODULE, str(model), str(faces), str(former), test_time.model_dump_json(), str(said),
              say=get_run_logger().info)


def _promote(
    clone: ScheduledClone, champion: Release | None, commit: str, decision: Decision, challenger: Contender
) -> Release:
    present = in_use(read_releases(clone.checkout))
    if (present and present.version) != (champion and champion.version):
        raise InputError(f"The challenger was compared with {champion.version if champion else 'no release'}, and "
                         f"{present.version if present else 'none'} is in use by now. Run again; nothing is trained "
                         "twice.")
    message = f"{challenger.name}, PublicTest {with_interval(challenger.figures)}\n\n{decision.reason}"
    release = register(clone.checkout, commit, decision.kind, message)
    put_in_use(clone.checkout, release, decision.reason)
    return release


if __name__ == "__main__":
    main(retrain)

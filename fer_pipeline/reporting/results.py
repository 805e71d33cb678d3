"""What the stages left of each architecture, and whether it may be shown as a result."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import pandas as pd

from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.labels import Usage

STAGE_OF = {Usage.PUBLIC_TEST: "evaluate", Usage.PRIVATE_TEST: "judge"}
SETS_OF = {     # sets of faces that each stage gives figures of, one folder of metrics files each
    Usage.PUBLIC_TEST: ("PublicTest",),
    Usage.PRIVATE_TEST: ("PrivateTest", "PrivateTest_without_copies", "PublicTest_and_PrivateTest"),
}
# The columns of published figures: key in the metric files, heading, what the usage is for.
JUDGED = (
    ("PublicTest", "PublicTest", "guides"),
    ("PrivateTest", "PrivateTest", "judges"),
    ("PrivateTest_without_copies", "PrivateTest without copies", "judges"),
    ("PublicTest_and_PrivateTest", "Public and Private merged", "compares"),
)
STARTS = {"imagenet": "from ImageNet weights", "none": "weights: none"}     # others are a file's name
ROUNDING = 1e-6     # metric files hold six digits


@dataclass(frozen=True)
class Score:
    """Accuracy as fraction in [0, 1] with its 95 % interval, macro F1, and the number of faces behind them."""

    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    faces: int


@dataclass(frozen=True)
class Evidence:
    """The files of one architecture as found; what is missing or cannot be read is None or left out.

    Attributes:
        model_sha256: Checksum of the model file that is there now.
        history: A row an epoch: loss, accuracy, public_test_loss, public_test_accuracy.
        metrics: By set of faces, the content of its metrics file.
        again: Content of the metrics file of Training, seen again without augmentation and dropout.
        predictions: By usage.
        student: It learnt from the ensemble, by stages of its own.
    """

    architecture: str
    model_sha256: str | None
    history: pd.DataFrame | None
    metrics: Mapping[str, Mapping[str, Any]]
    predictions: Mapping[Usage, Predictions]
    again: Mapping[str, Any] | None = None
    student: bool = False

    def stage(self, name: str) -> str:
        """The stage `name` of this network as DVC addresses it."""
        return f"{name}{'_student' * self.student}@{self.architecture}"


@dataclass(frozen=True)
class Outcome:
    """One architecture as the page shows it: figures, or why there are none.

    Attributes:
        metrics: By set of faces, Training among them, the whole content of its metrics file.
        flops: Of all views of one face.
    """

    architecture: str
    failure: str | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    made_of: str = ""
    parameters: int = 0
    flops: int = 0
    history: pd.DataFrame | None = None
    predictions: Mapping[Usage, Predictions] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """The champion, or why there is none.

    Attributes:
        limit: Above which size of its file no network could be it, in words that go on from "of 5 networks".
    """

    champion: Outcome | None
    reason: str | None = None
    limit: str = ""


def assess(evidence: Evidence) -> Outcome:
    """Accept figures only if they are of the model file that is there now."""
    if faults := list(_faults(evidence)):
        return Outcome(evidence.architecture, failure="; ".join(faults))
    scores = {name: score_of(content) for name, content in evidence.metrics.items()}
    facts = evidence.metrics[Usage.PUBLIC_TEST]
    return Outcome(
        evidence.architecture, scores=scores, made_of=made_of(facts), parameters=facts["parameters"],
        metrics={**evidence.metrics, **({Usage.TRAINING: evidence.again} if evidence.again else {})},
        flops=facts["flops"] * facts["views"],
        history=evidence.history, predictions=evidence.predictions)


def made_of(facts: Mapping[str, Any]) -> str:
    """In words what must be known to compare the figures of `facts` with others."""
    start = STARTS.get(facts["weights"], f"from {facts['weights']}")
    views = f", mean of {facts['views']} views" if facts["views"] > 1 else ""
    soft = f", FER+ soft labels at {facts['soft_label_share']:g}" if "soft_label_share" in facts else ""
    taught = f", distilled from the {facts['distilled_from']}" if "distilled_from" in facts else ""
    return f"{facts['architecture']}, {facts['recipe']}, {start}{soft}{taught}{views}"


def score_of(content: Mapping[str, Any]) -> Score:
    """The score that a metrics file holds."""
    return Score(**{field.name: content[field.name] for field in fields(Score)})


def _faults(evidence: Evidence) -> Iterator[str]:
    if evidence.model_sha256 is None:
        yield f"no model: {evidence.stage('train')} failed or has not run"
        return
    for usage, stage in STAGE_OF.items():
        predictions = evidence.predictions.get(usage)
        if predictions is None or not evidence.metrics.keys() >= set(SETS_OF[usage]):
            missing = "predictions" if predictions is None else "metrics"
            yield f"no readable {usage} {missing}: {evidence.stage(stage)} failed or has not run"
        elif predictions.model_sha256 != evidence.model_sha256:
            yield f"{usage} figures left are of an older model: {evidence.stage(stage)} failed or has not run"
        elif not agree(predictions, score_of(evidence.metrics[usage])):
            yield f"{usage} metrics and predictions differ: run {evidence.stage(stage)} again"


def agree(predictions: Predictions, score: Score) -> bool:
    """Whether a score is that of the predictions."""
    right = predictions.emotion_pred == predictions.emotion_true
    return len(right) == score.faces and abs(float(right.mean()) - score.accuracy) <= ROUNDING


def ranked(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Best PublicTest accuracy first, then fewer parameters, then by name; failed ones last, by name."""
    def place(outcome: Outcome) -> tuple[bool, float, int, str]:
        accuracy = 0.0 if outcome.failure else outcome.scores[Usage.PUBLIC_TEST].accuracy
        return bool(outcome.failure), -accuracy, outcome.parameters, outcome.architecture
    return sorted(outcomes, key=place)


def find_champion(outcomes: Iterable[Outcome], record: Mapping[str, Any] | None) -> Verdict:
    """The outcome that champion.json names, unless that file and the figures are not of one run.

    Args:
        outcomes: Of the architectures that params.yaml names.
        record: Content of champion.json; None if it is not there.
    """
    if record is None or record.get("architecture") is None:
        return Verdict(None, "select has chosen none: no architecture could be trained and evaluated")
    name = record["architecture"]
    outcome = next((one for one in outcomes if one.architecture == name), None)
    if outcome is None:
        return Verdict(None, f"champion.json names {name}, which params.yaml does not name")
    if outcome.failure:
        return Verdict(None, f"champion.json names {name}, which has no valid figures: {outcome.failure}")
    if abs(record["accuracy"] - outcome.scores[Usage.PUBLIC_TEST].accuracy) > ROUNDING:
        return Verdict(None, f"champion.json was written for other figures of {name}: run select again")
    limit = record.get("max_megabytes")
    return Verdict(outcome, limit="" if limit is None else f", of those of at most {limit:g} MB")

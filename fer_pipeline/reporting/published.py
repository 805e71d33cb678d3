"""What others print beside what we measure, on the same faces where we can."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from fer_pipeline.architectures import Card, Published
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.cards import cards
from fer_pipeline.reporting.published_figures import (
    ANCHORS,
    CARD_FIGURES,
    ONE,
    OWN_TRAINING_FOLDER,
    CardFigure,
    Grade,
)
from fer_pipeline.reporting.results import Outcome, Score, score_of

MINUS = "\u2212"


class Printed(NamedTuple):
    """An accuracy as its source prints it.

    Attributes:
        system: An architecture's name or what the source calls itself.
        accuracy: A fraction.
        faces: A set that we report too, by its name in our metrics, or in words.
        estimate: Its source prints none; this is what its nearest relatives print.
    """

    system: str
    accuracy: float
    faces: str
    grade: Grade
    kind: str
    starts_from: str
    source: str
    remark: str
    estimate: bool = False

    @property
    def percent(self) -> str:
        """With the digits of the source: 0.7116 is `71.16`."""
        return f"{100 * self.accuracy:.3f}".rstrip("0").rstrip(".")


class Ours(NamedTuple):
    """What one entry of params.yaml measured.

    Attributes:
        words: Its recipe and start, such as `as published, weights: none`.
        faces: The set it was measured on.
        same_faces: Whether that is the set of the printed figure.
        points: Ours less the printed figure, in percentage points.
        inside: Whether the printed figure lies in our 95 % interval; None where it is an estimate.
    """

    entry: str
    words: str
    faces: str
    same_faces: bool
    score: Score
    points: float
    inside: bool | None

    @property
    def difference(self) -> str:
        """`points` with its sign and one decimal."""
        return f"{self.points:+.1f}".replace("-", MINUS)


class Row(NamedTuple):
    """A printed figure and our entries of the same architecture, or why there are none."""

    printed: Printed
    ours: tuple[Ours, ...]
    reason: str


class Comparison(NamedTuple):
    """The section.

    Attributes:
        refusal: Why nothing here may be compared; "" if it may.
        rows: The architectures of this project, those that we trained first, invalid figures last, then the highest.
        anchors: Other published systems, in the same order.
    """

    refusal: str
    rows: list[Row]
    anchors: list[Printed]


def compare(outcomes: Sequence[Outcome], recipes: Mapping[str, Mapping[str, Any]], profile: str,
            provenance: Mapping[str, Any]) -> Comparison:
    """Put our figures beside the printed ones.

    Args:
        outcomes: Of the entries of params.yaml.
        recipes: By entry, as in params.yaml.
        profile: Name of the profile.
        provenance: Content of provenance.json.
    """
    refused = refusal(profile, provenance)
    known = cards()
    rows = [_row(figure, known[figure.architecture], [] if refused else outcomes, recipes) for figure in CARD_FIGURES]
    if refused:
        rows = [row._replace(reason="") for row in rows]
    return Comparison(refused, sorted(rows, key=lambda row: _place(row.printed, compared=bool(row.ours))),
                      sorted((Printed(**anchor._asdict()) for anchor in ANCHORS), key=_place))


def printed_of(recipe: Mapping[str, Any]) -> Printed | None:
    """What the source of an entry that is as published prints for it; None: nothing.

    Args:
        recipe: As in params.yaml.
    """
    known = cards()
    return next((_printed(figure, known[figure.architecture]) for figure in CARD_FIGURES if _is_of(recipe, figure)),
                None)


def _place(printed: Printed, *, compared: bool = True) -> tuple[bool, bool, float]:
    """What we can compare first, and what is invalid last; then by the figure."""
    return not compared, printed.grade == "C", -printed.accuracy


def refusal(profile: str, provenance: Mapping[str, Any]) -> str:
    """Why figures of this run compare with nothing published; "" if they do."""
    if profile == "sample" or provenance["source"] == "sample" or provenance["synthetic"]:
        return "The faces of this run are drawn, not photographed."
    if provenance["split"] != "official":
        return ("PublicTest and PrivateTest of this run are not those of FER-2013: "
                f"the source is split by {'its folders' if provenance['split'] == 'folders' else 'this pipeline'}.")
    return ""


def _row(figure: CardFigure, card: Card, outcomes: Iterable[Outcome], recipes: Mapping[str, Mapping[str, Any]]) -> Row:
    printed = _printed(figure, card)
    chosen = [one for one in outcomes if _is_of(recipes[one.architecture], figure)]
    ours = tuple(_ours(one, recipes[one.architecture], printed) for one in chosen if not one.failure)
    return Row(printed, ours, "" if ours else _why_none(chosen))


def _printed(figure: CardFigure, card: Card) -> Printed:
    if card.published is None:
        raise ValueError(f"The CARD of {figure.architecture} holds no published figure. Take it out of CARD_FIGURES.")
    accuracy = _in_words(card.published, figure.words) if figure.words else card.published.accuracy
    return Printed(figure.architecture, accuracy, figure.faces, figure.grade, ONE,
                   "ImageNet" if card.pretrained else "", card.source, card.published.measured_on,
                   estimate=card.published.estimate and not figure.words)


def _in_words(published: Published, words: str) -> float:
    found = re.search(rf"\b{words} (\d+\.\d+) %", published.measured_on)
    if found is None:
        raise ValueError(f"No figure follows {words!r} in {published.measured_on!r}. Correct CARD_FIGURES.")
    return round(float(found[1]) / 100, 6)


def _is_of(recipe: Mapping[str, Any], figure: CardFigure) -> bool:
    """Whether an entry is compared with a figure: as published with its own, any other with the CARD's first."""
    if recipe["architecture"] != figure.architecture:
        return False
    if recipe["recipe"] != "as_published":
        return not figure.words or figure.augmented is None
    return figure.augmented in (None, any((recipe.get("augmentation") or {}).values()))


def _why_none(chosen: Sequence[Outcome]) -> str:
    return "; ".join(f"{one.architecture} failed" for one in chosen) or "not trained in this run"


def _faces_of_ours(printed: str, outcome: Outcome) -> str:
    """The set that the printed figure is of, where we report it: also Training, where its source took it for a test."""
    if printed == OWN_TRAINING_FOLDER and Usage.TRAINING in outcome.metrics:
        return str(Usage.TRAINING)
    return printed if printed in outcome.scores else str(Usage.PRIVATE_TEST)


def _ours(outcome: Outcome, recipe: Mapping[str, Any], printed: Printed) -> Ours:
    faces = _faces_of_ours(printed.faces, outcome)
    score = score_of(outcome.metrics[faces]) if faces == Usage.TRAINING else outcome.scores[faces]
    rest = outcome.made_of.removeprefix(f"{recipe['architecture']}, {recipe['recipe']}")
    words = recipe["recipe"].replace("_", " ") + rest
    inside = None if printed.estimate else score.accuracy_low <= printed.accuracy <= score.accuracy_high
    return Ours(outcome.architecture, words, faces, faces in (printed.faces, Usage.TRAINING), score,
                100 * (score.accuracy - printed.accuracy), inside)


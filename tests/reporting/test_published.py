"""What others print beside what we measure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fer_pipeline import architectures
from fer_pipeline.reporting.cards import cards
from fer_pipeline.reporting.page import environment
from fer_pipeline.reporting.published import MINUS, Comparison, Ours, Row, compare, refusal
from fer_pipeline.reporting.published_figures import ANCHORS, CARD_FIGURES, GRADES
from fer_pipeline.reporting.results import SETS_OF, Outcome, Score
from tests.reporting.finished_run import provenance

REAL = provenance(synthetic=False)
PLAIN, AUGMENTED = {"horizontal_flip": False, "zoom": 0.0}, {"horizontal_flip": True, "zoom": 0.0}


def outcome(entry: str, architecture: str, recipe: str = "as_published", **accuracy: float) -> Outcome:
    """Figures on every set of faces, 0.5 with an interval of 2 points each way where none is given."""
    given = {faces: accuracy.get(faces, 0.5) for sets in SETS_OF.values() for faces in sets}
    scores = {faces: Score(value, value - 0.02, value + 0.02, 0.4, 3589) for faces, value in given.items()}
    return Outcome(entry, scores=scores, made_of=f"{architecture}, {recipe}, from run_1.keras")


def entry(architecture: str, recipe: str = "as_published", augmentation: Mapping[str, Any] = PLAIN) -> dict[str, Any]:
    return {"architecture": architecture, "recipe": recipe, "augmentation": augmentation}


def row_of(comparison: Comparison, architecture: str, percent: str | None = None) -> Row:
    return next(row for row in comparison.rows if row.printed.system == architecture
                and percent in (None, row.printed.percent))


def only(row: Row) -> Ours:
    (ours,) = row.ours
    return ours


def test_ours_stands_on_the_faces_of_the_printed_figure() -> None:
    made = outcome("mini", "mini_xception", PublicTest=0.61, PrivateTest=0.63, PublicTest_and_PrivateTest=0.645)
    row = row_of(compare([made], {"mini": entry("mini_xception")}, "fer2013", REAL), "mini_xception")
    ours = only(row)
    assert (row.printed.percent, row.printed.grade, row.printed.faces) == ("66", "B", "PublicTest_and_PrivateTest")
    assert (ours.score.accuracy, ours.faces, ours.same_faces) == (0.645, "PublicTest_and_PrivateTest", True)
    assert ours.points == pytest.approx(-1.5)
    assert (ours.difference, ours.inside) == (f"{MINUS}1.5", True)
    assert ours.words == "as published, from run_1.keras"


@pytest.mark.parametrize(("architecture", "faces"), [("vgg_48", "PublicTest"), ("resnet18_48", "PrivateTest")])
def test_each_usage_is_compared_with_its_own(architecture: str, faces: str) -> None:
    made = outcome("one", architecture, **{faces: 0.75})
    assert only(row_of(compare([made], {"one": entry(architecture)}, "fer2013", REAL), architecture)).faces == faces


def test_a_figure_of_faces_that_we_do_not_report_stands_beside_private_test_and_says_so() -> None:
    made = outcome("lenet5", "lenet5", PublicTest=0.6, PrivateTest=0.4842)
    comparison = compare([made], {"lenet5": entry("lenet5")}, "fer2013", REAL)
    ours = only(row_of(comparison, "lenet5"))
    assert (ours.faces, ours.same_faces, ours.difference, ours.inside) == ("PrivateTest", False, "+1.4", True)
    assert "as published, from run_1.keras, on PrivateTest" in section(comparison)


def test_the_ends_of_our_interval_are_inside_it_and_what_is_beyond_is_not() -> None:
    made = outcome("one", "resnet18_48", PrivateTest=0.5)
    for high, inside in ((0.7370, True), (0.7369, False)):
        scores = dict(made.scores) | {"PrivateTest": replace(made.scores["PrivateTest"], accuracy_high=high)}
        comparison = compare([replace(made, scores=scores)], {"one": entry("resnet18_48")}, "fer2013", REAL)
        assert only(row_of(comparison, "resnet18_48")).inside is inside


@pytest.mark.parametrize(("architecture", "percent"), [("basic_cnn_readme", "67.42"), ("basic_cnn_notebook", "76.05")])
def test_figures_of_a_training_folder_are_contested_and_printed_as_the_card_quotes_them(
        architecture: str, percent: str) -> None:
    printed = row_of(compare([], {}, "fer2013", REAL), architecture).printed
    assert (printed.percent, printed.faces, printed.grade, printed.estimate) == (
        percent, "its own training folder", "C", False)


def test_an_estimate_is_called_so_and_lies_neither_inside_nor_outside() -> None:
    comparison = compare([outcome("four", "four_conv_cnn")], {"four": entry("four_conv_cnn")}, "fer2013", REAL)
    row = row_of(comparison, "four_conv_cnn")
    assert row.printed.estimate
    assert only(row).inside is None
    assert '<b>≈ 57</b><span class="interval">estimate, grade ?</span>' in section(comparison)


def test_entries_as_published_meet_the_figure_with_or_without_augmentation() -> None:
    recipes = {"plain": entry("six_conv_cnn"), "varied": entry("six_conv_cnn", augmentation=AUGMENTED),
               "ours": entry("six_conv_cnn", "ours")}
    made = [outcome(name, "six_conv_cnn", recipes[name]["recipe"]) for name in recipes]
    comparison = compare(made, recipes, "fer2013", REAL)
    assert [one.entry for one in row_of(comparison, "six_conv_cnn", "55.52").ours] == ["plain"]
    assert [one.entry for one in row_of(comparison, "six_conv_cnn", "59.28").ours] == ["varied", "ours"]


def test_a_failed_entry_and_one_that_is_not_there_have_their_reasons() -> None:
    comparison = compare([Outcome("mine", failure="no model")], {"mine": entry("vgg_48")}, "fer2013", REAL)
    assert row_of(comparison, "vgg_48").reason == "mine failed"
    assert row_of(comparison, "lenet5").reason == "not trained in this run"


@pytest.mark.parametrize(("profile", "source", "words"), [
    ("sample", REAL, "are drawn"),
    ("fer2013", provenance(synthetic=True), "are drawn"),
    ("fer2013", REAL | {"source": "sample"}, "are drawn"),
    ("fer2013", REAL | {"split": "own split"}, "split by this pipeline"),
    ("fer2013", REAL | {"split": "folders"}, "split by its folders"),
])
def test_figures_of_other_faces_are_never_compared(profile: str, source: dict[str, Any], words: str) -> None:
    comparison = compare([outcome("mini", "mini_xception")], {"mini": entry("mini_xception")}, profile, source)
    assert words in comparison.refusal
    assert not any(row.ours for row in comparison.rows)
    page = section(comparison, champion=outcome("mini", "mini_xception"))
    assert words in page
    assert "Our champion" not in page
    assert "50.0" not in page


def test_the_official_split_of_real_faces_is_compared() -> None:
    assert refusal("fer2013", REAL) == ""


def test_every_figure_of_a_card_appears() -> None:
    published = {name for name, card in cards().items() if card.published}
    assert {row.printed.system for row in compare([], {}, "fer2013", REAL).rows} == published


def test_cards_read_as_text_are_those_that_the_modules_hold() -> None:
    assert cards() == {name: architectures.card(name) for name in architectures.names()}


def test_no_figure_is_typed_twice() -> None:
    repositories = {card.source.split(",")[0].split(";")[0] for card in cards().values() if "/" in card.source}
    assert not [one.system for one in ANCHORS if any(one.source.startswith(name) for name in repositories)]
    assert len({one.system for one in ANCHORS}) == len(ANCHORS)
    assert len(set(CARD_FIGURES)) == len(CARD_FIGURES)


def test_anchors_stand_highest_first_and_invalid_ones_last_with_known_figures() -> None:
    anchors = compare([], {}, "fer2013", REAL).anchors
    percents = {one.system: (one.percent, one.grade) for one in anchors}
    invalid = [one.grade == "C" for one in anchors]
    assert invalid == sorted(invalid)
    for grades in (True, False):
        own = [one.accuracy for one in anchors if (one.grade == "C") is grades]
        assert own == sorted(own, reverse=True)
    assert percents["Tang 2013"] == ("71.16", "A")
    assert percents["ResMaskingNet + 6"] == ("76.82", "A?")
    assert percents["WuJie1010 VGG19"] == ("73.112", "B")
    assert percents["ResEmoteNet"] == ("79.79", "C")


def test_the_legend_explains_every_grade_in_use() -> None:
    used = {one.grade for one in (*CARD_FIGURES, *ANCHORS)}
    assert {letter for grade in used for letter in grade} == set(GRADES)


def test_the_section_shows_each_figure_with_its_source_and_the_champion() -> None:
    comparison = compare([outcome("a&b", "vgg_48")], {"a&b": entry("vgg_48")}, "fer2013", REAL)
    page = section(comparison, champion=outcome("a&b", "vgg_48"))
    for printed in (*comparison.anchors, *(row.printed for row in comparison.rows)):
        assert f"{printed.percent}</b>" in page
        assert printed.source.replace("'", "&#39;") in page
    assert "Our champion <b>a&amp;b</b> has <b>50.0</b> (48.0–52.0) on PrivateTest" in page
    assert not re.search(r"https?://", page)


def section(comparison: Comparison, champion: Outcome | None = None) -> str:
    macros: Any = environment().get_template("published.html.j2").module
    return str(macros.section(comparison, champion, GRADES))


def test_a_figure_of_a_training_folder_meets_ours_of_training_where_that_is_known() -> None:
    again = {"accuracy": 0.9134, "accuracy_low": 0.91, "accuracy_high": 0.917, "macro_f1": 0.9, "faces": 28_709}
    made = replace(outcome("basic", "basic_cnn_readme"), metrics={"Training": again})
    ours = only(row_of(compare([made], {"basic": entry("basic_cnn_readme")}, "fer2013", REAL), "basic_cnn_readme"))
    assert (ours.faces, ours.same_faces, ours.score.faces, ours.inside) == ("Training", True, 28_709, False)
    assert ours.difference == "+23.9"

"""The pure functions behind the page."""

import numpy as np
import pytest

from fer_pipeline.reporting import numbers
from fer_pipeline.reporting.face_sheets import COLUMNS, judged_sheet, sample_sheet
from fer_pipeline.reporting.figures import Priced, pareto_front, plot_latency
from fer_pipeline.reporting.per_emotion import confusion, macro_recall, rates
from fer_pipeline.reporting.results import Outcome, Predictions, Score, made_of, ranked


def predictions(true: list[int], pred: list[int], confidence: list[float]) -> Predictions:
    probabilities = np.zeros((len(true), 7), np.float32)
    probabilities[np.arange(len(true)), pred] = confidence
    return Predictions(np.arange(len(true)), np.array(true), probabilities, "sha")


def outcome(name: str, accuracy: float, flops: int = 1, parameters: int = 1) -> Outcome:
    return Outcome(name, scores={"PublicTest": Score(accuracy, 0, 1, 0.5, 10)}, flops=flops, parameters=parameters)


@pytest.mark.parametrize(("number", "text"), [
    (999, "999"), (1000, "1.00 k"), (12_345_678, "12.3 M"), (171e6, "171 M"), (1.5e9, "1.50 G"), (None, "–")])
def test_magnitudes_have_three_digits(number: float | None, text: str) -> None:
    assert numbers.magnitude(number) == text.replace(" ", numbers.NO_BREAK_SPACE)


@pytest.mark.parametrize(("seconds", "text"), [
    (0.04, "0.0 s"), (59.94, "59.9 s"), (59.96, "1 min 00 s"), (3599.6, "1 h 00 min"), (7500, "2 h 05 min"),
    (None, "–")])
def test_durations_read_as_said(seconds: float | None, text: str) -> None:
    assert numbers.duration(seconds).replace(numbers.NO_BREAK_SPACE, " ") == text


@pytest.mark.parametrize(("fraction", "text"), [(0.0134, "+1.3"), (-0.0134, "−1.3"), (-0.0003, "0.0"), (0.0004, "0.0")])
def test_differences_have_a_sign_unless_they_are_none(fraction: float, text: str) -> None:
    assert numbers.points(fraction) == text


@pytest.mark.parametrize(("p", "text"), [(0.0004, "< 0.001"), (0.0006, "0.001"), (0.05, "0.050"), (1, "1.000")])
def test_a_p_value_is_never_nothing(p: float, text: str) -> None:
    assert numbers.p_value(p) == text


def test_confusion_has_seven_rows_even_without_faces_of_an_emotion() -> None:
    cells = confusion(predictions([0, 0, 3], [0, 2, 3], [1, 1, 1]))
    assert [len(row) for row in cells] == [7] * 7
    assert (cells[0][0].share, cells[0][2].share, cells[6][6].share) == (0.5, 0.5, 0.0)


def test_rates_without_anything_to_divide_by_are_missing() -> None:
    angry, disgust, *_ = rates(predictions([0, 0], [0, 2], [1, 1]))
    assert (angry.recall, angry.precision, angry.faces) == (0.5, 1.0, 2)
    assert (disgust.recall, disgust.precision, disgust.f1) == (None, None, 0.0)


def test_macro_recall_is_the_mean_over_emotions_that_have_faces() -> None:
    assert macro_recall(rates(predictions([0, 0, 0, 1], [0, 0, 0, 0], [1] * 4))) == 0.5
    assert macro_recall(rates(predictions([0, 0, 1, 3], [0, 2, 1, 1], [1] * 4))) == 0.5


def test_judged_sheet_shows_the_surest_first_and_copies_once() -> None:
    faces = np.arange(4, dtype=np.uint8)[:, None, None] * np.ones((1, 48, 48), np.uint8)
    faces[3] = faces[1]
    sheet = judged_sheet(faces, predictions([0, 0, 0, 0], [0, 0, 2, 0], [0.5, 0.9, 0.8, 0.7]))
    assert [(tile.emotion_pred, round(tile.confidence or 0, 1)) for tile in sheet.tiles] == [
        ("angry", 0.9), ("angry", 0.5), ("fear", 0.8)]


def test_sample_sheet_places_tiles_row_by_row() -> None:
    emotion = np.repeat(np.arange(7), 20)
    sheet = sample_sheet(np.zeros((140, 48, 48), np.uint8), emotion)
    assert len(sheet.tiles) == 7 * COLUMNS
    assert [(tile.x, tile.y) for tile in sheet.tiles[6:10]] == [(6, 0), (7, 0), (0, 1), (1, 1)]
    assert sheet.data_uri.startswith("data:image/png;base64,")


@pytest.mark.parametrize(("facts", "words"), [
    ({"weights": "none", "views": 1}, "lenet5, ours, weights: none"),
    ({"weights": "none", "views": 2}, "lenet5, ours, weights: none, mean of 2 views"),
    ({"weights": "imagenet", "views": 1}, "lenet5, ours, from ImageNet weights"),
    ({"weights": "none", "views": 1, "soft_label_share": 0.5}, "lenet5, ours, weights: none, FER+ soft labels at 0.5"),
])
def test_what_a_network_is_made_of_is_said_in_words(facts: dict, words: str) -> None:
    assert made_of({"architecture": "lenet5", "recipe": "ours", **facts}) == words


def test_ranking_breaks_ties_by_size_and_puts_failures_last() -> None:
    failed, large, small, best = (Outcome("x", failure="no model"), outcome("b", 0.5, parameters=9), outcome("a", 0.5),
                                  outcome("c", 0.6))
    order = ranked([failed, large, small, best])
    assert [one.architecture for one in order] == ["c", "a", "b", "x"]


def test_pareto_front_keeps_what_nobody_beats_at_its_cost() -> None:
    priced = [Priced(name, cost, accuracy, 0, 1) for name, cost, accuracy in (
        ("cheap", 1, 0.4), ("worse", 2, 0.3), ("best", 3, 0.6), ("costly", 4, 0.6))]
    front = pareto_front(priced)
    assert [one.architecture for one in front] == ["cheap", "best"]


def test_the_axis_of_latency_fits_microseconds_and_seconds() -> None:
    for costs in ((0.33, 0.57), (0.5, 900.0)):
        axes = plot_latency([Priced(f"n{cost}", cost, 0.5, 0.4, 0.6) for cost in costs]).axes[0]
        low, high = axes.get_xlim()
        shown = [text.get_text() for text in axes.get_xticklabels()
                 if text.get_text() and low <= text.get_position()[0] <= high]
        assert low < min(costs) < max(costs) < high
        assert len(set(shown)) == len(shown) >= 2

import pytest

from fer_pipeline.reporting.conclusions import conclusions, differences
from fer_pipeline.reporting.results import Outcome, Score
from fer_pipeline.reporting.vote import Vote

SCORE = Score(accuracy=0.6, accuracy_low=0.55, accuracy_high=0.65, macro_f1=0.5, faces=400)
STRICT = Score(accuracy=0.5, accuracy_low=0.45, accuracy_high=0.55, macro_f1=0.5, faces=380)
CHAMPION = Outcome("a", scores={"PrivateTest": SCORE, "PrivateTest_without_copies": STRICT}, flops=100)
NETWORKS = [CHAMPION, Outcome("b", flops=20), Outcome("c", flops=20), Outcome("d", flops=90), Outcome("e", flops=60)]
VOTE = Vote({"members": [{"architecture": "a"}, {"architecture": "b"}]}, scores={"PrivateTest": SCORE}, flops=350)


def pair(one: str, other: str, difference: float, *, real: bool) -> dict:
    return {"one": one, "other": other, "difference": difference, "low": difference - 0.01, "high": difference + 0.02,
            "only_one": 30, "only_other": 10, "p": 0.01, "corrected_p": 0.02 if real else 0.3, "real": real}


def said(*pairs: dict, vote: Vote = VOTE) -> list[str]:
    return list(conclusions(CHAMPION, vote, {"pairs": list(pairs)}, NETWORKS))


def test_a_difference_turns_round_with_its_interval_and_counts():
    (found,) = differences({"pairs": [pair("b", "a", 0.05, real=True)]}, "a")
    assert found == ("a", "b", -0.05, pytest.approx(-0.07), pytest.approx(-0.04), 10, 30, 0.02, True)


def test_the_first_sentence_is_the_honest_figure():
    assert said()[0] == ("a is right on 50.0 % [45.0, 55.0] of 380 faces that it never met; on all of PrivateTest, "
                         "which others report, on 60.0 % [55.0, 65.0] of 400 faces, 20 of them copies.")


@pytest.mark.parametrize(("difference", "real", "expected"), [
    (0.03, True, "The ensemble is better by +3.0 points [+2.0, +5.0]: use it where 3.5 times the computation does not"),
    (0.03, False, "these faces do not tell whether it is better, so a will do"),
    (-0.03, True, "The ensemble is worse by −3.0 points [−4.0, −1.0], although PublicTest chose it: use a."),
])
def test_the_ensemble_is_advised_only_where_it_is_certainly_better(difference, real, expected):
    assert any(expected in sentence for sentence in said(pair("ensemble", "a", difference, real=real)))


def test_an_ensemble_of_one_is_called_that():
    alone = Vote({"members": [{"architecture": "a"}]}, scores={"PrivateTest": SCORE}, flops=100)
    assert "The ensemble is a alone" in said(pair("ensemble", "a", 0.0, real=False), vote=alone)[1]


def test_networks_are_sorted_by_what_is_certain_of_them():
    sentences = said(pair("a", "b", 0.01, real=False), pair("a", "c", 0.2, real=True), pair("d", "a", 0.1, real=True),
                     pair("e", "a", 0.0, real=False))
    assert sentences[1:4] == [
        "Better than a on PrivateTest, although PublicTest chose it: d.",
        "Not to be told apart from a on these faces: e, b (at 1/5.0 of the computation); their order is no finding.",
        "Worse on these faces: c."]
    assert "another seed may move any of these figures" in sentences[4]

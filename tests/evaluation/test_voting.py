import numpy as np
import pytest
from sklearn.metrics import log_loss as scikit_log_loss

from fer_pipeline.evaluation.probabilities import FLOOR
from fer_pipeline.evaluation.voting import Quality, best_few, greedy_vote, log_loss, mean_vote, quality, vote


def sure(emotions: list[int], confidence: float) -> np.ndarray:
    """Says each of `emotions` with that probability, the other six evenly."""
    said = np.full((len(emotions), 7), (1 - confidence) / 6, np.float32)
    said[np.arange(len(emotions)), emotions] = confidence
    return said


def drawn(names: str, faces: int = 60) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Random members, each with a lean of its own to the truth, and the true emotions."""
    random = np.random.default_rng(4)
    true = random.integers(0, 7, faces)
    said = {name: random.dirichlet(np.ones(7), faces) + (place + 1) * 0.05 * np.eye(7)[true]
            for place, name in enumerate(names)}
    return {name: (p / p.sum(axis=1, keepdims=True)).astype(np.float32) for name, p in said.items()}, true


TRUE = np.array([0, 1, 2])
COMPLEMENTARY = {   # each is wrong, without much conviction, about another face
    "a": np.concatenate([sure([3], 0.4), sure([1, 2], 0.9)]),
    "b": np.concatenate([sure([0], 0.9), sure([3], 0.4), sure([2], 0.9)]),
    "c": np.concatenate([sure([0, 1], 0.9), sure([3], 0.4)]),
}


def test_a_vote_is_the_weighted_mean_counted_by_hand():
    said = vote({"a": np.array([[1.0, 0.0]]), "b": np.array([[0.0, 1.0]])}, {"a": 3, "b": 1})
    assert said.tolist() == [[0.75, 0.25]]
    assert said.dtype == np.float32


def test_the_order_of_votes_and_members_changes_no_bit():
    said, _ = drawn("abcdefg")
    backwards = dict(reversed(said.items()))
    votes = {"a": 3, "c": 1, "d": 7, "g": 2}
    assert vote(said, votes).tobytes() == vote(backwards, dict(reversed(votes.items()))).tobytes()


def test_a_member_without_votes_says_nothing():
    said, _ = drawn("abc")
    assert np.array_equal(vote(said, {"b": 1}), said["b"])


def test_rows_of_a_vote_sum_to_one():
    said, _ = drawn("abc")
    np.testing.assert_allclose(vote(said, {"a": 5, "c": 2}).sum(axis=1), 1, rtol=1e-6)


def test_the_mean_beats_each_member_where_they_err_apart():
    assert [quality(said, TRUE).correct for said in COMPLEMENTARY.values()] == [2, 2, 2]
    assert mean_vote(COMPLEMENTARY) == {"a": 1, "b": 1, "c": 1}
    assert quality(vote(COMPLEMENTARY, mean_vote(COMPLEMENTARY)), TRUE).correct == 3


def test_log_loss_is_that_of_scikit_learn():
    said, true = drawn("a")
    exact = said["a"].astype(float) / said["a"].sum(axis=1, keepdims=True, dtype=float)
    assert log_loss(exact, true) == pytest.approx(scikit_log_loss(true, exact, labels=range(7)))


def test_log_loss_of_an_emotion_ruled_out_is_finite():
    assert log_loss(np.eye(7)[[3]], np.array([2])) == pytest.approx(-np.log(FLOOR))
    assert log_loss(np.eye(7)[[3]], np.array([3])) == 0


def test_more_faces_right_are_better_whatever_the_log_loss():
    assert Quality(5, -9.0) > Quality(4, -0.1)
    assert Quality(5, -0.1) > Quality(5, -0.2)


def test_the_best_few_leave_out_who_makes_them_worse_and_name_nobody_twice():
    said = COMPLEMENTARY | {name: sure([4, 5, 6], 0.99) for name in ("liar", "other_liar")}
    assert best_few(said, TRUE) == {"a": 1, "b": 1, "c": 1}
    assert best_few(dict(reversed(said.items())), TRUE) == best_few(said, TRUE)


def test_the_best_few_may_be_one_or_all():
    assert best_few({"good": sure([0, 1, 2], 0.5), "liar": sure([1, 2, 3], 0.99)}, np.arange(3)) == {"good": 1}
    assert best_few(COMPLEMENTARY, TRUE) == dict.fromkeys(COMPLEMENTARY, 1)


def test_greedy_leaves_members_out_that_are_sure_and_wrong():
    said = COMPLEMENTARY | {name: sure([4, 5, 6], 0.99) for name in ("liar", "other_liar")}
    votes, path = greedy_vote(said, TRUE, max_votes=20, patience=5)
    assert votes.keys() == {"a", "b", "c"}
    assert quality(vote(said, votes), TRUE).correct == 3
    assert quality(vote(said, mean_vote(said)), TRUE).correct < 3
    assert path[0].added[0] == "a"


def test_greedy_votes_for_a_member_again_where_one_vote_is_too_few():
    said = {"strong": np.concatenate([sure([0, 1, 2, 3], 0.55), sure([6], 0.3)]),
            "weak": np.concatenate([sure([4, 4, 4], 0.95), sure([3, 4], 0.95)])}
    votes, _ = greedy_vote(said, np.arange(5), max_votes=20, patience=5)
    assert votes["strong"] > votes["weak"] > 0
    assert quality(vote(said, votes), np.arange(5)).correct == 5
    assert quality(vote(said, mean_vote(said)), np.arange(5)).correct < 5
    assert greedy_vote(said, np.arange(5), max_votes=20, patience=1)[0] == {"strong": 1}


def test_greedy_is_never_behind_its_best_member_or_the_mean_on_the_faces_that_chose():
    said, true = drawn("abcdefgh")
    votes, _ = greedy_vote(said, true, max_votes=30, patience=5)
    found = quality(vote(said, votes), true)
    assert all(found >= quality(one, true) for one in said.values())
    assert found >= quality(vote(said, mean_vote(said)), true)


def test_the_best_step_of_the_path_is_the_vote_and_none_after_it_is_better():
    said, true = drawn("abcdefgh")
    votes, path = greedy_vote(said, true, max_votes=30, patience=4)
    best = max(step.quality for step in path)
    assert quality(vote(said, votes), true) == best
    place = [step.quality for step in path].index(best)
    assert path[place].votes == votes
    assert len(path) == place + 1 + 4 or sum(path[-1].votes.values()) == 30


def test_the_order_of_the_candidates_changes_nothing():
    said, true = drawn("abcdefgh")
    backwards = dict(reversed(said.items()))
    assert greedy_vote(said, true, 30, 5) == greedy_vote(backwards, true, 30, 5)
    assert list(mean_vote(said)) == list(mean_vote(backwards))


def test_equal_accuracy_goes_to_the_smaller_log_loss():
    said = {"a": sure([0, 1], 0.5), "b": sure([0, 1], 0.8)}
    assert greedy_vote(said, np.array([0, 1]), max_votes=5, patience=2)[0] == {"b": 1}


def test_equal_members_go_to_the_first_name_and_a_copy_gains_nothing():
    said = {"z": sure([0, 2], 0.6), "m": sure([0, 2], 0.6)}
    assert greedy_vote(said, np.array([0, 1]), max_votes=5, patience=2)[0] == {"m": 1}


def test_one_member_has_the_only_vote():
    votes, path = greedy_vote({"a": sure([0, 2], 0.6)}, np.array([0, 1]), max_votes=9, patience=2)
    assert votes == {"a": 1}
    assert [sum(step.votes.values()) for step in path] == [1, 2, 3]


@pytest.mark.parametrize("max_votes", [1, 2])
def test_no_more_votes_are_given_than_allowed(max_votes):
    votes, path = greedy_vote(COMPLEMENTARY, TRUE, max_votes, patience=9)
    assert sum(votes.values()) <= max_votes
    assert sum(path[-1].votes.values()) == max_votes

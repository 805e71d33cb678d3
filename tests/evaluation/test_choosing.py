import numpy as np
import pytest

from fer_pipeline.evaluation.choosing import consider, folds, held_out
from fer_pipeline.evaluation.voting import mean_vote, quality, vote
from fer_pipeline.params import EnsembleParams
from tests.evaluation.test_voting import drawn, sure


def rule(method: str = "best_of", folds: int = 5) -> EnsembleParams:
    return EnsembleParams(method=method, max_votes=20, patience=3, folds=folds, seed=1)


def test_folds_are_even_and_so_are_the_emotions_in_them():
    true = np.repeat(np.arange(7), [400, 43, 500, 880, 600, 410, 610])
    fold = folds(true, 5, seed=3)
    assert np.ptp(np.bincount(fold)) <= 1
    for emotion in range(7):
        assert np.ptp(np.bincount(fold[true == emotion], minlength=5)) <= 1


def test_folds_follow_the_seed():
    true = np.arange(70) % 7
    assert np.array_equal(folds(true, 5, seed=3), folds(true, 5, seed=3))
    assert not np.array_equal(folds(true, 5, seed=3), folds(true, 5, seed=4))


def test_a_face_is_predicted_by_a_vote_that_did_not_see_its_fold():
    said, true = drawn("ab")
    fold, seen = folds(true, 3, seed=1), []

    def choose(of_some, emotions):
        seen.append((len(of_some["a"]), emotions.tolist()))
        return mean_vote(of_some), []

    predicted = held_out(choose, said, true, fold)
    assert seen == [(40, true[fold != one].tolist()) for one in range(3)]
    assert np.array_equal(predicted, vote(said, mean_vote(said)))


def test_held_out_figures_do_not_fall_for_members_made_of_noise():
    random = np.random.default_rng(7)
    true = random.integers(0, 7, 300)
    said = {f"noise_{number:02d}": random.dirichlet(np.ones(7), 300).astype(np.float32) for number in range(12)}
    greedy, = consider(said, true, rule("greedy"))
    searched = quality(vote(said, greedy.votes), true).correct / 300
    assert searched > 1 / 7 + 0.05
    assert quality(greedy.held_out, true).correct / 300 < searched - 0.04


@pytest.mark.parametrize("method", ["mean", "best_few", "greedy"])
def test_a_named_method_is_the_only_one_considered(method):
    assert [way.method for way in consider(*drawn("abc"), rule(method))] == [method]


def test_best_of_takes_the_best_few_where_a_member_spoils_the_mean():
    true = np.arange(70) % 7
    said = {"good": sure(true.tolist(), 0.5), "liar": sure(((true + 1) % 7).tolist(), 0.99)}
    first, second, third = consider(said, true, rule())
    assert (first.method, first.votes) == ("best_few", {"good": 1})
    assert (second.method, third.method) == ("greedy", "mean")


def test_best_of_takes_greedy_where_one_vote_each_is_too_few():
    fifths = np.arange(70) % 5 == 0
    true = np.zeros(70, np.intp)
    said = {"strong": np.where(fifths[:, np.newaxis], sure([6] * 70, 0.3), sure([0] * 70, 0.55)),
            "weak": np.where(fifths[:, np.newaxis], sure([0] * 70, 0.95), sure([4] * 70, 0.95))}
    first, *_ = consider(said, true, rule())
    assert (first.method, quality(first.held_out, true).correct) == ("greedy", 70)


def test_best_of_takes_the_mean_where_there_is_nothing_to_choose():
    true = np.arange(70) % 7
    said = {name: sure(true.tolist(), 0.5) for name in "ab"}
    assert [way.method for way in consider(said, true, rule())] == ["mean", "best_few", "greedy"]


def test_best_of_goes_by_held_out_faces_and_not_by_those_that_chose():
    random = np.random.default_rng(2)
    true = random.integers(0, 7, 210)
    said = {str(number): (0.4 * np.eye(7)[true] + random.dirichlet(np.full(7, 0.3), 210)).astype(np.float32) / 1.4
            for number in range(9)}
    mean, _, greedy = consider(said, true, rule())
    assert (mean.method, greedy.method) == ("mean", "greedy")
    assert quality(vote(said, greedy.votes), true) > quality(vote(said, mean.votes), true)
    assert quality(mean.held_out, true) > quality(greedy.held_out, true)


def test_fewer_faces_than_folds_still_give_figures():
    said = {"a": sure([0, 1, 2], 0.5), "b": sure([0, 1, 3], 0.4)}
    first, *_ = consider(said, np.array([0, 1, 2]), rule(folds=20))
    assert first.votes["a"] == 1
    assert first.held_out.shape == (3, 7)

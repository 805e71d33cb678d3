from scipy.stats import binom

from fer_pipeline.evaluation.paired_tests import Agreement
from fer_pipeline.params import PromotionParams
from fer_pipeline.promotion.rule import Compared, decide

RULE = PromotionParams(level=0.05, smallest_gain=0.0, equal_within=0.01, cheaper=0.8)


def compared(both: int, gained: int, lost: int, neither: int, *, flops: int = 100) -> Compared:
    """A challenger of so many FLOPs against a champion of 100."""
    return Compared(Agreement(both, gained, lost, neither), flops, 100)


def test_a_gain_beyond_noise_is_promoted_at_any_cost():
    decision = decide(compared(2000, 200, 140, 1249, flops=500), RULE)
    assert (decision.kind, decision.promoted) == ("better", True)
    assert decision.reason.startswith("Better by more than noise: +1.7 points [+0.7, +2.7] on 3,589 PublicTest faces")


def test_the_same_gain_within_noise_is_not_promoted():
    decision = decide(compared(20, 2, 1, 12), RULE)
    assert not decision.promoted
    assert "Neither better by more than noise (p below 0.05) nor surely within 1 points" in decision.reason


def test_a_gain_smaller_than_a_release_is_worth_is_not_promoted():
    decision = decide(compared(2000, 200, 140, 1249), RULE.model_copy(update={"smallest_gain": 0.02}))
    assert not decision.promoted
    assert decision.reason.startswith("Better, but by less than the 2 points that a release is worth")


def test_a_loss_beyond_noise_is_not_promoted_however_cheap():
    decision = decide(compared(2000, 140, 200, 1249, flops=1), RULE)
    assert not decision.promoted
    assert decision.reason.startswith("Worse by more than noise: -1.7 points")


def test_an_equal_network_is_promoted_if_it_is_cheaper():
    assert decide(compared(2000, 40, 40, 1509, flops=80), RULE).kind == "cheaper"
    kept = decide(compared(2000, 40, 40, 1509, flops=81), RULE)
    assert kept.reason.startswith("Equal, and not cheaper (at most 80% is): +0.0 points")


def test_equal_means_that_the_whole_interval_lies_above_the_loss_that_may_be_borne():
    few_faces = compared(20, 1, 1, 12, flops=50)
    assert few_faces.difference == 0
    assert few_faces.interval[0] < -RULE.equal_within
    assert not decide(few_faces, RULE).promoted


def test_a_small_certain_loss_is_borne_if_the_network_is_cheaper():
    slightly_worse = compared(30000, 0, 20, 5869, flops=50)
    assert slightly_worse.p < RULE.level
    assert decide(slightly_worse, RULE).kind == "cheaper"


def test_a_challenger_that_says_the_same_of_every_face_changes_nothing():
    decision = decide(compared(20, 0, 0, 10), RULE)
    assert not decision.promoted
    assert "+0.0 points" in decision.reason


def test_chance_alone_is_promoted_as_seldom_as_the_level_says():
    differing = 100
    chance = sum(binom.pmf(gained, differing, 0.5) for gained in range(differing + 1)
                 if decide(compared(1500, gained, differing - gained, 1689), RULE).promoted)
    assert 0.015 < chance <= 0.03       # of the two sides of 5 % the upper one

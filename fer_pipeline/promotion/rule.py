"""The rule of promotion: better by more than noise, or equal and cheaper. It sees PublicTest alone."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fer_pipeline.evaluation.paired_tests import Agreement, mcnemar, newcombe_interval
from fer_pipeline.params import PromotionParams

Kind = Literal["first", "better", "cheaper", "none"]


@dataclass(frozen=True)
class Compared:
    """A challenger against the champion on the same faces.

    Attributes:
        counted: Faces that both, only the challenger (`only_one`), only the champion (`only_other`) or neither has
            right.
        challenger_flops: Floating-point operations a face, all views of it.
        champion_flops: The same of the champion.
    """

    counted: Agreement
    challenger_flops: int
    champion_flops: int

    @property
    def difference(self) -> float:
        """Accuracy of the challenger minus that of the champion, a fraction."""
        return (self.counted.only_one - self.counted.only_other) / sum(self.counted)

    @property
    def interval(self) -> tuple[float, float]:
        """Newcombe's 95 % interval of the difference."""
        return newcombe_interval(self.counted)

    @property
    def p(self) -> float:
        """McNemar's mid-p."""
        return float(mcnemar(np.array(self.counted.only_one), np.array(self.counted.only_other)).mid_p)

    @property
    def cost(self) -> float:
        """FLOPs of the challenger as a share of the champion's."""
        return self.challenger_flops / self.champion_flops


@dataclass(frozen=True)
class Decision:
    """Whether a challenger is promoted.

    Attributes:
        kind: What it was promoted for, or `none`.
        reason: The same for people, with its figures.
    """

    kind: Kind
    reason: str

    @property
    def promoted(self) -> bool:
        return self.kind != "none"


FIRST = Decision("first", "There is no release yet, so nothing to compare with.")


def decide(compared: Compared, rule: PromotionParams) -> Decision:
    """Judge a challenger.

    A gain counts where McNemar's test of the very same faces finds it, and it is as large as a release is worth. Equal
    is no mere lack of a difference: the whole interval lies above the loss that may be borne (non-inferiority).

    Args:
        compared: On PublicTest, one face at least.
        rule: Of params.yaml.

    Source: McNemar and Newcombe at `fer_pipeline.evaluation.paired_tests`; Piaggio et al. 2012, "Reporting of
    noninferiority and equivalence randomized trials", JAMA 308, for reading non-inferiority from an interval.
    """
    low, _ = compared.interval
    figures = _figures(compared)
    if compared.difference > 0 and compared.p < rule.level and compared.difference >= rule.smallest_gain:
        return Decision("better", f"Better by more than noise: {figures}.")
    if low >= -rule.equal_within and compared.cost <= rule.cheaper:
        return Decision("cheaper", f"Equal and cheaper: {figures}; at {compared.cost:.0%} of the FLOPs.")
    return Decision("none", f"{_why_not(compared, rule)}: {figures}; at {compared.cost:.0%} of the FLOPs.")


def _figures(compared: Compared) -> str:
    low, high = compared.interval
    return (f"{100 * compared.difference:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}] on "
            f"{sum(compared.counted):,} PublicTest faces, {compared.counted.only_one:,} right by the challenger alone, "
            f"{compared.counted.only_other:,} by the champion alone, McNemar's p {compared.p:.2g}")


def _why_not(compared: Compared, rule: PromotionParams) -> str:
    if compared.difference > 0 and compared.p < rule.level:
        return f"Better, but by less than the {100 * rule.smallest_gain:g} points that a release is worth"
    if compared.difference < 0 and compared.p < rule.level:
        return "Worse by more than noise"
    if compared.interval[0] >= -rule.equal_within:
        return f"Equal, and not cheaper (at most {rule.cheaper:.0%} is)"
    return (f"Neither better by more than noise (p below {rule.level:g}) nor surely within "
            f"{100 * rule.equal_within:g} points")

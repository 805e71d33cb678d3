"""The report as Markdown: what stands in it, and that no text of a file breaks its tables."""

import re
from typing import Any

import numpy as np
import pytest

from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.markdown import markdown
from fer_pipeline.reporting.markdown_table import escaped, markdown_table
from fer_pipeline.reporting.results import JUDGED, Outcome, Score, Verdict
from fer_pipeline.reporting.vote import Vote
from tests.reporting.finished_run import provenance

CELLS = re.compile(r"(?<!\\)\|")    # a pipe that is not escaped


def outcome(name: str, accuracy: float) -> Outcome:
    scores = {key: Score(accuracy - place / 50, accuracy - 0.1, accuracy + 0.05, 0.8125, 280 + place)
              for place, (key, _, _) in enumerate(JUDGED)}
    said = Predictions(np.arange(0), np.arange(0), np.empty((0, 7)), model_sha256=f"model of {name}")
    return Outcome(name, scores=scores, made_of=f"{name}, sample, weights: none", parameters=1000, flops=2_000_000,
                   predictions={Usage.PUBLIC_TEST: said})


FIRST, SECOND = outcome("lenet5", 0.75), outcome("four_conv_cnn", 0.625)
FAILED = Outcome("vgg_48", failure="no model: train@vgg_48 failed | or has not run")


SCORE = Score(0.8, 0.7, 0.9, 0.5, 280)
VOTE = Vote({"members": [{"architecture": "lenet5", "votes": 2}, {"architecture": "four_conv_cnn", "votes": 1}],
             "held_out": {"accuracy": 0.7875}}, scores=dict.fromkeys((key for key, _, _ in JUDGED), SCORE),
            parameters=2000, flops=4_000_000)


def page(outcomes: tuple[Outcome, ...] = (FIRST, SECOND), *, champion: Outcome | None = FIRST,
         chosen: Vote = VOTE, **facts: Any) -> str:
    verdict = Verdict(champion, None if champion else "select has chosen none")
    return markdown(outcomes, verdict, chosen, {**provenance(synthetic=False), **facts}, "fer2013")


def cells(text: str, network: str) -> list[str]:
    line, = (line for line in text.splitlines() if line.startswith(f"| {network} "))
    return [cell.strip() for cell in CELLS.split(line)[1:-1]]


def test_the_champion_and_its_honest_figure_come_first() -> None:
    head, result = page().split("\n\n")[:2]
    assert head.startswith("## ")
    assert result == ("**Champion: lenet5**, chosen on PublicTest (75.0 %, 95 % interval 65.0 to 80.0, 280 faces).\n"
                      "**PrivateTest: 73.0 %, 95 % interval 65.0 to 80.0, 281 faces**, macro F1 0.812; without copies "
                      "of earlier faces 71.0 %, 95 % interval 65.0 to 80.0, 282 faces.")


def test_every_network_is_a_row_with_all_its_figures() -> None:
    assert cells(page(), "lenet5 (champion)") == [
        "lenet5 (champion)", "lenet5, sample, weights: none", "75.0 (65.0–80.0)", "73.0 (65.0–80.0)",
        "71.0 (65.0–80.0)", "69.0 (65.0–80.0)", "0.812", "1,000", "2.00\u00a0M"]
    assert cells(page(), "network")[2:6] == [heading for _, heading, _ in JUDGED]
    assert cells(page(), "four_conv_cnn")[2] == "62.5 (52.5–67.5)"


def test_the_ensemble_is_a_row_with_its_members_and_what_they_cost_together() -> None:
    row = cells(page(), "ensemble")
    assert row[1:3] == ["vote of lenet5 × 2, four_conv_cnn × 1", "80.0 (70.0–90.0)"]
    assert row[-2:] == ["2,000", "4.00\u00a0M"]
    assert "on folds of it that did not choose, it has 78.8 %" in page()


def test_failed_networks_are_named_with_the_reason() -> None:
    text = page((FIRST, SECOND, FAILED))
    assert "- **vgg_48** failed: no model: train@vgg_48 failed \\| or has not run" in text
    assert "| vgg_48" not in text


def test_without_a_champion_the_reason_stands_first() -> None:
    assert "**No champion:** select has chosen none" in page((FAILED,), champion=None, chosen=Vote(None, "no ensemble"))


def test_an_ensemble_without_figures_has_no_row_and_says_why() -> None:
    text = page(chosen=Vote(VOTE.record, "its members four_conv_cnn have no valid figures"))
    assert "- **The ensemble** has no figures here: its members four_conv_cnn have no valid figures" in text
    assert "| ensemble" not in text


def test_where_the_faces_come_from_stands_at_the_end() -> None:
    text = page(description="two | three\nfaces")
    assert text.endswith(f"Faces: two \\| three faces; source path, fer2013.csv, sha256 `{'ab' * 32}`, split official, "
                         "licence MIT. Profile fer2013.\n")
    assert "> " not in text


def test_synthetic_faces_and_foreign_splits_are_marked() -> None:
    text = page(synthetic=True, split="own split")
    assert "> Synthetic sample faces" in text
    assert "> PublicTest and PrivateTest are not those of FER-2013 (own split)" in text


def test_equal_results_give_equal_bytes() -> None:
    assert page() == page()


def test_no_cell_breaks_its_table() -> None:
    lines = markdown_table(("a|b", "n"), [("x | y\nz", "1.50"), (r"\|", "-2")], numbers=1).splitlines()
    assert [len(CELLS.split(line.replace(r"\\", ""))) for line in lines] == [4, 4, 4, 4]
    assert lines[1].endswith("-:|")
    assert lines[2].split("|")[-2].strip() == "1.50"


@pytest.mark.parametrize(("text", "written"), [
    ("four_conv_cnn", "four_conv_cnn"), ("_x_", r"\_x\_"), ("<b>", r"\<b\>"), ("[a](b)", r"\[a\](b)"),
    ("*x*", r"\*x\*"), ("`x|y`", r"`x\|y`"), ("a\n b", "a b")])
def test_what_markdown_would_take_for_its_own_is_escaped(text: str, written: str) -> None:
    assert escaped(text) == written

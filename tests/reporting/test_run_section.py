"""What the clock measured, put into a finished page."""

import re
from pathlib import Path
from typing import Any

import pytest

from fer_pipeline.reporting.run_section import insert_run
from tests.reporting.finished_run import make_run

HOSTILE = 'n"&<b>-->'
RUN: dict[str, Any] = {
    "revision": "0123abc", "dvc_lock_sha256": None, "hardware": "2 cores <of> something",
    "stages": [
        {"stage": "acquire", "status": "skipped"},
        {"stage": "train@lenet5", "status": "ran", "started": "2026-11-21T10:00:00+00:00", "seconds": 75.0,
         "device": "cpu:1", "faces_per_second": 2570.4, "training_seconds": 61.2, "epochs": 20},
        {"stage": "evaluate@lenet5", "status": "failed", "started": "2026-11-21T10:01:15+00:00", "seconds": 25.0,
         "device": "cpu:0"},
        {"stage": "report", "status": "restored"},
    ],
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("run")
    return make_run(folder, "lenet5", "tiny_vgg").report("lenet5", "tiny_vgg", HOSTILE)


def cells(page: str, stage: str) -> list[str]:
    row = re.findall(rf"<tr[^>]*><th scope=\"row\">{stage}</th>(.*?)</tr>", page, re.DOTALL)[0]
    return [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]


def test_no_marker_is_left(page: str) -> None:
    assert "<!--run:" in page
    assert "<!--run:" not in insert_run(page, RUN)


def test_nothing_else_changes(page: str) -> None:
    without = insert_run(page, {**RUN, "stages": []})
    assert without.count("<section") == page.count("<section") + 1
    assert "This run" not in page


def test_training_time_and_rate_stand_in_the_row_of_their_architecture(page: str) -> None:
    full = insert_run(page, RUN)
    row = re.findall(r"<tr[^>]*><th scope=\"row\">lenet5.*?</tr>", full, re.DOTALL)[0]
    assert row.endswith('<td class="number">1\u00a0min 01\u00a0s</td><td class="number">2,570</td></tr>')


def test_unmeasured_architecture_shows_dashes(page: str) -> None:
    full = insert_run(page, RUN)
    row = re.findall(r"<tr[^>]*><th scope=\"row\">tiny_vgg.*?</tr>", full, re.DOTALL)[0]
    assert row.endswith('<td class="number">–</td><td class="number">–</td></tr>')


def test_architecture_with_an_awkward_name_gets_its_figures(page: str) -> None:
    stage = {"stage": f"train@{HOSTILE}", "status": "ran", "training_seconds": 7.0}
    full = insert_run(page, {**RUN, "stages": [stage]})
    assert ">7.0\u00a0s</td>" in full
    assert HOSTILE not in full


def test_the_time_of_a_student_s_training_stands_in_its_row(page: str) -> None:
    stage = {"stage": "train_student@tiny_vgg", "status": "ran", "training_seconds": 7.0}
    row = re.findall(r"<tr[^>]*><th scope=\"row\">tiny_vgg.*?</tr>", insert_run(page, {**RUN, "stages": [stage]}),
                     re.DOTALL)[0]
    assert row.endswith('<td class="number">7.0\u00a0s</td><td class="number">–</td></tr>')


def test_stages_are_listed_with_status_start_duration_and_device(page: str) -> None:
    full = insert_run(page, RUN)
    assert cells(full, "acquire")[:4] == ["skipped (up to date)", "–", "–", "–"]
    assert cells(full, "train@lenet5")[:5] == ["ran", "10:00:00", "1\u00a0min 15\u00a0s", "cpu:1", "20"]
    assert cells(full, "evaluate@lenet5")[:4] == ["failed", "10:01:15", "25.0\u00a0s", "cpu:0"]
    assert "restored (from the run cache)" in cells(full, "report")


def test_bars_of_the_timeline_lie_where_the_stages_ran(page: str) -> None:
    full = insert_run(page, RUN)
    assert "--from:0.00%;--share:75.00%" in full
    assert "--from:75.00%;--share:25.00%" in full


def test_missing_facts_show_a_dash_and_texts_are_escaped(page: str) -> None:
    full = insert_run(page, RUN)
    assert "<code>0123abc</code>" in full
    assert "<code>–</code>" in full
    assert "2 cores &lt;of&gt; something" in full


def test_skipped_stage_shows_when_it_last_ran(page: str) -> None:
    earlier = {"stage": "acquire", "status": "skipped", "started": "2026-01-02T03:04:05+00:00", "seconds": 61.0}
    full = insert_run(page, {**RUN, "stages": [earlier]})
    assert cells(full, "acquire")[:3] == ["skipped (up to date)", "2026-01-02 03:04", "1\xa0min 01\xa0s"]


def test_run_that_skipped_everything_is_shown(page: str) -> None:
    full = insert_run(page, {**RUN, "stages": [{"stage": "acquire", "status": "skipped"}]})
    assert "skipped (up to date)" in full


def test_page_that_has_a_run_already_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="a run is in it already"):
        insert_run(insert_run(page, RUN), RUN)

"""What the clock measured, put into a finished page."""

import re
from pathlib import Path
from typing import Any

import pytest

from fer_pipeline.reporting.run_section import insert_run
from tests.reporting.finished_run import make_run

HOSTILE = 'n"&<b>-->'
LATENCY = {"kind": "cpu", "name": "Some Processor", "backend": "tensorflow", "threads": 1, "cores": 2, "others": 0.1,
           "load": 0.4, "batches": [
               {"batch": 1, "runs": 100, "median_ms": 4.824, "p95_ms": 9.137, "network_ms": 0.628,
                "faces_per_second": 207.3},
               {"batch": 64, "runs": 87, "median_ms": 1234.5, "p95_ms": 2000.0, "network_ms": None,
                "faces_per_second": 51.8}]}
TRAINED = {"stage": "train@lenet5", "succeeded": True, "started": "2026-11-21T10:00:00+00:00", "seconds": 75.0,
           "device": "cpu:1", "faces_per_second": 2570.4, "training_seconds": 61.2, "epochs": 20,
           "model_sha256": "lenet"}
MEASURED = {"stage": "evaluate@lenet5", "succeeded": True, "started": "2026-11-21T10:01:15+00:00", "seconds": 9.0,
            "device": "cpu:0", "latency": LATENCY, "model_sha256": "lenet"}
OTHER_MEASURED = MEASURED | {"stage": "evaluate@tiny_vgg", "model_sha256": "vgg"}
RUN: dict[str, Any] = {
    "networks": {"lenet5": {"model_sha256": "lenet", "accuracy": 0.8, "accuracy_low": 0.75, "accuracy_high": 0.84},
                 "tiny_vgg": {"model_sha256": "vgg", "accuracy": 0.7, "accuracy_low": 0.65, "accuracy_high": 0.74}},
    "log": [TRAINED, MEASURED], "energy_untold": "no counter <here>",
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
    table = full[full.index('class="architectures'):]
    row = re.findall(r"<tr[^>]*><th scope=\"row\">lenet5.*?</tr>", table, re.DOTALL)[0]
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


def costs(page: str, network: str) -> list[str]:
    """Texts of the cells of a network's row in the table of costs, the rows of its other devices with it."""
    table = page[page.index("What each network costs here"):]
    row = re.findall(rf"<tr><th scope=\"row\"[^>]*>{network}</th>(.*?)(?=<tr><th|</tbody>)", table, re.DOTALL)[0]
    texts = [re.sub(r"<[^>]*>", " ", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
    return [" ".join(text.split()) for text in texts]


def with_log(*log: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**RUN, "log": list(log), **changes}


def test_what_a_network_costs_is_told_with_where_and_beside_what_it_was_measured(page: str) -> None:
    full = insert_run(page, RUN)
    assert costs(full, "lenet5") == [
        "1 min 01 s", "20", "2,570", "–", "4.82 (9.14) network 0.63 100 runs",
        "1,234 (2,000) 87 runs", "52", "Some Processor tensorflow, 1 thread 2026-11-21 10:01",
        "0.1 of 2 cores load 0.4"]
    assert "beside other work" not in full


def test_what_was_measured_while_others_worked_is_marked(page: str) -> None:
    full = insert_run(page, with_log(MEASURED | {"latency": LATENCY | {"others": 0.9}}))
    assert costs(full, "lenet5")[-1] == "0.9 of 2 cores load 0.4 beside other work"
    assert "what was measured beside other work may well be faster on an idle machine" in full


@pytest.mark.parametrize("change", [{"model_sha256": "older"}, {"model_sha256": None}, {"succeeded": False}])
def test_figures_of_another_model_are_never_shown(page: str, change: dict[str, Any]) -> None:
    full = insert_run(page, with_log(TRAINED | change, MEASURED | change))
    assert costs(full, "lenet5") == ["–"] * 9
    assert "Some Processor" not in full


def test_a_record_from_before_latency_was_measured_is_no_figure(page: str) -> None:
    old = {key: value for key, value in MEASURED.items() if key not in ("latency", "model_sha256")}
    assert costs(insert_run(page, with_log(old)), "lenet5") == ["–"] * 9


def test_an_earlier_run_tells_of_the_same_model_and_a_later_one_counts(page: str) -> None:
    earlier = MEASURED | {"started": "2026-01-02T03:04:05+00:00"}
    other_model = MEASURED | {"model_sha256": "newer", "started": "2026-12-01T00:00:00+00:00"}
    assert "2026-01-02 03:04" in costs(insert_run(page, with_log(earlier, other_model)), "lenet5")[7]
    assert "2026-11-21 10:01" in costs(insert_run(page, with_log(earlier, MEASURED, other_model)), "lenet5")[7]


def test_each_device_has_its_row_and_its_picture(page: str) -> None:
    on_gpu = {"latency": LATENCY | {"name": "Some GPU", "kind": "gpu"}}
    full = insert_run(page, with_log(TRAINED, MEASURED, MEASURED | on_gpu, OTHER_MEASURED, OTHER_MEASURED | on_gpu))
    assert len(costs(full, "lenet5")) == 4 + 5 + 5
    assert '<th scope="row" rowspan="2">lenet5</th>' in full
    assert full.count("<b>PublicTest accuracy by latency</b>") == 2
    assert len(set(re.findall(r' id="([^"]*)"', full))) == len(re.findall(r' id="([^"]*)"', full))


def test_one_network_alone_makes_no_picture(page: str) -> None:
    assert "PublicTest accuracy by latency" not in insert_run(page, RUN)
    assert "PublicTest accuracy by latency" in insert_run(page, with_log(MEASURED, OTHER_MEASURED))


def test_the_picture_is_of_the_network_alone_and_says_beside_what(page: str) -> None:
    busy = OTHER_MEASURED | {"latency": LATENCY | {"others": 0.9}}
    assert "Some Processor, the network alone, beside other work</span>" in insert_run(page, with_log(MEASURED, busy))
    assert "Some Processor, the network alone</span>" in insert_run(page, with_log(MEASURED, OTHER_MEASURED))


def test_energy_is_told_of_the_whole_package_or_the_reason_is_given_once(page: str) -> None:
    told = with_log(TRAINED | {"energy": {"processor": 12345.6, "gpu": 250.0}}, energy_untold=None)
    full = insert_run(page, told)
    assert costs(full, "lenet5")[3] == "12.3 kJ processor 250 J gpu"
    assert "of the whole processor package or GPU while the stage ran, other work included" in full
    assert "No energy" not in full
    assert insert_run(page, RUN).count("no counter &lt;here&gt;") == 1


def test_energy_of_a_training_that_went_on_is_only_of_its_last_part(page: str) -> None:
    resumed = TRAINED | {"energy": {"processor": 900.0}, "seconds": 30.0}
    assert costs(insert_run(page, with_log(resumed)), "lenet5")[3] == "900 J processor, since it went on"


def test_a_network_without_figures_has_dashes(page: str) -> None:
    assert costs(insert_run(page, {**RUN, "networks": {}}), "lenet5") == ["–"] * 9

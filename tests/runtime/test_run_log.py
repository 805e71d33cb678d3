from pathlib import Path

import pytest

from fer_pipeline.runtime.run_log import append, logged_run, read, stages_log


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_run_is_recorded_with_its_flow_device_and_measurements(monkeypatch):
    monkeypatch.setenv("FER_FLOW_RUN", "brave-newt")
    with logged_run("train@lenet5", "cpu:1") as measured:
        measured["epochs"] = 3
    (record,) = read(stages_log())
    assert record | {"stage": "train@lenet5", "device": "cpu:1", "flow": "brave-newt", "epochs": 3,
                     "succeeded": True} == record
    assert record["seconds"] >= 0
    assert record["started"].endswith("+00:00")


def test_a_failure_is_recorded_and_raised_on():
    with pytest.raises(RuntimeError, match="no memory"), logged_run("train@lenet5", "cpu:0"):
        raise RuntimeError("no memory")
    assert [record["succeeded"] for record in read(stages_log())] == [False]


def test_records_come_oldest_first():
    for stage in ("acquire", "images"):
        with logged_run(stage, "cpu"):
            pass
    assert [record["stage"] for record in read(stages_log())] == ["acquire", "images"]


def test_a_missing_log_has_no_records():
    assert read(Path("none.jsonl")) == []


@pytest.mark.parametrize("torn", ['{"stage": "tr', '{"outcomes": {"a": "b"}'])
def test_a_line_cut_short_is_left_out_and_later_ones_are_not_lost(torn):
    log = Path("log.jsonl")
    append(log, {"stage": "acquire"})
    with log.open("a") as file:
        file.write(torn)
    assert read(log) == [{"stage": "acquire"}]
    append(log, {"stage": "images"})
    assert read(log) == [{"stage": "acquire"}, {"stage": "images"}]

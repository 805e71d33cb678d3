"""The pipeline as DVC's graph gives it, and what failures keep back; no stage runs here."""

from pathlib import Path

import pytest

from fer_pipeline.params import load_params
from flows.running.pipeline import Stage, read_pipeline, restore_order

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> dict[str, Stage]:
    monkeypatch.chdir(ROOT)
    return {stage.name: stage for stage in read_pipeline()}


def test_every_architecture_has_its_stages_in_upstream_order(pipeline: dict[str, Stage]) -> None:
    names = list(pipeline)
    for architecture in load_params(ROOT / "params.yaml").architectures:
        own = [names.index(f"{stage}@{architecture}") for stage in ("train", "evaluate", "judge")]
        assert own == sorted(own)
    for index, stage in enumerate(pipeline.values()):
        assert stage.upstream <= set(names[:index])


def test_what_another_folder_runs_by_itself_is_no_part_of_it(pipeline: dict[str, Stage]) -> None:
    assert (ROOT / "results/dvc.yaml").exists()
    assert not [name for name in pipeline if ":" in name]


def test_select_follows_the_architectures_and_report_needs_select(pipeline: dict[str, Stage]) -> None:
    assert not pipeline["select"].needs
    assert {"train@lenet5", "evaluate@lenet5"} <= pipeline["select"].follows
    assert "select" in pipeline["report"].needs
    assert "train@lenet5" in pipeline["evaluate@lenet5"].needs


@pytest.mark.parametrize(("needs", "follows", "failed", "reasons"), [
    ("a", "bc", "a", ["a"]),
    ("a", "bc", "b", []),
    ("", "bc", "b", []),
    ("", "bc", "bc", ["b", "c"]),
    ("a", "bc", "bc", ["b", "c"]),
    ("a", "", "", []),
    ("", "", "a", []),
])
def test_a_stage_is_kept_back_by_any_it_needs_or_all_it_follows(
    needs: str, follows: str, failed: str, reasons: list[str]
) -> None:
    stage = Stage("last", frozenset(needs), frozenset(follows))
    assert stage.kept_back_by(set(failed)) == reasons


def test_restoring_order_keeps_entries_and_puts_unknown_ones_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text("[core]\n    no_scm = true\n")
    lock = tmp_path / "dvc.lock"
    lock.write_text("schema: '2.0'\nstages:\n  b: {cmd: b}\n  old: {cmd: o}\n  a: {cmd: a}\n")
    monkeypatch.chdir(tmp_path)
    restore_order(["a", "b", "c"])
    assert [line.split(":")[0].strip() for line in lock.read_text().splitlines()[2:] if line.startswith("  ")
            and not line.startswith("    ")] == ["a", "b", "old"]

"""`fer compare` on a real history: what it says of each difference, and what it refuses to say."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import binom
from typer.testing import CliRunner

from fer_pipeline.cli import app
from fer_pipeline.comparing.command import compare
from fer_pipeline.comparing.differences import Comparison, Difference
from fer_pipeline.comparing.paired import corrected_tests
from fer_pipeline.comparing.words import as_json, as_markdown, as_text
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.paired_tests import Agreement
from tests.comparing.checkouts import Checkout, make_checkout, write_run, wrong

pytestmark = pytest.mark.xdist_group("comparing")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Tags nothing-run, first, second, unmeasured, others (other emotions), redrawn (other pixels), old-form."""
    made = make_checkout(tmp_path_factory.mktemp("history") / "checkout")
    made.write_params({"better": {"epochs": 3}, "same": {"epochs": 3}, "twin": {"epochs": 3}, "gone": {"epochs": 3}},
                      train={"seed": 1})
    first = {"better": wrong(*range(60)), "same": wrong(*range(50, 80)), "twin": wrong(*range(40)),
             "gone": wrong(*range(100))}
    write_run(made, first)
    made.lock()
    made.commit("first")
    trained = {"better": {"epochs": 5}, "same": {"epochs": 3}, "twin": {"epochs": 3}, "new": {"epochs": 3}}
    made.write_params(trained, train={"seed": 1})
    second = {"better": wrong(*range(10)), "same": first["same"], "twin": wrong(*range(1, 42)), "new": wrong(3)}
    write_run(made, second)
    made.lock()
    made.write_params({**trained, "failed": {"epochs": 3}}, train={"seed": 1})
    made.commit("second")
    shutil.rmtree(made.folder / "artifacts/metrics")
    made.commit("unmeasured")
    made.write_params({**trained, "gone": {"epochs": 3}}, train={"seed": 1})
    write_run(made, {**second, "gone": first["gone"]}, shift=1)
    made.lock()
    made.commit("others")
    write_run(made, first | {"new": wrong(4)}, grey=9)
    made.lock()
    made.commit("redrawn")
    (made.folder / "artifacts/metrics/PublicTest/new.json").write_text('{"PublicTest": {"accuracy": 0.9}}')
    made.commit("old-form")
    made.run("git", "checkout", "--quiet", "second")
    made.dvc("checkout", "--quiet", "--allow-missing")
    return made


@pytest.fixture(scope="module")
def found(history: Checkout) -> Comparison:
    """The tags first and second compared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(history.folder)
        return compare("first", "second")


@pytest.fixture
def entered(history: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    monkeypatch.chdir(history.folder)
    return history


@pytest.fixture
def uncached(history: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """The same checkout as git alone brings it."""
    history.run("git", "clone", "--quiet", ".", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    return Checkout(tmp_path / "clone")


def difference(found: Comparison, network: str | None, faces: str = "PublicTest") -> Difference:
    one, = (one for one in found.differences if (one.network, one.faces) == (network, faces))
    return one


def test_a_real_difference_is_told_by_mcnemars_test_corrected_for_the_networks_tested(found: Comparison) -> None:
    better, twin = (difference(found, name).test for name in ("better", "twin"))
    assert better is not None
    assert twin is not None
    assert (better.only_before, better.only_after, better.real) == (0, 50, True)
    assert (twin.only_before, twin.only_after, twin.real) == (2, 1, False)
    assert twin.p == pytest.approx(2 * binom.cdf(1, 3, 0.5) - binom.pmf(1, 3, 0.5), abs=1e-6)
    assert (twin.low < 0 < twin.high, better.low > 0.18, better.high < 0.32) == (True, True, True)


def test_a_difference_that_is_real_alone_is_not_where_three_networks_were_tested() -> None:
    alone = corrected_tests([Agreement(100, 8, 1, 50)])
    among = corrected_tests([Agreement(100, 8, 1, 50), Agreement(100, 3, 3, 50), Agreement(100, 4, 4, 50)])
    assert (alone[0].real, among[0].real) == (True, False)
    assert among[0].corrected_p == pytest.approx(3 * alone[0].p, abs=1e-5)


def test_a_network_with_the_same_predictions_is_unchanged_and_not_tested(found: Comparison) -> None:
    same = difference(found, "same")
    assert (same.unchanged, same.test, same.change) == (True, None, 0)


@pytest.mark.parametrize(("faces", "fixed"), [
    ("PublicTest", 50), ("PrivateTest", 50), ("PrivateTest_without_copies", 40), ("PublicTest_and_PrivateTest", 100)])
def test_each_set_is_tested_on_its_own_faces(found: Comparison, faces: str, fixed: int) -> None:
    test = difference(found, "better", faces).test
    assert test is not None
    assert (test.only_before, test.only_after) == (0, fixed)


def test_networks_of_one_run_alone_and_those_that_failed_are_named(found: Comparison) -> None:
    text = as_text(found)
    assert "Only in first (" in text
    assert "): gone." in text
    assert "): failed, new." in text
    assert "failed or not run: failed." in text
    assert difference(found, "gone").after is None


def test_a_network_that_failed_in_one_run_has_no_figures_there(found: Comparison) -> None:
    lost = replace(found, after=replace(found.after, named=found.after.named | {"gone"}))
    assert f"no figures in {found.after.name}" in as_text(lost)
    assert f"no figures in {found.after.name}" not in as_text(found)


def test_champion_and_members_of_both_runs_are_named(found: Comparison) -> None:
    assert (found.before.champion, found.after.champion) == ("same", "new")
    assert found.before.votes == dict.fromkeys(("better", "gone", "same", "twin"), 1)
    assert "before same; after new" in as_text(found)


def test_parameters_and_outputs_that_differ_are_named_and_no_others(found: Comparison) -> None:
    assert found.params == {"architectures.better.epochs": {"old": 3, "new": 5},
                            "architectures.failed.epochs": {"old": None, "new": 3},
                            "architectures.gone.epochs": {"old": 3, "new": None},
                            "architectures.new.epochs": {"old": None, "new": 3}}
    models = {path for path in found.outputs if path.startswith("artifacts/models")}
    assert models == {f"artifacts/models/{name}.keras" for name in ("better", "twin", "gone", "new")}
    assert not any(path.startswith("artifacts/metrics") for path in found.outputs)


@pytest.mark.usefixtures("entered")
def test_the_workspace_is_the_second_run_where_none_is_named() -> None:
    found = compare("second", None)
    assert found.after.name == "workspace"
    assert all(one.unchanged for one in found.differences)
    assert (found.params, found.outputs) == ({}, {})


def test_nothing_is_checked_out(entered: Checkout) -> None:
    def state() -> tuple[str, str, dict[Path, int]]:
        files = (file for file in entered.folder.rglob("*") if file.is_file() and ".dvc/tmp" not in file.as_posix())
        return (entered.run("git", "rev-parse", "HEAD"), entered.run("git", "status", "--porcelain"),
                {file: file.stat().st_mtime_ns for file in files if ".git/index" not in file.as_posix()})

    before = state()
    compare("first", None)
    assert state() == before


@pytest.mark.usefixtures("uncached")
def test_without_predictions_in_the_cache_intervals_are_all_that_is_said() -> None:
    found = compare("first", "second")
    better, twin, same = (difference(found, name) for name in ("better", "twin", "same"))
    assert (better.test, better.overlap, twin.test, twin.overlap) == (None, False, None, True)
    assert same.unchanged
    text = " ".join(as_text(found).split())
    assert "intervals do not overlap" in text
    assert "real:" not in text
    assert "Intervals alone for better, twin: artifacts/predictions/PublicTest of second (" in text
    assert "before not in the cache (`dvc pull`); after not in the cache (`dvc pull`)" in text


def test_what_each_revision_fetches_is_compared_face_by_face(
    history: Checkout, uncached: Checkout, tmp_path: Path
) -> None:
    for one in (history, uncached):
        one.set_remote(tmp_path / "store")
    history.push()
    for tag in ("first", "second"):
        uncached.run("git", "checkout", "--quiet", tag)
        uncached.dvc("fetch", "evaluate", "judge")
    test = difference(compare("first", "second"), "better").test
    assert test is not None
    assert test.real


@pytest.mark.usefixtures("entered")
@pytest.mark.parametrize("tag", ["others", "redrawn"])
def test_runs_on_other_faces_are_not_paired(tag: str) -> None:
    new = difference(compare("second", tag), "new")
    assert (new.test, new.not_paired) == (None, "the two runs were measured on other faces")


def test_predictions_that_do_not_bear_the_metrics_out_are_not_paired(entered: Checkout) -> None:
    file = entered.folder / "artifacts/metrics/PublicTest/better.json"
    kept = file.read_text()
    file.write_text(kept.replace('"accuracy": 0.95,', '"accuracy": 0.91,'))
    try:
        assert difference(compare("first", None), "better").not_paired == "metrics and predictions of workspace differ"
    finally:
        file.write_text(kept)


@pytest.mark.usefixtures("entered")
@pytest.mark.parametrize(("revision", "said"), [
    ("nowhere", "'nowhere' is no revision here: .*Allowed: a commit, branch, tag or experiment"),
    ("nothing-run", r"nothing-run \(\w{7}\) holds no dvc.lock, so nothing has run there. Run `fer train-all`"),
    ("unmeasured", r"unmeasured \(\w{7}\) holds no metrics in artifacts/metrics. Run `fer train-all`"),
    ("old-form", r"artifacts/metrics/PublicTest/new.json of old-form \(\w{7}\) has no accuracy"),
])
def test_a_revision_without_a_run_is_refused_with_the_repair(revision: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        compare(revision, None)


def test_without_git_it_says_so(history: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(history.folder, tmp_path / "no-git", ignore=shutil.ignore_patterns(".git", "cache"))
    monkeypatch.chdir(tmp_path / "no-git")
    with pytest.raises(InputError, match="is not a git repository"):
        compare("first", None)


def test_for_machines_every_difference_is_json(found: Comparison) -> None:
    told = json.loads(as_json(found))
    rows = [one for one in told["differences"] if one["network"] == "better"]
    assert [one["faces"] for one in rows] == ["PublicTest", "PrivateTest", "PrivateTest_without_copies",
                                             "PublicTest_and_PrivateTest"]
    assert rows[0]["test"]["real"] is True
    assert rows[0]["change"] == 0.25
    assert told["after"]["champion"] == "new"


def test_for_a_pull_request_it_is_markdown_with_the_same_rows(found: Comparison) -> None:
    rows = [line for line in as_markdown(found).splitlines() if line.startswith("| better ")]
    assert len(rows) == 4
    assert "real: p below 0.001" in rows[0]
    assert "- Champion by PublicTest: before same; after new." in as_markdown(found)


def test_the_command_prints_one_form(entered: Checkout) -> None:
    runner = CliRunner()
    printed = runner.invoke(app, ["compare", "first", "second"], obj=entered.folder)
    assert (printed.exit_code, printed.stderr) == (0, "")
    assert "Champion by PublicTest: before same; after new." in printed.stdout
    refused = runner.invoke(app, ["compare", "first", "--json", "--markdown"], obj=entered.folder)
    assert isinstance(refused.exception, InputError)

"""The report stage: from the files of a run to one page."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from fer_pipeline.errors import InputError
from tests.reporting.finished_run import RECIPE, Run, as_student, choose_champion, make_run, provenance

NAMES = ("lenet5", "tiny_vgg")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(tmp_path, *NAMES)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a run in which all went well."""
    return make_run(tmp_path_factory.mktemp("good"), *NAMES).report(*NAMES)


def row_of(page: str, architecture: str) -> str:
    """The row of an architecture in the table over architectures, or in what is given of a page after it."""
    table = page[max(page.find('class="architectures'), 0):]
    return re.findall(rf"<tr[^>]*><th scope=\"row\">{architecture}.*?</tr>", table, re.DOTALL)[0]


def test_equal_files_give_equal_bytes(run: Run, page: str) -> None:
    assert run.report(*NAMES) == page


def test_bytes_depend_neither_on_hash_order_nor_on_the_folder(page: str, tmp_path: Path) -> None:
    script = ("import hashlib, sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
              "from tests.reporting.finished_run import make_run;"
              "run = make_run(Path(sys.argv[2]), 'lenet5', 'tiny_vgg');"
              "print(hashlib.sha256(run.report('lenet5', 'tiny_vgg').encode()).hexdigest())")
    elsewhere = subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).parents[2]), str(tmp_path / "elsewhere")], check=True,
        env={"PYTHONHASHSEED": "20131", "PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True)
    assert elsewhere.stdout.split()[-1] == hashlib.sha256(page.encode()).hexdigest()


def test_page_asks_for_nothing_but_itself(page: str) -> None:
    assert re.findall("<script[^>]*>", page) == ["<script>"]    # sorts the leaderboard; the page is whole without it
    assert not re.search(r"https?://", page)
    assert not re.search(r"""(?:src|href)=["'](?!#|\w+_card\.md"|\.\./(?:data_docs/|validation/census\.html))""", page)
    assert set(re.findall(r"url\((.{5})", page)) <= {"data:", *re.findall(r"url\((#.{4})", page)}


def test_page_links_to_both_data_docs_and_says_that_dvc_does_not_keep_them(page: str) -> None:
    for site in ("source", "balanced_set"):
        assert f'<a href="../data_docs/{site}/index.html">' in page
    assert page.count("of the last run on this machine and no part of what DVC keeps") == 2


def test_expectations_on_the_balanced_set_stand_in_the_section_on_balance(run: Run) -> None:
    content = json.loads(run.balanced_validation_file.read_text())
    content["expectations"].append({**content["expectations"][0], "meaning": "no face twice", "success": False})
    run.balanced_validation_file.write_text(json.dumps(content | {"passed": False}))
    section = re.sub(r"\s+", " ", run.report(*NAMES).split('id="balance"')[1].split("</section>")[0])
    assert '<span class="flag bad">failed</span> 1 of 2 expectations met on 70 faces' in section
    assert "weights are 1 on average" in section
    assert "<details open><summary>All 2 expectations" in section


def test_page_is_well_formed_and_its_ids_are_unique(page: str) -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.ids: list[str] = []
            self.open: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.ids += [value for name, value in attrs if name == "id" and value]
            if tag not in ("meta", "link", "img", "br", "wbr"):
                self.open.append(tag)

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert len(set(reader.ids)) == len(reader.ids) > 20


def test_synthetic_faces_are_named_so_at_the_top(page: str) -> None:
    assert "Synthetic sample faces" in page[:page.index('id="result"')]
    assert "say nothing about" in page


def test_real_faces_carry_no_synthetic_badge(run: Run) -> None:
    run.provenance_file.write_text(json.dumps(provenance(synthetic=False)))
    page = run.report(*NAMES, profile="fer2013")
    assert "ynthetic sample" not in page
    assert "They are in no commit" in page


@pytest.mark.parametrize(("split", "badge"), [("own split", "Own split"), ("folders", "Split by its folders")])
def test_usages_that_are_not_those_of_fer2013_are_named_at_the_top(run: Run, split: str, badge: str) -> None:
    run.provenance_file.write_text(json.dumps(provenance(synthetic=False) | {"split": split}))
    top = (page := run.report(*NAMES))[:page.index('id="result"')]
    assert badge in top
    assert "No figure here compares with anybody&#39;s PrivateTest" in top.replace("'", "&#39;")


def test_usages_of_fer2013_need_no_remark(page: str) -> None:
    assert "No figure here compares" not in page


def test_table_says_what_each_entry_is_made_of(run: Run) -> None:
    file = run.metrics("PublicTest", "tiny_vgg")
    other = {"architecture": "vgg16_transfer", "recipe": "ours", "weights": "imagenet", "views": 10}
    file.write_text(json.dumps(json.loads(file.read_text()) | other))
    page = run.report(*NAMES)
    assert "lenet5, sample, weights: none<" in row_of(page, "lenet5")
    assert "vgg16_transfer, ours, from ImageNet weights, mean of 10 views<" in row_of(page, "tiny_vgg")


def test_recall_of_every_emotion_stands_beside_accuracy(run: Run) -> None:
    page = run.report(*NAMES)
    with np.load(run.predictions_folder / "PrivateTest" / "lenet5.npz") as arrays:
        true, said = arrays["emotion_true"], arrays["probabilities"].argmax(axis=1)
    recalls = [(said[true == index] == index).mean() for index in range(7)]
    section = page[page.index('class="recalls"'):]
    figures = re.findall(r'number">(?:<b>)?([\d.]+)', row_of(section, "lenet5"))
    assert figures == [f"{100 * value:.1f}" for value in ((said == true).mean(), np.mean(recalls), *recalls)]
    assert "strategy oversampling<" in row_of(section, "lenet5")


def test_class_weights_of_a_recipe_are_named_beside_its_recalls(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RECIPE, "class_weights", True)
    section = run.report(*NAMES).split('class="recalls"')[1]
    assert "strategy oversampling, class weights by its recipe<" in row_of(section, "lenet5")


def test_shares_of_the_loss_stand_before_and_after(page: str) -> None:
    assert page.count("10.0 → 14.3") == 7


def test_curves_say_how_each_was_trained(page: str) -> None:
    assert page.count("15 epochs, batch 32, adam 0.001, keeps best") == 2


def test_table_is_ordered_by_public_test(run: Run) -> None:
    page = run.report("tiny_vgg", "lenet5")
    table = page[page.index('class="architectures'):]
    assert table.index('<th scope="row">lenet5') < table.index('<th scope="row">tiny_vgg')
    assert "champion" in row_of(page, "lenet5")
    assert "champion" not in row_of(page, "tiny_vgg")


@pytest.mark.parametrize(("part", "reason"), [
    ("model", "no model: train@tiny_vgg failed"),
    ("predictions", "no readable PrivateTest predictions: judge@tiny_vgg failed"),
    ("metrics", "no readable PublicTest metrics: evaluate@tiny_vgg failed"),
])
def test_failed_architecture_is_shown_with_its_reason(run: Run, part: str, reason: str) -> None:
    {"model": run.model("tiny_vgg"), "metrics": run.metrics("PublicTest", "tiny_vgg"),
     "predictions": run.predictions_folder / "PrivateTest" / "tiny_vgg.npz"}[part].unlink()
    page = run.report(*NAMES)
    assert "failed" in row_of(page, "tiny_vgg")
    assert reason in row_of(page, "tiny_vgg")
    assert "lenet5" in page[:page.index('id="architectures"')]


def test_a_student_stands_among_the_others_and_says_what_it_was_distilled_from(run: Run, page: str) -> None:
    as_student(run, "tiny_vgg")
    taught = run.report("lenet5", students=["tiny_vgg"])
    row = row_of(taught, "tiny_vgg")
    assert "tiny_vgg, sample, weights: none, distilled from the ensemble" in row
    assert row.replace(", distilled from the ensemble", "") == row_of(page, "tiny_vgg")
    assert row_of(taught, "lenet5") == row_of(page, "lenet5")
    assert "Confusion matrix of tiny_vgg" in taught


def test_a_student_may_be_the_champion(run: Run) -> None:
    as_student(run, "lenet5")
    assert "champion" in row_of(run.report("tiny_vgg", students=["lenet5"]), "lenet5")


@pytest.mark.parametrize(("part", "reason"), [
    ("models/tiny_vgg.keras", "no model: train_student@tiny_vgg failed"),
    ("predictions/PublicTest/tiny_vgg.npz", "no readable PublicTest predictions: evaluate_student@tiny_vgg failed"),
    ("../predictions/students/PrivateTest/tiny_vgg.npz",
     "no readable PrivateTest predictions: judge_student@tiny_vgg failed"),
])
def test_a_failed_student_is_shown_with_the_stage_that_failed(run: Run, part: str, reason: str) -> None:
    as_student(run, "tiny_vgg")
    (run.students_folder / part).unlink()
    assert reason in row_of(run.report("lenet5", students=["tiny_vgg"]), "tiny_vgg")


def test_a_left_over_student_is_listed(run: Run) -> None:
    as_student(run, "tiny_vgg")
    for folder in (run.metrics_folder, run.histories_folder):
        for file in folder.rglob("tiny_vgg.*"):
            file.unlink()
    assert "files left over of tiny_vgg" in run.report("lenet5")


def test_figures_of_an_older_model_are_not_shown(run: Run, page: str) -> None:
    accuracy = json.loads(run.metrics("PublicTest", "tiny_vgg").read_text())["accuracy"]
    shown = f"{100 * accuracy:.1f}"
    assert shown in row_of(page, "tiny_vgg")
    run.model("tiny_vgg").write_bytes(b"trained again")
    stale = run.report(*NAMES)
    assert "of an older model" in row_of(stale, "tiny_vgg")
    assert shown not in row_of(stale, "tiny_vgg")
    assert "Confusion matrix of tiny_vgg" not in stale


def test_metrics_that_do_not_fit_their_predictions_are_not_shown(run: Run) -> None:
    file = run.metrics("PrivateTest", "tiny_vgg")
    metrics = json.loads(file.read_text())
    metrics["accuracy"] = 0.999
    file.write_text(json.dumps(metrics))
    assert "metrics and predictions differ" in row_of(run.report(*NAMES), "tiny_vgg")


def test_predictions_cut_short_by_a_crash_count_as_missing(run: Run) -> None:
    file = run.predictions_folder / "PublicTest" / "tiny_vgg.npz"
    file.write_bytes(file.read_bytes()[:100])
    assert "no readable PublicTest predictions" in row_of(run.report(*NAMES), "tiny_vgg")


def test_files_of_architectures_not_named_are_ignored_and_listed(run: Run) -> None:
    page = run.report("lenet5")
    assert "files left over of tiny_vgg" in page
    assert "Confusion matrix of tiny_vgg" not in page


def test_page_renders_when_every_architecture_failed(run: Run) -> None:
    for name in NAMES:
        run.model(name).unlink()
    run.champion_file.unlink()
    page = run.report(*NAMES)
    assert "No champion" in page
    assert all("no model" in row_of(page, name) for name in NAMES)


def test_champion_of_other_figures_is_not_shown(run: Run) -> None:
    record = json.loads(run.champion_file.read_text()) | {"accuracy": 0.123}
    run.champion_file.write_text(json.dumps(record))
    assert "run select again" in run.report(*NAMES)


def test_champion_that_failed_since_is_not_shown(run: Run) -> None:
    choose_champion(run, "tiny_vgg")
    run.model("tiny_vgg").unlink()
    page = run.report(*NAMES)
    assert "No champion" in page
    assert "champion.json names tiny_vgg, which has no valid figures" in page


def test_texts_from_files_are_escaped(run: Run) -> None:
    hostile = "<script>alert(1)</script> & $x^2$ -->"
    facts = provenance(synthetic=True) | {"description": hostile, "licence": hostile}
    run.provenance_file.write_text(json.dumps(facts))
    page = run.report(*NAMES, "x & <b>-->y", profile=hostile)
    assert re.findall("<script[^>]*>", page) == ["<script>"]    # sorts the leaderboard; the page is whole without it
    assert "&lt;script&gt;" in page
    assert "x &amp; &lt;b&gt;" in page
    assert "x & <b>" not in page


def test_one_epoch_and_not_a_number_are_drawn(run: Run) -> None:
    file = run.histories_folder / "tiny_vgg.csv"
    header, first = file.read_text().splitlines()[:2]
    epoch, loss, *rest = first.split(",")
    file.write_text("\n".join([header, ",".join([epoch, "nan", *rest])]) + "\n")
    assert "Loss and accuracy of tiny_vgg over 1 epochs" in run.report(*NAMES)


def test_missing_history_costs_only_the_curves(run: Run) -> None:
    (run.histories_folder / "tiny_vgg.csv").unlink()
    page = run.report(*NAMES)
    assert "No history file." in page
    assert "failed" not in row_of(page, "tiny_vgg")


def test_missing_array_file_is_named(run: Run) -> None:
    run.training_file.unlink()
    with pytest.raises(InputError, match="training.npz not found"):
        run.report(*NAMES)


def test_an_emotion_that_no_face_has_leaves_gaps(tmp_path: Path) -> None:
    run = make_run(tmp_path, *NAMES, faces=5)
    assert '<li class="empty">none</li>' in run.report(*NAMES)


def test_nothing_is_left_beside_the_page(run: Run) -> None:
    run.report(*NAMES)
    assert not list(run.report_file.parent.glob(".*"))


def test_page_of_three_architectures_stays_small(tmp_path: Path) -> None:
    names = ("a", "b", "c")
    page = make_run(tmp_path, *names, faces=350).report(*names)
    assert len(page) < 1_500_000
    assert np.char.count(page, "<svg") == 7 + len(names)


def test_the_result_says_what_the_ensemble_is_worth_and_how_sure_that_is(run: Run) -> None:
    page = run.report(*NAMES)
    result = page[page.index('id="result"'):page.index('id="architectures"')]
    vote = json.loads(run.metrics("ensemble", "PrivateTest").read_text())
    assert f'<td class="number figure">{100 * vote["accuracy"]:.1f}</td>' in result
    assert "2 networks, mean of what they say by weight" in result
    compared = json.loads((run.analysis_folder / "comparison.json").read_text())["PrivateTest"]
    (pair,) = (pair for pair in compared["pairs"] if {pair["one"], pair["other"]} == {"lenet5", "ensemble"})
    assert ("these faces do not tell whether it is better" in result) is not pair["real"]


def test_figures_of_an_older_ensemble_are_not_shown(run: Run) -> None:
    record = run.ensemble_folder / "ensemble.json"
    record.write_text(record.read_text() + "\n")
    page = run.report(*NAMES)
    assert "No figures of the ensemble: the figures left are of an older ensemble" in page
    assert "mean of what they say" not in page


def test_without_the_analysis_the_page_says_so(run: Run) -> None:
    shutil.rmtree(run.analysis_folder)
    page = run.report(*NAMES)
    assert "The models are not compared: the stage analyse failed or has not run." in page
    assert "Not known: the stage analyse failed" in page


def test_a_comparison_with_a_network_that_failed_since_is_not_shown(run: Run) -> None:
    run.model("tiny_vgg").unlink()
    page = run.report(*NAMES)
    assert "The models are not compared" in page
    assert "Only the first right" not in page

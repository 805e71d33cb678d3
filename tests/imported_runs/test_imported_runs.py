"""Runs kept in git: from a checkout to a folder, and from folders to the page, by the rules of the stages."""

import re
import shutil
from dataclasses import replace

import cv2
import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score

from fer_pipeline import architectures
from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.cost import flops
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.imported_runs.__main__ import FOLDER, _keep_weights, main
from fer_pipeline.imported_runs.changes import changes
from fer_pipeline.imported_runs.company import best_together
from fer_pipeline.imported_runs.computing import Computing, computing_of_published, computing_of_runs
from fer_pipeline.imported_runs.keep import keep
from fer_pipeline.imported_runs.origin import as_learnt
from fer_pipeline.imported_runs.outcomes import results
from fer_pipeline.imported_runs.publish import page
from fer_pipeline.imported_runs.run import read_faces, read_runs, write_run
from fer_pipeline.labels import Usage
from fer_pipeline.params import load_params
from fer_pipeline.recipes import Recipe
from tests.conftest import ROOT
from tests.imported_runs.made_checkout import FACES, RECIPE, made_checkout, said

PROFILE = load_params(ROOT / "profiles" / "fer2013.yaml")
RULE = PROFILE.ensemble
RECIPES = [Computing("lenet_elsewhere", 0.47, "PrivateTest", None, 2e12, None)]
PICTURES = {"picture": "x.png", "costs": "y.png"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return made_checkout(tmp_path_factory.mktemp("imported") / "checkout", {"good": 0.15, "fair": 0.1, "poor": 0.0},
                         {"pupil": 0.3})


@pytest.fixture(scope="module")
def folder(checkout, tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    for entry in ("good", "fair", "poor", "pupil"):
        keep(checkout, entry, place, entry, note=f"{entry} came so" if entry == "good" else "")
    return place


def test_a_run_is_kept_with_all_that_must_be_known_of_it(folder):
    runs = {run.name: run for run in read_runs(folder)}
    assert list(runs) == ["fair", "good", "poor", "pupil"]
    facts = runs["good"].facts
    assert (facts.entry, facts.seed, facts.epochs, facts.training_seconds) == (RECIPE, 11, 2, 75.0)
    assert facts.hardware == "1 of 2 cores of Some Processor"
    assert len(facts.revision) == 40
    assert runs["good"].history["loss"].tolist() == [1.5, 1.25]
    for usage in (Usage.PUBLIC_TEST, Usage.PRIVATE_TEST):
        kept, judged = runs["good"].predictions[usage], said(1, usage, 0.15)
        np.testing.assert_allclose(kept.probabilities, judged.probabilities, atol=5e-4)     # float16
        assert np.array_equal(kept.row, judged.row)
        assert np.array_equal(kept.emotion_true, judged.emotion_true)
        assert (kept.model_sha256, kept.views) == (judged.model_sha256, 2)


def test_a_run_kept_again_is_the_same_bytes(checkout, folder, tmp_path):
    keep(checkout, "fair", tmp_path, "fair")
    for name in ("run.json", "history.csv", "predictions.npz"):
        assert (tmp_path / "fair" / name).read_bytes() == (folder / "fair" / name).read_bytes()
    assert (tmp_path / "faces.csv").read_bytes() == (folder / "faces.csv").read_bytes()


def test_figures_champion_and_vote_are_those_of_the_stages(folder):
    found = results(read_runs(folder), read_faces(folder), RULE)
    assert found.champion.champion.architecture == found.outcomes[0].architecture == "pupil"
    good = next(one for one in found.outcomes if one.architecture == "good")
    judged = said(1, Usage.PRIVATE_TEST, 0.15)
    assert good.scores["PrivateTest"].accuracy == figures(judged.emotion_true, judged.emotion_pred)["accuracy"]
    assert good.scores["PrivateTest_without_copies"].faces == FACES * 8 // 10
    assert good.scores["PublicTest_and_PrivateTest"].faces == 2 * FACES
    assert (good.flops, good.made_of) == (2_000_000, "lenet5, as_published, weights: none, mean of 2 views")
    assert "pupil" in found.vote.votes      # a student may vote: its teacher is another run
    assert found.vote.scores["PublicTest"].accuracy >= good.scores["PublicTest"].accuracy


def test_the_page_tells_all_of_it_and_is_the_same_bytes_every_time(folder):
    runs, faces = read_runs(folder), read_faces(folder)
    first, second = (page(runs, results(runs, faces, RULE), changes(runs, faces), RECIPES, **PICTURES)
                     for _ in range(2))
    assert first == second
    assert first.startswith("# FER-2013: results of this project\n")
    assert "**Champion: pupil**, chosen on PublicTest" in first
    assert ("| poor | 11 | 2 | 1\u00a0min 15\u00a0s | 172\u00a0G | 1 of 2 cores of Some Processor |"
            in re.sub(" +", " ", first))
    assert "- **good**: good came so" in first
    assert "| lenet_elsewhere | 47.0 |" in re.sub(" +", " ", first.split("## What accuracy costs")[1])
    assert "| lenet5    |" in first.split("## Beside published figures")[1]


def test_the_best_vote_together_one_more_at_a_time(folder):
    found = results(read_runs(folder), read_faces(folder), RULE)
    one, two, *_, last = best_together(found)
    members = [outcome.predictions[Usage.PRIVATE_TEST] for outcome in found.outcomes]
    right = [member.emotion_pred == member.emotion_true for member in members]
    mean = (members[0].probabilities.astype(float) + members[1].probabilities) / 2
    assert one.private_test == pytest.approx(one.alone, abs=1e-6)
    assert one.named == one.alone == right[0].mean()
    assert two.alone == right[1].mean()
    assert two.private_test == pytest.approx((mean.argmax(axis=1) == members[0].emotion_true).mean(), abs=1e-6)
    assert two.named == (right[0] | right[1]).mean()
    assert two.interval[0] < two.private_test < two.interval[1]
    assert [company.number for company in best_together(found, most=2)] == [1, 2]
    assert last.joined == found.outcomes[-1].architecture
    told = page([*read_runs(folder)], found, [], RECIPES, **PICTURES).split("## What voting brings")[1]
    assert all(f"| {way} " in told for way in ("mean", "best_few", "greedy"))


def test_a_training_computes_three_passes_of_every_face_it_shows(folder):
    runs = read_runs(folder)
    ours = computing_of_runs(runs, results(runs, read_faces(folder), RULE))
    assert {one.name: one.plotted for one in ours} == {"pupil": False, "good": True, "fair": True, "poor": True}
    good = next(one for one in ours if one.name == "good")
    assert good.flops == 3 * 1_000_000 * 28_709 * 2
    assert good.rate == good.flops / 75


def test_published_recipes_are_weighed_where_a_figure_is_printed_of_faces_we_report():
    recipes = {name: PROFILE.entries[name] for name in ("lenet5", "four_conv_cnn", "six_conv_cnn", "mini_xception")}
    quick, slow = computing_of_published(recipes)      # lenet5's is of other faces, four_conv_cnn's an estimate
    assert (quick.name, slow.name) == ("mini_xception", "six_conv_cnn")
    assert (slow.accuracy, slow.title) == (0.5552, "Public and Private merged")
    six_conv = architectures.build("six_conv_cnn", input_shape=(48, 48, 1), classes=7)
    assert slow.flops == 3 * flops(six_conv) * 28_709 * recipes["six_conv_cnn"].epochs


def test_a_change_stands_beside_the_run_that_it_changes(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    good = next(run for run in read_runs(folder) if run.name == "good")
    changed = {"entry": good.facts.entry | {"label_smoothing": 0.1, "recipe": "ours"}, "against": "fair", "training": {
        "balance": {"strategy": "oversampling", "soft_labels": "ferplus"},      # of which the recipe takes no share
        "policies": {"constant": "quarantine"}, "left_out": {"file": "a/list.csv", "sha256": "ab" * 32}}}
    write_run(tmp_path, replace(good, facts=good.facts.model_copy(update=changed)))
    runs, faces = read_runs(tmp_path), read_faces(tmp_path)
    (found,) = changes(runs, faces)
    assert (found.run, found.against) == ("good", "fair")
    assert found.settings == ("balance.strategy: none → oversampling; left_out: null → a/list.csv; "
                              "label_smoothing: – → 0.1")
    after, before = (said(seed, Usage.PRIVATE_TEST, skill) for seed, skill in ((1, 0.15), (2, 0.1)))
    right = [(one.emotion_pred == one.emotion_true).mean() for one in (after, before)]
    difference = found.differences["PrivateTest"]
    assert difference.mean == pytest.approx(right[0] - right[1])
    assert difference.low < difference.mean < difference.high
    f1 = [f1_score(one.emotion_true, one.emotion_pred, average="macro") for one in (after, before)]
    assert found.macro_f1 == pytest.approx(f1[0] - f1[1], abs=1e-6)
    told = page(runs, results(runs, faces, RULE), [found], RECIPES, **PICTURES)
    assert "## What each change brought" in told
    assert f"| good  | fair      | {found.settings} |" in told


def test_a_change_of_a_run_that_is_not_there_is_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    good = next(run for run in read_runs(folder) if run.name == "good")
    write_run(tmp_path, replace(good, facts=good.facts.model_copy(update={"against": "lost"})))
    with pytest.raises(InputError, match="good is to be compared with lost, which is none of fair, good, poor, pupil"):
        changes(read_runs(tmp_path), read_faces(tmp_path))


def test_the_commands_keep_and_publish(checkout, tmp_path, capsys):
    main(["keep", str(checkout), "good", "--name", "good_11", "--folder", str(tmp_path / "runs")])
    main(["publish", str(tmp_path / "runs"), str(ROOT / "profiles/fer2013.yaml"), str(tmp_path / "page.md"),
          str(tmp_path / "page.png"), str(tmp_path / "costs.png")])
    assert "2 epochs" in capsys.readouterr().out
    assert "good_11" in (tmp_path / "page.md").read_text()
    assert "![Our networks among published ones on PrivateTest](page.png)" in (tmp_path / "page.md").read_text()
    for name, least in (("page.png", 0.02), ("costs.png", 0.01)):
        picture = cv2.imread(str(tmp_path / name))
        assert (picture != picture[0, 0]).any(axis=2).mean() > least    # not blank


def test_the_published_page_is_that_of_the_runs_in_this_repository():
    runs, faces = read_runs(FOLDER), read_faces(FOLDER)
    made = page(runs, results(runs, faces, RULE), changes(runs, faces), computing_of_published(PROFILE.entries),
                picture="fer2013.png", costs="fer2013_costs.png")
    assert (ROOT / "docs/results/fer2013.md").read_text() == made, "run dvc repro results/dvc.yaml"
    headline = made.split("\n\n")[2]
    assert headline.startswith("**Champion: ")
    assert headline in (ROOT / "README.md").read_text(), "copy the first lines of the page to README.md"


@pytest.mark.parametrize(("entry", "message"), [
    ("vgg", r"has no entry 'vgg'. Name one of its architectures or students"),
    ("unjudged", r"There is no .*PrivateTest/unjudged\.npz. Name a checkout in which the entry was trained and judged"),
    ("unlogged", r"has no train@unlogged of the model 0+2\. Train and evaluate the entry there")])
def test_what_lacks_something_is_not_kept(entry, message, tmp_path):
    made = made_checkout(tmp_path / "checkout", {"unjudged": 0.1, "unlogged": 0.1})
    (made / "artifacts/predictions/PrivateTest/unjudged.npz").unlink()
    log = made / ".fer/runs/stages.jsonl"
    log.write_text("".join(line for line in log.read_text().splitlines(keepends=True) if "unlogged" not in line))
    with pytest.raises(InputError, match=message):
        keep(made, entry, tmp_path / "runs", entry)
    assert not (tmp_path / "runs").exists()


def test_runs_on_other_faces_do_not_stand_beside_each_other(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.imported_runs.made_checkout.FACES", 63)
    other = made_checkout(tmp_path / "checkout", {"good": 0.4})
    with pytest.raises(InputError, match=r"judged other faces than those of .*faces\.csv"):
        keep(other, "good", folder, "other")
    assert not (folder / "other").exists()


@pytest.mark.parametrize(("file", "content", "message"), [
    ("run.json", b"{}", r"is no imported run: 1\d validation errors for Facts. It holds run.json"),
    ("predictions.npz", b"torn", "is no imported run"),
    ("history.csv", None, "is no imported run")])
def test_a_broken_run_is_refused_by_name(checkout, tmp_path, file, content, message):
    keep(checkout, "good", tmp_path, "good")
    broken = tmp_path / "good" / file
    broken.unlink() if content is None else broken.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_runs(tmp_path)


def test_predictions_of_another_number_of_faces_are_refused(checkout, tmp_path):
    keep(checkout, "good", tmp_path, "good")
    lines = (tmp_path / "faces.csv").read_text().splitlines()
    (tmp_path / "faces.csv").write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(InputError, match=r"has \(70, 7\) numbers for PrivateTest. Allowed: 7 probabilities"):
        read_runs(tmp_path)


def test_weights_are_kept_in_float16_and_are_those_of_the_run(checkout, tmp_path, made_weights):
    run, model = keep(checkout, "good", tmp_path, "good"), tmp_path / "model.keras"
    shutil.copyfile(made_weights, model)
    with pytest.raises(InputError, match=r"model\.keras is not the model that .*good is of"):
        main(["keep", str(checkout), "good", "--folder", str(tmp_path), "--weights", str(model)])
    with pytest.raises(InputError, match="good keeps no weights"):
        main(["model", str(tmp_path / "good"), str(tmp_path / "out.keras")])
    entry = run.facts.entry | {"weights": {"file": "not_here.keras", "sha256": "ab" * 32}}
    write_run(tmp_path, replace(run, facts=run.facts.model_copy(update={"model_sha256": sha256_of(model),
                                                                        "entry": entry})))
    _keep_weights(model, tmp_path / "good")
    main(["model", str(tmp_path / "good"), str(tmp_path / "out.keras")])
    before, after = (keras.models.load_model(file).get_weights() for file in (model, tmp_path / "out.keras"))
    assert all(np.allclose(one, other, atol=1e-3) for one, other in zip(before, after, strict=True))


@pytest.fixture
def made_weights(tmp_path):
    keras.utils.set_random_seed(1)
    architectures.build("lenet5", input_shape=(48, 48, 1), classes=7).save(tmp_path / "made.keras")
    return tmp_path / "made.keras"


def test_an_empty_folder_says_what_fills_it(tmp_path):
    with pytest.raises(InputError, match=r"holds no imported run. `python -m fer_pipeline.imported_runs keep`"):
        read_runs(tmp_path)


@pytest.mark.parametrize(("share", "same"), [(0.0, True), (0.2, False)])
def test_soft_labels_are_a_part_of_training_for_recipes_that_take_them(share, same):
    recipe = Recipe.model_validate(RECIPE | {"soft_label_share": share})
    with_votes, without = ({"balance": {"strategy": "none", "soft_labels": one}} for one in ("ferplus", "none"))
    assert (as_learnt(with_votes, recipe) == as_learnt(without, recipe)) is same

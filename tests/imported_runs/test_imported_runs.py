"""Runs kept in git: from a checkout to a folder, and from folders to the page, by the rules of the stages."""

import shutil
from dataclasses import replace

import cv2
import keras
import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.imported_runs.__main__ import FOLDER, _keep_weights, main
from fer_pipeline.imported_runs.changes import changes
from fer_pipeline.imported_runs.keep import keep
from fer_pipeline.imported_runs.outcomes import results
from fer_pipeline.imported_runs.publish import page
from fer_pipeline.imported_runs.run import read_faces, read_runs, write_run
from fer_pipeline.labels import Usage
from fer_pipeline.params import load_params
from tests.conftest import ROOT
from tests.imported_runs.made_checkout import FACES, RECIPE, made_checkout, said

RULE = load_params(ROOT / "profiles" / "fer2013.yaml").ensemble


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
    first, second = (page(runs, results(runs, faces, RULE), changes(runs, faces), "x.png") for _ in range(2))
    assert first == second
    assert first.startswith("# FER-2013: results of this project\n")
    assert "**Champion: pupil**, chosen on PublicTest" in first
    assert "| poor  | 11     | 2        | 1\u00a0min 15\u00a0s | 1 of 2 cores of Some Processor |" in first
    assert "- **good**: good came so" in first
    assert "| lenet5    |" in first.split("## Beside published figures")[1]


def test_a_change_stands_beside_the_run_that_it_changes(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    good = next(run for run in read_runs(folder) if run.name == "good")
    changed = {"entry": good.facts.entry | {"label_smoothing": 0.1, "recipe": "ours"}, "against": "fair", "training": {
        "balance": {"strategy": "oversampling"}, "policies": {"constant": "quarantine"}, "left_out": None}}
    write_run(tmp_path, replace(good, facts=good.facts.model_copy(update=changed)))
    runs, faces = read_runs(tmp_path), read_faces(tmp_path)
    (found,) = changes(runs, faces)
    assert (found.run, found.against) == ("good", "fair")
    assert found.settings == "balance.strategy: none → oversampling; label_smoothing: – → 0.1"
    after, before = (said(seed, Usage.PRIVATE_TEST, skill) for seed, skill in ((1, 0.15), (2, 0.1)))
    right = [(one.emotion_pred == one.emotion_true).mean() for one in (after, before)]
    difference = found.differences["PrivateTest"]
    assert difference.mean == pytest.approx(right[0] - right[1])
    assert difference.low < difference.mean < difference.high
    told = page(runs, results(runs, faces, RULE), [found], "x.png")
    assert "## What each change brought" in told
    assert "| good  | fair      | balance.strategy: none → oversampling; label_smoothing: – → 0.1 |" in told


def test_a_change_of_a_run_that_is_not_there_is_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    good = next(run for run in read_runs(folder) if run.name == "good")
    write_run(tmp_path, replace(good, facts=good.facts.model_copy(update={"against": "lost"})))
    with pytest.raises(InputError, match="good is to be compared with lost, which is none of fair, good, poor, pupil"):
        changes(read_runs(tmp_path), read_faces(tmp_path))


def test_the_commands_keep_and_publish(checkout, tmp_path, capsys):
    main(["keep", str(checkout), "good", "--name", "good_11", "--folder", str(tmp_path / "runs")])
    main(["publish", str(tmp_path / "runs"), str(ROOT / "profiles/fer2013.yaml"), str(tmp_path / "page.md"),
          str(tmp_path / "page.png")])
    assert "2 epochs" in capsys.readouterr().out
    assert "good_11" in (tmp_path / "page.md").read_text()
    assert "![Our networks among published ones on PrivateTest](page.png)" in (tmp_path / "page.md").read_text()
    picture = cv2.imread(str(tmp_path / "page.png"))
    assert (picture != picture[0, 0]).any(axis=2).mean() > 0.02     # not blank


def test_the_published_page_is_that_of_the_runs_in_this_repository():
    runs, faces = read_runs(FOLDER), read_faces(FOLDER)
    made = page(runs, results(runs, faces, RULE), changes(runs, faces), "fer2013.png")
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
    write_run(tmp_path, replace(run, facts=run.facts.model_copy(update={"model_sha256": sha256_of(model)})))
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

"""Champion and challenger of real revisions, which hold nothing of the judging usage."""

from pathlib import Path

import pytest

from fer_pipeline import promotion
from fer_pipeline.comparing.files import RevisionFiles
from fer_pipeline.data.faces import read_faces
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.predictions import read_predictions, write_predictions
from fer_pipeline.params import PromotionParams
from fer_pipeline.promotion.contenders import MODEL, compare, read_contender
from fer_pipeline.promotion.rule import decide
from fer_pipeline.recipes import TestTime
from tests.comparing.checkouts import Checkout
from tests.promotion.made_runs import FACES, NETWORK, make_checkout, predictions, write_run

RULE = PromotionParams(level=0.05, smallest_gain=0.0, equal_within=0.01, cheaper=0.8)


@pytest.fixture
def made(tmp_path: Path) -> Checkout:
    return make_checkout(tmp_path / "checkout")


def nobody(*_: object) -> None:
    raise AssertionError("the champion was asked again")


def test_a_decision_is_made_of_public_test_alone(made: Checkout, tmp_path: Path):
    champion = write_run(made, 20)
    challenger = write_run(made, 35)
    assert not [path for path in made.folder.rglob("*") if "private" in path.name.lower()]
    compared = compare(RevisionFiles(made.folder, champion), RevisionFiles(made.folder, challenger), nobody, tmp_path)
    assert compared.counted == (20, 15, 0, FACES - 35)
    assert decide(compared, RULE).kind == "better"


def test_nothing_in_the_package_names_the_judging_usage():
    for file in Path(promotion.__path__[0]).glob("*.py"):
        text = file.read_text().lower().replace("_", "")
        assert "privatetest" not in text, file.name
        assert "judge(" not in text, file.name


def test_the_champion_is_asked_again_about_other_faces(made: Checkout, tmp_path: Path):
    champion = write_run(made, 20, grey=10)
    challenger = write_run(made, 35, grey=11)
    asked = []

    def ask(model: Path, faces: Path, former: Path, test_time: TestTime, said: Path) -> None:
        asked.append((model.read_text(), int(read_faces(faces).pixels.max()), test_time))
        emotion = read_faces(faces).emotion
        write_predictions(said, predictions(emotion, 50, read_predictions(former).model_sha256))

    compared = compare(RevisionFiles(made.folder, champion), RevisionFiles(made.folder, challenger), ask, tmp_path)
    assert asked == [("20 right, 100 FLOPs, grey 10", 11, TestTime())]
    assert compared.counted == (35, 0, 15, 10)
    assert not decide(compared, RULE).promoted


def test_cost_counts_every_view(made: Checkout):
    assert read_contender(RevisionFiles(made.folder, write_run(made, 20, flops=70))).flops == 140


def test_a_contender_has_name_figures_and_the_views_of_its_recipe(made: Checkout):
    made.write_params({NETWORK: {"architecture": "lenet5", "test_time": {"horizontal_flip": True}}})
    contender = read_contender(RevisionFiles(made.folder, write_run(made, 30)))
    assert (contender.name, contender.figures["accuracy"]) == (NETWORK, 0.5)
    assert contender.test_time.views == 2


def test_files_that_neither_cache_nor_remote_has_are_named_with_the_repair(made: Checkout):
    commit = write_run(made, 20)
    files = RevisionFiles(made.folder, commit)
    md5 = files.md5(MODEL)
    (made.folder / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).unlink()
    with pytest.raises(InputError, match=rf"{MODEL} of {commit} is in neither DVC's cache nor its remote"):
        RevisionFiles(made.folder, commit).read(MODEL)


def test_an_output_that_dvc_lock_does_not_name_is_refused(made: Checkout):
    with pytest.raises(InputError, match=r"dvc.lock of .* does not name other\.keras"):
        RevisionFiles(made.folder, write_run(made, 20)).md5("other.keras")

from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.params import load_params

from .conftest import ROOT


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Callable[[dict], None]], Path]:
    """Writes params.yaml of the profile `sample` after a change."""

    def write(change: Callable[[dict], None]) -> Path:
        content = YAML(typ="safe").load(ROOT / "profiles" / "sample.yaml")
        change(content)
        file = tmp_path / "params.yaml"
        YAML(typ="safe").dump(content, file)
        return file

    return write


LENET5 = ("architectures", "lenet5")
SGD = {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}
PLATEAU = {"name": "plateau", "monitor": "public_test_loss", "factor": 0.5, "patience": 3}


@pytest.mark.parametrize(("section", "message"), [
    ((), r"epoch: unknown key. Allowed there: profile, acquire, sample, images, ferplus, census, validate, balance, "
         "compute, run, train, ensemble, select, analyse, examine, export, promotion, drift, architectures, "
         "students"),
    (("train",), r"train\.epoch: unknown key. Allowed there: seed\. Correct or remove it"),
    (("validate",), r"validate\.epoch: unknown key. Allowed there: policies, left_out, max_quarantined_rows, "),
    (LENET5, r"architectures\.lenet5\.epoch: unknown key. Allowed there: architecture, recipe, weights, hyperparameters"
             r", seed, epochs, steps_per_epoch, batch_size, .*, checkpoint, early_stopping, test_time\."),
])
def test_unknown_key_names_its_section_and_the_allowed_keys(changed, section, message):
    def add(content: dict) -> None:
        for key in section:
            content = content[key]
        content["epoch"] = 3

    with pytest.raises(InputError, match=message):
        load_params(changed(add))


def of_lenet5(**settings: object) -> Callable[[dict], None]:
    """Changes the recipe of lenet5."""
    return lambda content: content["architectures"]["lenet5"].update(settings)


@pytest.mark.parametrize(("section", "content", "allowed"), [
    ("augmentation", {"zoom": 0.1}, "horizontal_flip, rotation_degrees, shear_degrees, zoom, shift, brightness, "
                                    "contrast, erasing, mixup, cutmix"),
    ("checkpoint", {"keep": "best"}, "keep, monitor"),
    ("early_stopping", {"monitor": "public_test_loss", "patience": 3}, "monitor, patience"),
    ("test_time", {"horizontal_flip": True}, "horizontal_flip, shift_pixels, rotation_degrees, zoom, keep"),
    ("optimizer", {"name": "adam", "learning_rate": 0.1}, "learning_rate, weight_decay, clip_norm, name"),
    ("optimizer", {"name": "adamax", "learning_rate": 0.1}, "learning_rate, weight_decay, clip_norm, name"),
    ("optimizer", SGD, "learning_rate, weight_decay, clip_norm, name, momentum, nesterov"),
    ("schedule", {"name": "constant"}, "name"),
    ("schedule", {"name": "cosine"}, "name, warmup_epochs, final"),
    ("schedule", PLATEAU, "name, monitor, factor, patience, min_delta, floor"),
])
def test_unknown_key_of_a_recipe_names_its_place_and_what_that_variant_allows(changed, section, content, allowed):
    with pytest.raises(InputError, match=rf"  architectures\.lenet5\.{section}\.warmup: unknown key\. Allowed there: "
                                         rf"{allowed}\. Correct or remove it\."):
        load_params(changed(of_lenet5(**{section: content | {"warmup": 3}})))


def test_a_key_of_another_variant_is_unknown(changed):
    with pytest.raises(InputError, match=r"lenet5\.optimizer\.momentum: unknown key\. Allowed there: learning_rate, "):
        load_params(changed(of_lenet5(optimizer=SGD | {"name": "adam"})))


@pytest.mark.parametrize(("section", "content", "missing"), [
    ("optimizer", {"name": "sgd", "learning_rate": 0.1}, "momentum"), ("optimizer", {"name": "adam"}, "learning_rate"),
    ("schedule", {"name": "plateau", "monitor": "public_test_loss", "patience": 3}, "factor"),
    ("checkpoint", {}, "keep"), ("early_stopping", {"patience": 3}, "monitor"),
])
def test_missing_key_of_a_variant_is_named_as_it_stands_in_the_file(changed, section, content, missing):
    with pytest.raises(InputError, match=rf"  architectures\.lenet5\.{section}\.{missing}: missing\. Add it"):
        load_params(changed(of_lenet5(**{section: content})))


@pytest.mark.parametrize(("section", "content", "message"), [
    ("optimizer", {"name": "rmsprop", "learning_rate": 0.1}, r"optimizer: .*'rmsprop'.*'adam', 'adamax', 'sgd'"),
    ("optimizer", {"learning_rate": 0.1}, r"optimizer\.name: missing"),
    ("schedule", {"name": "step"}, r"schedule: .*'step'.*'constant', 'cosine', 'plateau'"),
    ("schedule", PLATEAU | {"monitor": "val_loss"}, r"schedule\.monitor: .*'public_test_loss'. Received: 'val_loss'"),
    ("checkpoint", {"keep": "best", "monitor": "private_test_accuracy"},
     r"checkpoint\.monitor: .*'public_test_accuracy' or 'public_test_loss'. Received: 'private_test_accuracy'"),
    ("early_stopping", {"monitor": "loss", "patience": 2}, r"early_stopping\.monitor: .* Received: 'loss'"),
    ("optimizer", SGD | {"momentum": 1.5}, r"optimizer\.momentum: .*less than 1. Received: 1\.5"),
    ("augmentation", None, r"augmentation: .* Received: None"),
])
def test_wrong_variant_monitor_or_value_names_its_place_and_the_choices(changed, section, content, message):
    with pytest.raises(InputError, match=rf"  architectures\.lenet5\.{message}"):
        load_params(changed(of_lenet5(**{section: content})))


@pytest.mark.parametrize("entry", ["adam", "sgd", "cosine", "name", "train"])
def test_an_entry_may_be_named_like_a_variant_or_section(changed, entry):
    def rename(content: dict) -> None:
        content["architectures"] = {entry: content["architectures"]["lenet5"] | {"epoch": 3}}

    with pytest.raises(InputError, match=rf"  architectures\.{entry}\.epoch: unknown key\. Allowed there: archit"):
        load_params(changed(rename))


def test_missing_key_is_named(changed):
    with pytest.raises(InputError, match=r"  architectures\.lenet5\.epochs: missing\. Add it"):
        load_params(changed(lambda content: content["architectures"]["lenet5"].pop("epochs")))


def test_every_problem_is_named_at_once(changed):
    def spoil(content: dict) -> None:
        content["train"] = {"sed": 1}

    with pytest.raises(InputError, match=r"(?s)train\.seed: missing.*train\.sed: unknown key"):
        load_params(changed(spoil))


@pytest.mark.parametrize(("section", "key", "value", "message"), [
    ("train", "seed", -1, r"train\.seed: .*greater than or equal to 0. Received: -1\."),
    ("sample", "faces", 7, r"sample\.faces: .*140. Received: 7\."),
    ("balance", "strategy", "smote", r"balance\.strategy: .* or 'balanced_batches'\. Received: 'smote'\."),
    ("balance", "target", 0, r"balance\.target: .*greater than 0. Received: 0\."),
    ("balance", "target", 10**6, r"balance\.target: .*less than or equal to 100000. Received: 1000000\."),
    ("balance", "target", 500, r"balance: .*target 500 is of strategy augmentation alone, and strategy is none; set "
                               r"target to null or strategy to augmentation"),
    ("balance", "beta", 1.0, r"balance\.beta: .*less than 1. Received: 1\.0\."),
    ("balance", "beta", 0.9, r"balance: .*beta 0\.9 is of strategy effective_number alone, and strategy is none"),
    ("balance", "strategy", "effective_number", r"balance: .*needs beta, from 0 to below 1, and it is null; set it"),
    ("balance", "betta", 0.9, r"balance\.betta: unknown key\. Allowed there: strategy, seed, target, beta, soft_la"),
    ("export", "max_int8_loss", 2, r"export\.max_int8_loss: .*less than or equal to 1. Received: 2\."),
    ("export", "calibration_faces", 0, r"export\.calibration_faces: .*greater than or equal to 1. Received: 0\."),
    ("examine", "patch_stride", 9, r"examine: .*patch_stride 9 is larger than patch_size 8, .* set it to 8 or less"),
    ("examine", "corruptions", {"jpeg": [0]}, r"corruptions\.jpeg\.0: .*greater than or equal to 1. Received: 0\."),
    ("examine", "corruptions", {"fog": [1]}, r"corruptions\.fog: unknown key\. Allowed there: gaussian_noise, gauss"),
    ("validate", "policies", {"constant": "drop"}, r"policies\.constant: .*or 'quarantine'. Received: 'drop'\."),
    ("validate", "policies", {"blur": "keep"}, r"validate\.policies\.blur: unknown key\. Allowed there: constant, n"),
    ("validate", "policies", {"constant": "keep"}, r"validate\.policies\.near_constant: missing\. Add it; profiles/"),
    ("census", "near_copy_correlation", 0.5, r"census\.near_copy_correlation: .*equal to 0\.8. Received: 0\.5\."),
    ("validate", "mean_grey_level", [180, 80], r"validate\.mean_grey_level: .*the least is above the most"),
    ("validate", "emotion_shares", {"joy": [0, 1]}, r"validate\.emotion_shares\.joy.*allowed: angry, disgust, "),
    ("validate", "expected_faces", {"Test": 3}, r"validate\.expected_faces\.Test.*'PrivateTest'. Received: 'Test'\."),
    ("ensemble", "method", "stacking",
     r"ensemble\.method: .*'best_of', 'mean', 'best_few' or 'greedy'\. Received: 'stacking'\."),
    ("ensemble", "max_votes", 0, r"ensemble\.max_votes: .*equal to 1\. Received: 0\."),
    ("ensemble", "patience", 0, r"ensemble\.patience: .*equal to 1\. Received: 0\."),
    ("ensemble", "folds", 1, r"ensemble\.folds: .*equal to 2\. Received: 1\."),
    ("ensemble", "weights", {}, r"ensemble\.weights: unknown key\. Allowed there: method, max_votes, patience, "),
    ("promotion", "level", 0, r"promotion\.level: .*greater than 0\. Received: 0\."),
    ("promotion", "smallest_gain", -0.1, r"promotion\.smallest_gain: .*equal to 0\. Received: -0\.1\."),
    ("promotion", "equal_within", 0.2, r"promotion\.equal_within: .*less than or equal to 0\.1\. Received: 0\.2\."),
    ("promotion", "cheaper", 1.2, r"promotion\.cheaper: .*less than or equal to 1\. Received: 1\.2\."),
    ("promotion", "cheaper", 1, r"promotion: .*cheaper 1 and equal_within 0\.01 would replace a network by one that "
                                r"saves nothing, time and again, each a little worse; set cheaper below 1"),
    ("promotion", "confidence", 0.9, r"promotion\.confidence: unknown key\. Allowed there: level, smallest_gain, "),
    ("drift", "max_faces_change", -1, r"drift\.max_faces_change: .*equal to 0\. Received: -1\."),
    ("drift", "max_more_copies", 2, r"drift\.max_more_copies: .*less than or equal to 1\. Received: 2\."),
    ("drift", "max_psi", 0.1, r"drift\.max_psi: unknown key\. Allowed there: max_faces_change, max_emotion_index, "),
    ("acquire", "sha256", "abc", r"acquire\.sha256: .*pattern.* Received: 'abc'\."),
    ("acquire", "sha256", "0" * 64, r"acquire: .*source: sample has neither sha256 nor version, its seed pins it"),
])
def test_impossible_value_is_named_with_what_was_received(changed, section, key, value, message):
    with pytest.raises(InputError, match=message):
        load_params(changed(lambda content: content[section].update({key: value})))


def test_a_policy_on_votes_that_are_not_there_is_refused(changed):
    def leave(content: dict) -> None:
        content["validate"]["policies"]["not_a_face"] = "quarantine"

    with pytest.raises(InputError, match="not_a_face is quarantine and no FER\\+ votes are pinned .*run `fer ferplus"):
        load_params(changed(leave))


def test_soft_labels_of_votes_that_are_not_there_are_refused(changed):
    with pytest.raises(InputError, match=r"soft_labels is ferplus and no FER\+ votes are pinned .*`fer ferplus PATH`"):
        load_params(changed(lambda content: content["balance"].update(soft_labels="ferplus")))


def test_a_recipe_cannot_ask_for_soft_labels_that_the_set_does_not_hold(changed):
    def ask(content: dict) -> None:
        content["architectures"]["lenet5"]["soft_label_share"] = 0.5

    with pytest.raises(InputError, match=r"lenet5\.soft_label_share is 0\.5 and balance\.soft_labels is none; set it "
                                         r"to ferplus, or take soft_label_share out of lenet5\."):
        load_params(changed(ask))


def test_no_architecture_at_all_is_refused(changed):
    with pytest.raises(InputError, match=r"architectures: .*at least 1 item"):
        load_params(changed(lambda content: content["architectures"].clear()))


def test_what_is_as_dear_may_be_released_if_nothing_is_given_up(changed):
    rule = {"cheaper": 1, "equal_within": 0}
    assert load_params(changed(lambda content: content["promotion"].update(rule))).promotion.cheaper == 1


def test_a_drift_gate_of_null_is_open(changed):
    def leave_open(content: dict) -> None:
        content["drift"] = dict.fromkeys(content["drift"])

    assert load_params(changed(leave_open)).drift.max_faces_change is None


def test_no_student_at_all_is_allowed(changed):
    assert load_params(changed(lambda content: content["students"].clear())).students == {}


def test_a_student_may_not_have_the_name_of_an_architecture(changed):
    def rename(content: dict) -> None:
        content["students"] = {"lenet5": content["students"]["lenet5_student"]}

    with pytest.raises(InputError, match=r"lenet5 is an entry of architectures and of students; .*Rename the student"):
        load_params(changed(rename))


@pytest.mark.parametrize(("teacher", "message"), [
    ({"share": 0.5}, r"temperature: missing"), ({"temperature": 1}, r"share: missing"),
    ({"share": 1.5, "temperature": 1}, r"share: .*less than or equal to 1. Received: 1\.5"),
    ({"share": 0.5, "temperature": 0}, r"temperature: .*greater than 0. Received: 0"),
    ({"share": 0.5, "temperature": 1, "views": 2}, r"views: unknown key\. Allowed there: share, temperature\."),
])
def test_a_teacher_has_a_share_and_a_temperature(changed, teacher, message):
    with pytest.raises(InputError, match=rf"  students\.lenet5_student\.teacher\.{message}"):
        load_params(changed(lambda content: content["students"]["lenet5_student"].update(teacher=teacher)))


def test_a_student_without_teacher_and_an_architecture_with_one_are_refused(changed):
    with pytest.raises(InputError, match=r"students\.lenet5_student\.teacher: missing"):
        load_params(changed(lambda content: content["students"]["lenet5_student"].pop("teacher")))
    with pytest.raises(InputError, match=r"architectures\.lenet5\.teacher: unknown key"):
        load_params(changed(of_lenet5(teacher={"share": 0.5, "temperature": 1})))


@pytest.mark.parametrize("text", ["train: [1, 2", "train: {seed: 1}\ntrain: {seed: 2}\n"])
def test_bad_yaml_is_refused_with_its_place(tmp_path, text):
    file = tmp_path / "params.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"(?s)params\.yaml is no valid YAML: .*line \d"):
        load_params(file)


def test_empty_file_is_refused(tmp_path):
    file = tmp_path / "params.yaml"
    file.touch()
    with pytest.raises(InputError, match=r"params\.yaml cannot be used"):
        load_params(file)


def test_missing_file_is_refused_with_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=rf"params\.yaml not found in {tmp_path}"):
        load_params()


@pytest.mark.parametrize("profile", ["sample", "fer2013", "own"])
def test_profile_loads_under_its_own_name(profile):
    assert load_params(ROOT / "profiles" / f"{profile}.yaml").profile == profile


def test_fer2013_expects_the_published_numbers_of_faces():
    expected = load_params(ROOT / "profiles" / "fer2013.yaml").validate_.expected_faces
    assert expected == {Usage.TRAINING: 28709, Usage.PUBLIC_TEST: 3589, Usage.PRIVATE_TEST: 3589}


def test_the_numbers_of_each_emotion_that_fer2013_expects_add_up_to_those_of_its_usages():
    validate = load_params(ROOT / "profiles" / "fer2013.yaml").validate_
    for usage, emotions in validate.expected_emotions.items():
        assert list(emotions) == list(EMOTIONS)
        assert sum(emotions.values()) == validate.expected_faces[usage]


def test_params_yaml_is_the_sample_profile_byte_for_byte():
    assert (ROOT / "params.yaml").read_bytes() == (ROOT / "profiles" / "sample.yaml").read_bytes()


@pytest.mark.parametrize(("section", "allowed"), [("optimizer", "adam, adamax, sgd"),
                                                  ("schedule", "constant, cosine, plateau")])
def test_a_variant_without_its_name_is_told_the_names(changed, section, allowed):
    with pytest.raises(InputError, match=rf"lenet5\.{section}\.name: missing\. Allowed: {allowed}\."):
        load_params(changed(lambda content: content["architectures"]["lenet5"].update({section: {}})))

import json

import numpy as np
import pytest
from sklearn import metrics

from fer_pipeline.evaluation.metrics import figures, macro_f1
from fer_pipeline.evaluation.scores import scores
from fer_pipeline.labels import EMOTIONS

SYMMETRIC = ("accuracy", "balanced_accuracy", "top_2_accuracy", "macro_precision", "macro_recall", "macro_f1",
             "log_loss", "cohen_kappa", "macro_roc_area", "macro_average_precision")


def certain(emotion_pred: list[int]) -> np.ndarray:
    return np.eye(7, dtype=np.float32)[emotion_pred]


def test_scores_of_four_faces_are_those_counted_by_hand():
    probabilities = np.array([
        [0.6, 0, 0, 0.4, 0, 0, 0],          # angry, right
        [0.3, 0, 0, 0.7, 0, 0, 0],          # angry, second
        [0, 0, 0, 0.8, 0.1, 0.1, 0],        # happy, right
        [0, 0, 0, 0.9, 0.1, 0, 0]])         # happy, right
    found = scores(np.array([0, 0, 3, 3]), probabilities)
    assert found["accuracy"] == 0.75
    assert found["top_2_accuracy"] == 1
    assert found["balanced_accuracy"] == 0.75
    assert found["macro_precision"] == pytest.approx((1 + 2 / 3) / 7, abs=1e-6)
    assert found["macro_recall"] == pytest.approx((0.5 + 1) / 7, abs=1e-6)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 4 / 5) / 7, abs=1e-6)
    assert found["log_loss"] == pytest.approx(-np.log(0.6 * 0.3 * 0.8 * 0.9) / 4, abs=2e-6)
    assert found["cohen_kappa"] == 0.5      # 0.75 agree, 0.5 by chance
    assert found["macro_roc_area"] == 1
    assert found["absent_emotions"] == ["disgust", "fear", "sad", "surprise", "neutral"]
    assert found["emotions"][0] == {"emotion": "angry", "precision": 1, "recall": 0.5, "f1": 0.666667, "support": 2,
                                    "roc_area": 1, "average_precision": 1}


def test_scores_are_those_of_scikit_learn(network):
    true, probabilities = network(500)
    pred, wide, found = probabilities.argmax(axis=1), probabilities.astype(float), scores(true, probabilities)
    wide /= wide.sum(axis=1, keepdims=True)
    expected = {
        "accuracy": metrics.accuracy_score(true, pred),
        "balanced_accuracy": metrics.balanced_accuracy_score(true, pred),
        "top_2_accuracy": metrics.top_k_accuracy_score(true, probabilities, k=2),
        "macro_precision": metrics.precision_score(true, pred, average="macro"),
        "macro_recall": metrics.recall_score(true, pred, average="macro"),
        "macro_f1": metrics.f1_score(true, pred, average="macro"),
        "log_loss": metrics.log_loss(true, wide),
        "cohen_kappa": metrics.cohen_kappa_score(true, pred),
        "macro_roc_area": metrics.roc_auc_score(true, wide, multi_class="ovr"),
        "macro_average_precision": metrics.average_precision_score(np.eye(7)[true], probabilities),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1.1e-6)


def test_the_table_of_emotions_is_scikit_learns(network):
    true, probabilities = network(500)
    expected = metrics.precision_recall_fscore_support(true, probabilities.argmax(axis=1))
    for index, one in enumerate(scores(true, probabilities)["emotions"]):
        assert one["emotion"] == EMOTIONS[index]
        found = [one["precision"], one["recall"], one["f1"], one["support"]]
        assert found == pytest.approx([column[index] for column in expected], abs=1e-6)


def test_accuracy_and_macro_f1_are_those_published_already(network):
    true, probabilities = network(400, seed=4)
    found, published = scores(true, probabilities), figures(true, probabilities.argmax(axis=1))
    assert found["accuracy"] == published["accuracy"]
    assert found["macro_f1"] == published["macro_f1"] == round(macro_f1(true, probabilities.argmax(axis=1)), 6)


@pytest.mark.parametrize("seed", range(5))
def test_accuracy_is_the_trace_of_the_confusion_matrix_over_the_faces(network, seed):
    true, probabilities = network(150, seed=seed, labels_seed=seed)
    confusion = metrics.confusion_matrix(true, probabilities.argmax(axis=1), labels=range(7))
    assert scores(true, probabilities)["accuracy"] == round(np.trace(confusion) / confusion.sum(), 6)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_faces_does_not_matter(network, seed):
    true, probabilities = network(120, seed=seed)
    order = np.random.default_rng(seed).permutation(120)
    assert scores(true, probabilities) == scores(true[order], probabilities[order])


@pytest.mark.parametrize("seed", range(5))
def test_renaming_the_emotions_leaves_the_means_over_emotions_as_they_are(network, seed):
    true, probabilities = network(120, seed=seed)
    new = np.random.default_rng(seed).permutation(7)
    renamed = scores(new[true], probabilities[:, np.argsort(new)])
    found = scores(true, probabilities)
    assert {name: renamed[name] for name in SYMMETRIC} == pytest.approx({name: found[name] for name in SYMMETRIC})


def test_a_network_that_is_always_right_and_sure_has_the_best_of_every_score():
    found = scores(np.arange(7), certain(range(7)))
    assert {found[name] for name in SYMMETRIC if name != "log_loss"} == {1.0}
    assert found["log_loss"] == pytest.approx(6e-7, abs=5e-7)


def test_a_network_that_always_says_happy_is_as_good_as_chance(network):
    true, _ = network(300)
    found, share = scores(true, certain([3] * 300)), float(np.mean(true == 3))
    assert found["accuracy"] == round(share, 6)
    assert found["balanced_accuracy"] == found["macro_recall"] == pytest.approx(1 / 7, abs=1e-6)
    assert found["cohen_kappa"] == pytest.approx(0, abs=1e-9)
    assert found["macro_roc_area"] == 0.5
    assert found["macro_average_precision"] == pytest.approx(1 / 7, abs=1e-6)
    assert found["emotions"][0]["precision"] is None
    assert found["emotions"][0]["f1"] == 0


def test_a_seventh_for_each_emotion_predicts_the_first_and_its_second_is_the_next():
    found = [scores(np.array([emotion]), np.full((1, 7), 1 / 7)) for emotion in range(7)]
    assert [one["accuracy"] for one in found] == [1, 0, 0, 0, 0, 0, 0]
    assert [one["top_2_accuracy"] for one in found] == [1, 1, 0, 0, 0, 0, 0]
    assert found[4]["log_loss"] == pytest.approx(np.log(7), abs=1e-6)


def test_a_face_that_was_ruled_out_costs_what_the_floor_says():
    assert scores(np.array([0, 1]), certain([0, 0]))["log_loss"] == pytest.approx(-np.log(1e-7) / 2, abs=1e-5)


def test_absent_emotions_are_named_and_in_no_mean_of_areas(network):
    true, probabilities = network(300, absent=(1, 5))
    found = scores(true, probabilities)
    assert found["absent_emotions"] == ["disgust", "surprise"]
    disgust = found["emotions"][1]
    assert [disgust[name] for name in ("recall", "roc_area", "average_precision")] == [None, None, None]
    present = [one for one in found["emotions"] if one["support"]]
    assert found["macro_roc_area"] == pytest.approx(np.mean([one["roc_area"] for one in present]), abs=1e-6)
    assert found["macro_average_precision"] == pytest.approx(
        np.mean([one["average_precision"] for one in present]), abs=1e-6)
    assert found["balanced_accuracy"] == pytest.approx(np.mean([one["recall"] for one in present]), abs=1e-6)
    assert found["macro_recall"] == pytest.approx(found["balanced_accuracy"] * 5 / 7, abs=1e-6)


@pytest.mark.parametrize("said", [3, 4])
def test_faces_of_one_emotion_give_json_without_nan(said):
    found = scores(np.full(5, 3, np.uint8), certain([said] * 5))
    assert "NaN" not in json.dumps(found, allow_nan=False)
    assert found["macro_roc_area"] is None
    assert found["macro_average_precision"] == 1
    assert found["cohen_kappa"] == (None if said == 3 else 0)

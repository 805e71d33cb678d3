import numpy as np
import pytest
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from fer_pipeline.evaluation.curves import (
    average_precisions,
    precision_recall_points,
    roc_areas,
    roc_points,
    thinned,
)
from fer_pipeline.labels import EMOTIONS


def drawn(points, emotion: int) -> np.ndarray:
    own = points[points["emotion"] == EMOTIONS[emotion]]
    return own.drop(columns="emotion").to_numpy()


def furthest(points: np.ndarray, line: np.ndarray) -> float:
    """Distance of the point furthest from a line drawn through `line`."""
    start, along = line[:-1], np.diff(line, axis=0)
    offsets = points[:, None] - start
    places = np.clip((offsets * along).sum(axis=2) / np.maximum((along ** 2).sum(axis=1), 1e-300), 0, 1)
    return float(np.linalg.norm(offsets - places[..., None] * along, axis=2).min(axis=1).max())


def filled(line: np.ndarray) -> np.ndarray:
    """Ten points on each piece of a line."""
    parts = np.linspace(0, 1, 10)[:, None, None]
    return (line[:-1] + parts * np.diff(line, axis=0)).reshape(-1, 2)


def test_areas_of_four_faces_are_those_counted_by_hand():
    probabilities = np.zeros((4, 7))
    probabilities[:, 0], probabilities[:, 3] = [0.9, 0.4, 0.6, 0.1], [0.1, 0.6, 0.4, 0.9]
    true = np.array([0, 0, 3, 3])
    assert roc_areas(true, probabilities)[0] == 0.75                # 3 of 4 pairs in order
    assert average_precisions(true, probabilities)[0] == pytest.approx((1 + 2 / 3) / 2)


def test_areas_are_scikit_learns(network):
    true, probabilities = network(400)
    for emotion in range(7):
        own, score = true == emotion, probabilities[:, emotion]
        assert roc_areas(true, probabilities)[emotion] == pytest.approx(roc_auc_score(own, score))
        assert average_precisions(true, probabilities)[emotion] == pytest.approx(average_precision_score(own, score))


def test_an_area_is_the_share_of_pairs_in_order(network):
    true, probabilities = network(200)
    own, rest = probabilities[true == 3, 3], probabilities[true != 3, 3]
    assert roc_areas(true, probabilities)[3] == pytest.approx(np.mean(own[:, None] > rest))


def test_an_absent_emotion_has_no_area_and_no_curve(network):
    true, probabilities = network(200, absent=(1,))
    assert roc_areas(true, probabilities)[1] is None
    assert average_precisions(true, probabilities)[1] is None
    for points in (roc_points(true, probabilities), precision_recall_points(true, probabilities)):
        assert set(points["emotion"]) == set(EMOTIONS) - {"disgust"}


def test_without_a_rest_there_is_no_roc_curve_but_an_average_precision():
    true, probabilities = np.full(4, 6), np.full((4, 7), 1 / 7)
    assert roc_areas(true, probabilities) == [None] * 7
    assert average_precisions(true, probabilities) == [None] * 6 + [1.0]
    points = roc_points(true, probabilities)
    assert points.empty
    assert list(points) == ["emotion", "false_positive_rate", "true_positive_rate"]


def test_a_perfect_network_draws_the_corner():
    points = roc_points(np.arange(7), np.eye(7))
    np.testing.assert_array_equal(drawn(points, 0), [[0, 0], [0, 1], [1, 1]])


def test_a_network_that_says_the_same_of_all_faces_draws_the_diagonal(network):
    true, _ = network(100)
    points = roc_points(true, np.full((100, 7), 1 / 7))
    np.testing.assert_array_equal(drawn(points, 3), [[0, 0], [1, 1]])


@pytest.mark.parametrize(("faces", "skill"), [(3589, 2.2), (3589, 0.3), (60, 1.0)])
def test_thinned_curves_are_nowhere_further_from_the_whole_ones_than_stated(network, faces, skill):
    true, probabilities = network(faces, skill=skill)
    rocs, precisions = roc_points(true, probabilities), precision_recall_points(true, probabilities)
    for emotion in np.unique(true):
        own, score = true == emotion, probabilities[:, emotion]
        roc = np.column_stack(roc_curve(own, score)[:2])
        precision, recall, _ = precision_recall_curve(own, score)
        for whole, thin in ((roc, drawn(rocs, emotion)), (np.column_stack([recall, precision]),
                                                          drawn(precisions, emotion))):
            assert len(thin) <= 100
            assert furthest(whole, thin) <= 0.005 + 1e-6
            assert furthest(filled(thin), whole) <= 0.005 + 1e-6


def test_thinned_curves_keep_the_area_and_the_ends(network):
    true, probabilities = network(3589)
    for emotion, area in enumerate(roc_areas(true, probabilities)):
        points = drawn(roc_points(true, probabilities), emotion)
        assert points[[0, -1]].tolist() == [[0, 0], [1, 1]]
        assert auc(*points.T) == pytest.approx(area, abs=0.005)
        assert drawn(precision_recall_points(true, probabilities), emotion)[[0, -1], 0].tolist() == [0, 1]


def test_points_on_a_straight_line_are_thinned_to_its_ends():
    assert thinned(np.linspace(0, 1, 50), np.linspace(0, 1, 50)).tolist() == [0, 49]


def test_a_corner_is_kept():
    assert thinned(np.array([0, 0, 0, 0.5, 1]), np.array([0, 0.5, 1, 1, 1])).tolist() == [0, 2, 4]


def test_the_order_of_the_faces_does_not_matter(network):
    true, probabilities = network(200)
    order = np.random.default_rng(5).permutation(200)
    for points in (roc_points, precision_recall_points):
        assert points(true, probabilities).equals(points(true[order], probabilities[order]))

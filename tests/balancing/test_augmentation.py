import numpy as np
import pandas as pd
import pytest

from fer_pipeline.balancing.augmentation import COLUMNS, Balanced, augmentation
from fer_pipeline.balancing.changes import OPERATIONS, change
from fer_pipeline.data.faces import emotion_counts
from fer_pipeline.labels import EMOTIONS


@pytest.fixture
def balanced(training) -> Balanced:
    return augmentation(training, target=20, seed=5)


def test_every_emotion_reaches_the_target(balanced):
    assert emotion_counts(balanced.faces).tolist() == [20] * 7


def test_without_a_target_every_emotion_has_as_many_as_the_most_frequent(training):
    assert emotion_counts(augmentation(training, target=None, seed=5).faces).tolist() == [9] * 7


def test_emotions_beyond_the_target_keep_what_they_have(training):
    assert emotion_counts(augmentation(training, target=5, seed=5).faces).tolist() == [5, 5, 5, 9, 5, 5, 6]


def test_an_emotion_without_a_face_stays_empty(faces):
    assert emotion_counts(augmentation(faces(emotion=[0, 0, 4]), target=3, seed=5).faces).tolist() == [
        3, 0, 0, 0, 3, 0, 0]


def test_training_comes_first_and_untouched(training, balanced):
    for name in ("pixels", "emotion", "row", "weight"):
        np.testing.assert_array_equal(getattr(balanced.faces, name)[:33], getattr(training, name))
        assert getattr(balanced.faces, name).dtype == getattr(training, name).dtype


def test_a_target_that_all_have_makes_no_face(training):
    unchanged = augmentation(training, target=1, seed=5)
    assert unchanged.faces is training
    assert unchanged.origins.empty
    assert tuple(unchanged.origins.columns) == COLUMNS


def test_origins_name_the_parent_of_every_new_face_and_its_emotion(training, balanced):
    origins = balanced.origins
    assert tuple(origins.columns) == COLUMNS
    assert origins["position"].tolist() == list(range(33, 140))
    new = balanced.faces.take(origins["position"].to_numpy())
    np.testing.assert_array_equal(origins["row"], new.row)
    assert origins["emotion"].tolist() == [EMOTIONS[index] for index in training.emotion[new.row - 50]]
    assert origins["emotion"].tolist() == [EMOTIONS[index] for index in new.emotion]


def test_the_named_change_of_the_parent_gives_exactly_the_new_face(training, balanced, tmp_path):
    balanced.origins.to_csv(tmp_path / "origins.csv", index=False)
    origins = pd.read_csv(tmp_path / "origins.csv")     # nothing is lost in the text
    assert set(origins["operation"]) == set(OPERATIONS)
    for one in origins.itertuples():
        again = change(training.pixels[one.row - 50], one.operation, one.amount)
        np.testing.assert_array_equal(balanced.faces.pixels[one.position], again)


def test_no_parent_has_the_same_child_twice(balanced):
    assert not balanced.origins.duplicated(["row", "operation", "amount"]).any()


def test_parents_have_as_many_children_but_for_one(balanced):
    children = balanced.origins.groupby("emotion")["row"].value_counts().groupby("emotion")
    assert (children.max() - children.min() <= 1).all()


def test_the_seed_decides_and_a_higher_target_only_adds(training, balanced):
    same, other = (augmentation(training, target=20, seed=seed) for seed in (5, 6))
    np.testing.assert_array_equal(same.faces.pixels, balanced.faces.pixels)
    pd.testing.assert_frame_equal(same.origins, balanced.origins)
    assert not other.origins["operation"].equals(balanced.origins["operation"])
    more = augmentation(training, target=30, seed=5).origins
    fear = [origins[origins["emotion"] == "fear"].drop(columns="position").to_numpy().tolist()
            for origins in (balanced.origins, more)]
    assert len(fear[1]) == 25
    assert fear[1][:15] == fear[0]

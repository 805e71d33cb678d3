"""Which face is which."""

import pytest

from fer_pipeline.predicting.detection import Face
from fer_pipeline.video.boxes import overlap, without_repeats
from fer_pipeline.video.smoothing import smoothed
from fer_pipeline.video.tracks import GAP, Tracker


def at(left: float, top: float = 50, size: float = 60) -> Face:
    return Face(left, top, size, size, 1.0)


def test_half_of_each_of_two_boxes_overlaps_by_a_third() -> None:
    assert overlap(at(0), at(30)) == pytest.approx(1 / 3)
    assert overlap(at(0), at(60)) == 0


def test_a_face_found_twice_is_kept_once() -> None:
    assert without_repeats([at(0), at(5), at(100, size=80)]) == [at(100, size=80), at(0)]


def test_two_faces_that_cross_keep_their_tracks_though_one_hides_the_other() -> None:
    tracker, ends = Tracker(), {}
    for step in range(61):
        right, left = at(10 + 5 * step), at(310 - 5 * step)
        hidden = abs(right.left - left.left) < 60
        for face, track in zip([right, left], tracker.follow(step / 30, [right] if hidden else [right, left]),
                               strict=False):
            ends[track.number] = face.left
    assert tracker.given == 2
    assert ends == {1: 310, 2: 10}


def test_a_face_that_was_away_for_longer_than_the_gap_is_a_new_track() -> None:
    tracker = Tracker()
    assert [track.number for track in tracker.follow(0, [at(10)])] == [1]
    assert [track.number for track in tracker.follow(GAP * 0.9, [at(10)])] == [1]
    assert tracker.follow(GAP * 2, []) == []
    assert [track.number for track in tracker.follow(GAP * 2.1, [at(10)])] == [2]


def test_a_slow_look_does_not_end_a_track() -> None:
    tracker = Tracker()
    assert [track.number for second in (0, GAP * 2, GAP * 4) for track in tracker.follow(second, [at(10)])] == [1, 1, 1]


def test_a_face_is_sure_once_it_was_seen_in_a_few_looks_in_a_row_until_it_was_away_for_long() -> None:
    tracker = Tracker()
    tracker.follow(0, [])
    looks = [True, False, True, True, False, True, True, True, False, True,
             False, False, True]
    sure = [[track.sure for track in tracker.follow(0.1 + step / 10, [at(10)] * seen)]
            for step, seen in enumerate(looks)]
    assert sure == [[False], [], [False], [False], [], [False], [False], [True], [], [True],
                    [], [], [False]]


def test_the_faces_of_the_very_first_look_are_sure() -> None:
    assert [track.sure for track in Tracker().follow(0, [at(10), at(200)])] == [True, True]


def test_smoothing_does_not_depend_on_the_frame_rate() -> None:
    at_ten: tuple[float, ...] = (1.0, 0.0)
    at_sixty: tuple[float, ...] = (1.0, 0.0)
    for _ in range(10):
        at_ten = smoothed(at_ten, [0, 1], 1 / 10, 0.5)
    for _ in range(60):
        at_sixty = smoothed(at_sixty, [0, 1], 1 / 60, 0.5)
    assert at_ten == pytest.approx(at_sixty)
    assert at_ten == pytest.approx((0.25, 0.75))

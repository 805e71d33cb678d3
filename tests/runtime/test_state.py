import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.runtime.state import ResumeState

ARRAYS = {"variable_00000": np.arange(6.0).reshape(2, 3), "facts": np.array("{}")}


def release(state: ResumeState) -> None:
    """What the death of the process does."""
    state._lock.close()


@pytest.fixture
def hold() -> Iterator[Callable[..., ResumeState]]:
    """Takes states as a training does, and lets go of them when the test ends."""
    held = []

    def take(name: str = "train@a", fingerprint: str = "f1") -> ResumeState:
        held.append(ResumeState(name, fingerprint))
        return held[-1]

    yield take
    for state in held:
        release(state)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "train@a"


def test_nothing_saved_starts_from_nothing(hold):
    assert hold().load() is None


def test_the_last_save_is_what_the_next_process_goes_on_from(hold):
    first = hold()
    first.save({"variable_00000": np.zeros(2)})
    first.save(ARRAYS)
    release(first)
    loaded = hold().load()
    assert loaded.keys() == ARRAYS.keys()
    np.testing.assert_array_equal(loaded["variable_00000"], ARRAYS["variable_00000"])


def test_a_second_holder_is_refused_with_the_pid_of_the_first(hold):
    holder = hold()
    with pytest.raises(InputError, match=rf"train@a is running as process {os.getpid()} already"):
        hold(fingerprint="f2")
    assert hold("train@b").load() is None
    release(holder)
    assert hold().load() is None


def test_a_refused_holder_leaves_the_state_alone(hold):
    holder = hold()
    holder.save(ARRAYS)
    with pytest.raises(InputError, match="already"):
        hold(fingerprint="f2")
    assert holder.load() is not None


def test_another_fingerprint_discards_the_state(hold, folder):
    first = hold()
    first.save(ARRAYS)
    release(first)
    assert hold(fingerprint="f2").load() is None
    assert [file.name for file in folder.iterdir()] == ["lock"]


def test_a_save_cut_short_leaves_the_one_before(hold, folder):
    first = hold()
    first.save(ARRAYS)
    (folder / "f1.npz.partial").write_bytes(b"cut sh")
    release(first)
    again = hold()
    assert again.load().keys() == ARRAYS.keys()
    assert not (folder / "f1.npz.partial").exists()


def test_a_first_save_cut_short_starts_from_nothing(hold, folder):
    folder.mkdir(parents=True)
    (folder / "f1.npz.partial").write_bytes(b"cut sh")
    assert hold().load() is None


def test_fer_fresh_discards_the_state(hold, monkeypatch):
    first = hold()
    first.save(ARRAYS)
    release(first)
    monkeypatch.setenv("FER_FRESH", "1")
    assert hold().load() is None


def test_a_finished_training_leaves_nothing(hold, folder):
    state = hold()
    state.save(ARRAYS)
    state.discard()
    assert not folder.exists()
    assert hold().load() is None

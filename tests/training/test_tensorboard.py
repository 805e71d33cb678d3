import sys

import pytest
from tensorboardX.event_file_writer import EventFileWriter
from tensorboardX.proto.event_pb2 import Event

from fer_pipeline.errors import InputError
from fer_pipeline.training.tensorboard import FOLDER_VARIABLE, EventLog

ROW = {"epoch": 3, "loss": 1.5, "public_test_accuracy": 0.25}


def events_in(folder) -> list[Event]:
    """Events of the only file there; each lies between a length, its checksum and one of its own."""
    (file,) = folder.glob("events.*")
    content, events = file.read_bytes(), []
    while content:
        length = int.from_bytes(content[:8], "little")
        events.append(Event.FromString(content[12:12 + length]))
        content = content[16 + length:]
    return events


def test_each_figure_of_an_epoch_is_an_event(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    log = EventLog("lenet5")
    log.write(ROW)
    log.close()
    values = {value.tag: (event.step, value.simple_value) for event in events_in(tmp_path / "lenet5")
              for value in event.summary.value}
    assert values == {"loss": (3, 1.5), "public_test_accuracy": (3, 0.25)}


def test_nothing_is_written_unless_asked_for(monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(EventFileWriter, "__init__", lambda *_: pytest.fail("an event file was opened"))
    EventLog("lenet5").write(ROW)


def test_a_missing_package_is_named_with_what_installs_it(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(InputError, match=r"tensorboardX is not installed\. Run `pip install -e '\.\[tensorboard\]'`"):
        EventLog("lenet5")

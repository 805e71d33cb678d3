import os
import signal
import subprocess
import sys

import psutil
import pytest

from fer_pipeline.runtime import parent

START = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
START_BY_SHELL = """
import os, subprocess, sys
os.environ['DVC_STAGE'] = 'train'
subprocess.run(['/bin/sh', '-c', '"$0" -c "$1"; true', sys.executable, sys.argv[1]])
"""
STAGE = """
import os, time
from fer_pipeline.runtime import parent
parent.POLL_SECONDS = 0.1
parent.end_with_parent()
print(os.getpid(), flush=True)
time.sleep(60)
"""
WORDS = "The process that started this stage is gone"


@pytest.fixture
def flow(monkeypatch):
    """The flow of stages that are started after it."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setenv("FER_OWNER_PID", str(process.pid))
    yield process
    process.kill()
    process.wait()


@pytest.fixture(params=[START, START_BY_SHELL], ids=["itself", "by a shell that stays"])
def starter(request):
    """A process that started a stage; the stage writes to the same pipe and has said that it watches."""
    process = subprocess.Popen([sys.executable, "-c", request.param, STAGE], stdout=subprocess.PIPE, text=True)
    stage = int(process.stdout.readline())
    yield process
    process.kill()
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        os.kill(stage, signal.SIGKILL)
        raise


def test_a_stage_ends_when_the_process_that_started_it_is_killed(starter):
    starter.kill()
    said, _ = starter.communicate(timeout=5)    # the pipe ends when the stage, its last writer, does
    assert WORDS in said


def test_a_stage_ends_when_the_flow_behind_its_starter_is_killed(flow, starter):
    assert starter.poll() is None
    flow.kill()     # not waited for: a zombie counts as gone
    said, _ = starter.communicate(timeout=5)
    assert WORDS in said


def test_a_stage_lives_as_long_as_its_starter(starter):
    with pytest.raises(subprocess.TimeoutExpired, match="timed out"):
        starter.wait(timeout=0.5)


def test_a_starter_that_vanishes_while_it_is_looked_at_is_gone(monkeypatch):
    class Vanishing:
        def is_running(self) -> bool:
            return True

        def status(self) -> str:
            raise psutil.NoSuchProcess(1)

    sent = []
    monkeypatch.setattr(os, "kill", lambda *signalled: sent.append(signalled))
    parent._watch([Vanishing()])
    assert sent == [(os.getpid(), signal.SIGTERM)]

"""Checkouts with the made pipeline, whose trainings sleep: real DVC, Prefect, slots and resume state, in seconds."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import psutil

from benchmarks import made_pipeline
from tests.flows.conftest import Checkout, edit_yaml

AUTHOR = ("-c", "user.name=t", "-c", "user.email=t@example.org")
FLOW = ("fer_pipeline.cli", "train-all", "--slots", "2")


def make_checkout(folder: Path, environment: Mapping[str, str], **trainings: float) -> Checkout:
    """A checkout whose trainings take so many seconds each; slots and Prefect's home are its own."""
    made_pipeline.make(folder, trainings)
    own = {"FER_SLOTS_FOLDER": str(folder.parent / "slots"), "PREFECT_HOME": str(folder.parent / "prefect")}
    return Checkout(folder, {**environment, **own})


def start(checkout: Checkout, *command: str, log: str = "run.log", by: str = "terminal") -> subprocess.Popen:
    """`python -m COMMAND`, first of its process group, output beside the checkout.

    A script that starts it in the background lets it ignore Ctrl-C; a terminal does not.
    """
    ctrl_c = {"terminal": signal.SIG_DFL, "script": signal.SIG_IGN}[by]
    with (checkout.folder.parent / log).open("w") as file:
        return subprocess.Popen([sys.executable, "-m", *command], cwd=checkout.folder, env=checkout.environment,
                                stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
                                preexec_fn=partial(signal.signal, signal.SIGINT, ctrl_c))


def take_seconds(checkout: Checkout, seconds: float) -> None:
    """Let every training take so long from now on, which makes it stale."""

    def change(content: dict) -> None:
        train = content["stages"]["train"]
        train["foreach"] = dict.fromkeys(train["foreach"], seconds)

    edit_yaml(checkout.folder / "dvc.yaml", change)


def snapshots(checkout: Checkout, since: float = 0.0) -> int:
    """How many trainings have a state to go on from, written after a moment of the clock."""
    files = (checkout.folder / ".fer/state").glob("train@*/*.npz")
    return sum(file.stat().st_mtime > since for file in files)


def stages(checkout: Checkout) -> list[psutil.Process]:
    """Processes of stages and of DVC that work in the checkout."""
    return [process for process in psutil.process_iter(["cmdline", "cwd"])
            if process.info["cwd"] == str(checkout.folder)
            and {"made_stage.py", "--single-item"} & set(process.info["cmdline"] or [])]


def processes_of(checkout: Checkout) -> list[psutil.Process]:
    """Everything that works in its folder, and Prefect's temporary server of its home; never the test itself."""
    found = []
    for process in psutil.process_iter(["cwd"]):
        if process.pid == os.getpid():
            continue
        try:
            home = process.environ().get("PREFECT_HOME")
        except psutil.Error:
            continue
        if process.info["cwd"] == str(checkout.folder) or home == checkout.environment["PREFECT_HOME"]:
            found.append(process)
    return found


def kill_all(checkout: Checkout) -> None:
    """What a power cut does to the processes: all of them are gone at once."""
    doomed = processes_of(checkout)
    for process in doomed:
        process.suspend()       # so that none sees another's end
    for process in [*doomed, *processes_of(checkout)]:
        os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs(doomed, timeout=30)


def commit(checkout: Checkout, message: str) -> None:
    for command in (("add", "."), (*AUTHOR, "commit", "--quiet", "-m", message)):
        subprocess.run(["git", *command], cwd=checkout.folder, check=True)


def tag(checkout: Checkout, name: str) -> None:
    subprocess.run(["git", "tag", name], cwd=checkout.folder, check=True)

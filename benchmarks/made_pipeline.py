"""A made pipeline whose trainings sleep instead of computing: real DVC, real slots, real resume state, no framework.

For what can only be timed or killed with many trainings at once: speed-up on slots, faults.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
COPIED = (".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore", "prefect.yaml", "pyproject.toml", "params.yaml")
CODE = ("fer_pipeline", "flows", "profiles")
SCRIPT = "made_stage.py"


def make(folder: Path, trainings: dict[str, float]) -> None:
    """A git and DVC checkout in `folder`: `prepare`, `train@NAME` for so many seconds each, `gather`."""
    copy_project(folder)
    shutil.copyfile(__file__, folder / SCRIPT)
    YAML(typ="safe").dump(_stages(trainings), folder / "dvc.yaml")
    with (folder / ".gitignore").open("a") as ignored:
        ignored.write("/prepared/\n/models/\n/report/\n")      # or DVC writes files of its own for them
    commit(folder)


def copy_project(folder: Path) -> None:
    """Code and settings of this project, without its pipeline."""
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".dvc").mkdir()
    for name in COPIED:
        shutil.copyfile(ROOT / name, folder / name)


def commit(folder: Path) -> None:
    """Everything as the first commit of a new repository."""
    for command in (("init", "--quiet"), ("add", "."),
                    ("-c", "user.name=m", "-c", "user.email=m@example.org", "commit", "--quiet", "-m", "made")):
        subprocess.run(["git", *command], cwd=folder, check=True)


@contextmanager
def own_machine(folder: Path, more: Mapping[str, str]) -> Iterator[None]:
    """Own locks and Prefect home, this interpreter and `more` for every process started within."""
    before = dict(os.environ)
    os.environ |= {"FER_SLOTS_FOLDER": f"{folder}/slots", "PREFECT_HOME": f"{folder}/prefect", "DO_NOT_TRACK": "1",
                   "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                   "PATH": f"{Path(sys.executable).parent}{os.pathsep}{before['PATH']}", **more}
    os.environ.pop("PREFECT_API_URL", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _stages(trainings: dict[str, float]) -> dict[str, object]:
    return {"stages": {
        "prepare": {"cmd": f"python {SCRIPT} prepared/faces.txt 0", "deps": [SCRIPT], "outs": ["prepared/faces.txt"]},
        "train": {
            "foreach": trainings,
            "do": {"cmd": f"python {SCRIPT} models/${{key}}.txt ${{item}} metrics/${{key}}.json",
                   "deps": ["prepared/faces.txt"], "outs": ["models/${key}.txt"],
                   "metrics": [{"metrics/${key}.json": {"cache": False}}]},
        },
        "gather": {"cmd": f"python {SCRIPT} report/gathered.txt 0", "deps": ["models"],
                   "outs": ["report/gathered.txt"]},
    }}


def stage(out: Path, seconds: float, metrics: Path | None = None) -> None:
    """Sleep on a device slot, a snapshot a second; a killed one goes on from its last."""
    import json

    import numpy as np

    from fer_pipeline.params import load_params
    from fer_pipeline.runtime.parent import end_with_parent
    from fer_pipeline.runtime.run_log import logged_run
    from fer_pipeline.runtime.slots import device_slot
    from fer_pipeline.runtime.state import ResumeState

    end_with_parent()
    name = os.environ.get("DVC_STAGE", out.stem)
    params = load_params()
    slot_of_this = device_slot(params.compute.threads, params.run.slots_per_gpu, owner=name)
    with slot_of_this as slot, logged_run(name, slot.name):
        state = ResumeState(name, fingerprint=str(seconds))
        slept = float((state.load() or {"slept": 0.0})["slept"])
        if slept:
            print(f"Going on after {slept:g} s")
        while slept < seconds:
            step = min(1.0, seconds - slept)
            time.sleep(step)
            _require(slot.environment["CUDA_VISIBLE_DEVICES"])
            slept += step
            state.save({"slept": np.array(slept)})
            print(f"{slept:g}/{seconds:g} s")
        state.discard()
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(f"{out.stem}\n")
        if metrics:
            metrics.parent.mkdir(exist_ok=True)
            metrics.write_text(json.dumps({"seconds": seconds}))


def _require(device: str) -> None:
    """End as a training does whose GPU has left the bus."""
    from fer_pipeline.runtime.devices import installed_gpus

    if device != "-1" and device not in [gpu.uuid for gpu in installed_gpus()]:
        sys.exit(f"error: CUDA error: {device} has left the bus")


if __name__ == "__main__":
    stage(Path(sys.argv[1]), float(sys.argv[2]), *map(Path, sys.argv[3:]))

"""Where a checkout and a machine keep what is neither source nor a DVC output."""

import os
from pathlib import Path

LOCAL_FOLDER = Path(".fer")                     # ignored by git: local paths, run log, resume state
SOURCE_FILE = LOCAL_FOLDER / "source.yaml"      # the path behind `acquire.source: path`


def state_folder() -> Path:
    """Resume state of unfinished trainings; `FER_STATE` moves it outside the checkout."""
    return Path(os.environ.get("FER_STATE", LOCAL_FOLDER / "state"))


def downloads_folder() -> Path:
    """What Kaggle sent, whole and in parts; outside DVC's outputs, so that a killed download goes on."""
    return Path(os.environ.get("FER_DOWNLOADS", LOCAL_FOLDER / "downloads"))


def run_log_folder() -> Path:
    """Records of what ran here: when, how long, on what."""
    return LOCAL_FOLDER / "runs"


def slots_folder() -> Path:
    """Locks of the device slots, one folder for all users and checkouts of this machine, whatever TMPDIR says."""
    return Path(os.environ.get("FER_SLOTS_FOLDER", "/tmp/fer-slots"))

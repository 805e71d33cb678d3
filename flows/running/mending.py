"""What a kill can leave broken in DVC's own files, mended before a flow starts; DVC asks people to do it by hand.

- dvc.lock torn, by a plain `dvc repro` that was killed while it wrote: entries that are whole stay, the others come
  from the last commit. Where that one is older, DVC finds the stage stale and takes its result from the run cache.
- Partial files in DVC's cache, which a kill or a full disk left: they take space, and DVC reads one in its run cache as
  if it were a run's whole record.
- DVC's list of files in use (.dvc/tmp/rwlock) torn, or naming a process that is gone while its number went to another.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from dvc.lock import make_lock
from dvc.repo import Repo
from dvc.rwlock import RWLOCK_FILE, RWLOCK_LOCK
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.utils.serialize import YAMLFileCorruptedError, dumps_yaml, loads_yaml, parse_yaml
from voluptuous import Invalid

from flows.cleaning.local import partial_files
from flows.running.at_work import at_work
from flows.running.dvc_whole import replace_whole

LOCK_FILE = "dvc.lock"
ENTRY = re.compile(r"(?m)^  (?=\S.*:$)")      # where an entry of a stage begins
HEAD = f"HEAD:./{LOCK_FILE}"


def mend() -> list[str]:
    """Mend the checkout that is the current folder; nobody else may run a flow in it.

    Returns:
        What was mended, a sentence each.
    """
    with Repo(_wait_for_lock=True) as repo:
        files_in_use = _mend_files_in_use(Path(repo.tmp_dir))
        with repo.lock:
            return [*files_in_use, *_mend_lock(Path(repo.root_dir, LOCK_FILE)), *_remove_partial(repo)]


def _remove_partial(repo: Repo) -> Iterator[str]:
    if at_work(Path(repo.root_dir)):        # a plain `dvc repro` may be writing one
        return
    for item in partial_files(Path(repo.cache.local.path).parents[1]):
        item.remove()
        yield f"{item.what} were removed"


def is_whole(text: str) -> bool:
    """Whether DVC can read a dvc.lock with this content."""
    try:
        return bool(COMPILED_LOCKFILE_SCHEMA(parse_yaml(text, LOCK_FILE)))
    except (YAMLFileCorruptedError, Invalid):
        return False


def _mend_lock(file: Path) -> Iterator[str]:
    if not file.exists() or is_whole(text := file.read_text(errors="replace")):
        return
    kept, committed = salvaged(text), _committed()
    entries = committed | kept
    replace_whole(file, lambda stream: stream.write(dumps_yaml({"schema": "2.0", "stages": entries})))
    yield (f"{LOCK_FILE} was torn by a kill: {len(kept)} stages kept, {len(entries.keys() - kept.keys())} taken from "
           "the last commit; what else ran comes from DVC's run cache")


def salvaged(text: str) -> dict[str, Any]:
    """The entries of a torn dvc.lock before the one that was being written."""
    begins = [found.start() for found in ENTRY.finditer(text)]
    while begins:
        if is_whole(part := text[:begins.pop()].rstrip() + "\n"):
            return dict(loads_yaml(part)["stages"])
    return {}


def _committed() -> dict[str, Any]:
    shown = subprocess.run(["git", "show", HEAD], capture_output=True, text=True, check=False)
    return dict(loads_yaml(shown.stdout)["stages"]) if shown.returncode == 0 and is_whole(shown.stdout) else {}


def _mend_files_in_use(folder: Path) -> list[str]:
    """Remove entries of processes that are gone; all of them if the list is torn."""
    file = folder / RWLOCK_FILE
    with make_lock(str(folder / RWLOCK_LOCK), tmp_dir=str(folder), wait=True):
        if not file.exists():
            return []
        try:
            listed = json.loads(file.read_text())
        except json.JSONDecodeError:
            file.unlink()
            return ["DVC's list of files in use was torn by a kill, and is begun anew"]
        living = _living(listed)
        if living == listed:
            return []
        file.write_text(json.dumps(living))
        return ["DVC's list of files in use named processes that are gone"]


def _living(listed: dict[str, Any]) -> dict[str, Any]:
    write = {path: info for path, info in listed.get("write", {}).items() if _lives(info)}
    read = {path: left for path, infos in listed.get("read", {}).items()
            if (left := [info for info in infos if _lives(info)])}
    return {mode: entries for mode, entries in (("write", write), ("read", read)) if mode in listed}


def _lives(info: dict[str, Any]) -> bool:
    """Whether the process that was entered is still the one of this number: by the arguments that it noted."""
    try:
        words = psutil.Process(info["pid"]).cmdline()
    except psutil.Error:
        return False
    arguments = str(info["cmd"]).split()[1:]
    return " ".join(words).split()[len(words) - len(arguments):] == arguments if arguments else True

"""What travels by the DVC remote: a stage's inputs to another machine, its result back. DVC's own code does it."""

import logging
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dvc.output import Output
from dvc.repo import Repo
from dvc.stage import Stage

from fer_pipeline.errors import InputError

# Of a remote's settings those that say where it is. Credentials stay at home.
PLACE_KEYS = ("url", "endpointurl", "region", "port", "user")
_one_thread = threading.Lock()      # DVC's locks tell processes apart, and the flow starts stages from threads


@contextmanager
def repository() -> Iterator[Repo]:
    """DVC's view of this checkout, for one thread at a time."""
    logging.getLogger("dvc").setLevel(logging.WARNING)      # what it says else is of a `dvc repro` that nobody started
    with _one_thread, Repo(_wait_for_lock=True) as repo:
        yield repo


def place() -> tuple[str, dict[str, str]]:
    """Name of the default remote, and where it is.

    Raises:
        InputError: There is no default remote.
    """
    with repository() as repo:
        name = repo.config["core"].get("remote")
        settings = repo.config["remote"].get(name)
    if settings is None:
        raise InputError(f"Data and models travel by the DVC remote, and this checkout has no default one (core.remote "
                         f"is {name!r}). Add one that every node reaches and commit .dvc/config: "
                         "`dvc remote add --default store s3://BUCKET/PATH`.")
    return name, {key: str(settings[key]) for key in PLACE_KEYS if key in settings}


def set_place(name: str, settings: dict[str, str]) -> None:
    """Make it this checkout's default remote, in its local configuration."""
    with repository() as repo, repo.config.edit("local") as config:
        config["remote"] = {name: settings}
        config["core"] = {"remote": name}


def output_paths() -> list[str]:
    """Every output of dvc.yaml, relative to the checkout."""
    with repository() as repo:
        return sorted(_relative(out.fs_path) for out in repo.index.outs)


def writers() -> dict[str, str]:
    """The stage that writes each cached output, by its path. DVC reads all of dvc.yaml for that: ask once a run."""
    with repository() as repo:
        return {_relative(out.fs_path): out.stage.addressing for out in repo.index.outs if out.use_cache}


def send_inputs(name: str, written_by: dict[str, str]) -> dict[str, str]:
    """Push what stage `name` reads.

    Args:
        name: The stage.
        written_by: `writers()`.

    Returns:
        What its node must fetch: of `written_by` those that it reads.

    Raises:
        InputError: A folder it reads holds files that no stage writes, so that it would differ there.
    """
    with repository() as repo:
        deps = [_relative(dep.fs_path) for dep in stage_of(repo, name).deps]
        inputs = {path: written_by[path] for dep in deps for path in _read_by(dep, written_by)}
        _push(repo, [_output(repo, path, stage) for path, stage in inputs.items()])
    return inputs


def _read_by(dep: str, outputs: Iterable[str]) -> list[str]:
    """Outputs that a stage with this dep reads: one inside which it is, or all that are inside it."""
    inside = [path for path in outputs if is_in(path, dep) and Path(path).exists()]
    if inside and dep not in inside:
        _require_known(Path(dep), inside)
    return inside or [path for path in outputs if is_in(dep, path)]


def _require_known(folder: Path, outputs: list[str]) -> None:
    files = [str(file) for file in sorted(folder.rglob("*")) if file.is_file()]
    strays = [file for file in files if not any(is_in(file, path) for path in outputs)]
    if strays:
        raise InputError(f"No stage writes {', '.join(strays)}, so DVC cannot send it, and {folder} would be another "
                         "one on another machine. Move it away and run again.")


def fetch(inputs: dict[str, str]) -> None:
    """Bring these outputs of other stages here; `inputs` as `send_inputs` returns them."""
    with repository() as repo:
        for path, stage in inputs.items():
            out = _output(repo, path, stage)
            repo.cloud.pull(_objects(out))
            out.checkout(force=True)


def push(names: list[str]) -> None:
    """Push all outputs of these stages that there are, those that git keeps too, and the run cache.

    `dvc push` leaves out what git keeps, and without that no other checkout can restore the stage.

    Raises:
        InputError: The remote did not take them.
    """
    with repository() as repo:
        repo.stage_cache.push(None)
        _push(repo, [out for name in names for out in stage_of(repo, name).outs if out.hash_info and out.exists])


def _push(repo: Repo, outs: list[Output]) -> None:
    failed = repo.cloud.push(set().union(*map(_objects, outs))).failed
    if failed:
        raise InputError(f"{len(failed)} objects of {', '.join(map(str, outs))} did not reach the DVC remote; the log "
                         "above says why. They stay in this machine's DVC cache. Repair the remote and run again.")


def _objects(out: Output) -> set[Any]:
    """Hashes of a file, or of a folder and all in it. Of what git keeps DVC would tell none."""
    return set().union(*out.get_used_objs().values()) if out.is_dir_checksum else {out.hash_info}


def stage_of(repo: Repo, name: str) -> Stage:
    """A stage of dvc.yaml; no other is read for that."""
    (stage,) = repo.stage.collect(name)
    return stage


def _output(repo: Repo, path: str, stage: str) -> Output:
    (out,) = [out for out in stage_of(repo, stage).outs if _relative(out.fs_path) == path]
    return out


def is_in(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or inside it."""
    return path == folder or path.startswith(f"{folder}/")


def _relative(path: str | Path) -> str:
    return os.path.relpath(path)

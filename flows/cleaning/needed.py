"""What of DVC's cache is needed: by the workspace, every tag, experiments, the last commits, clones, younger runs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc.utils.serialize import YAMLFileCorruptedError, load_yaml
from dvc_data.hashfile.hash_info import HASH_DIR_SUFFIX
from dvc_data.hashfile.tree import Tree

from fer_pipeline.errors import InputError
from fer_pipeline.runtime.folders import LOCAL_FOLDER
from flows.cleaning.items import Limits

HASH = "md5"


def needed(repo: Repo, limits: Limits, objects: dict[str, Path]) -> set[str]:
    """Hashes of all that stays.

    Args:
        repo: The checkout's.
        limits: What else stays.
        objects: Every object of the cache, by its hash.

    Raises:
        InputError: A revision cannot be read, so that nobody knows what it needs.
    """
    kept = _by_revisions(repo, limits.revisions)
    for clone in clones(repo):
        with Repo(str(clone)) as other:
            kept |= _by_revisions(other, limits.revisions)
    kept |= {oid for oid, file in objects.items() if not limits.is_old(file)}
    for entry in run_cache(repo):
        outs = outputs(entry)
        if not limits.is_old(entry) or (outs and max(outs, key=lambda out: out.get("size", 0))[HASH] in kept):
            kept |= {out[HASH] for out in outs}     # metrics too, which only the run cache keeps
    return _with_content(repo, kept & objects.keys())


def _by_revisions(repo: Repo, revisions: int) -> set[str]:
    try:
        with _remarks_held():
            used = repo.used_objs(all_branches=True, all_tags=True, all_experiments=True, num=revisions)
    except DvcException as error:
        raise InputError(f"What {repo.root_dir} needs of DVC's cache cannot be told: {error}. Nothing was removed. "
                         "Repair that revision, or remove its tag or branch, and run again.") from None
    return {info.value for infos in used.values() for info in infos if info.value}


@contextmanager
def _remarks_held() -> Iterator[None]:
    """Without DVC's line for every output that a commit did not know yet."""
    logger = logging.getLogger("dvc")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def clones(repo: Repo) -> list[Path]:
    """Checkouts in .fer that share this cache."""
    return [folder for marker in sorted(Path(repo.root_dir, LOCAL_FOLDER).glob("**/.dvc/config"))
            if _shares_cache(folder := marker.parents[1], repo)]


def _shares_cache(folder: Path, repo: Repo) -> bool:
    with Repo(str(folder)) as other:
        return bool(other.cache.local.path == repo.cache.local.path)


def run_cache(repo: Repo) -> Iterator[Path]:
    """Files of DVC's run cache, one a run of a stage."""
    return (file for file in sorted(Path(repo.stage_cache.cache_dir).glob("*/*/*")) if file.is_file())


def outputs(entry: Path) -> list[dict[str, Any]]:
    """What a run wrote, each with its `md5` and `size`; nothing for an entry that cannot be read."""
    try:
        return [out for out in load_yaml(str(entry))["outs"] if HASH in out]
    except (YAMLFileCorruptedError, KeyError, TypeError):
        return []


def _with_content(repo: Repo, hashes: set[str]) -> set[str]:
    """And the files of the folders among them."""
    odb = repo.cache.local
    folders = (odb.get(oid) for oid in hashes if oid.endswith(HASH_DIR_SUFFIX))
    inside = {info.value for folder in folders for _, _, info in Tree.load(odb, folder.hash_info)}
    return hashes | inside

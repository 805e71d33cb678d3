"""DVC's cache and run cache, by DVC's own collector; remotes are never touched."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from dvc.repo import Repo
from dvc_data.hashfile.gc import gc
from dvc_data.hashfile.hash_info import HashInfo

from flows.cleaning.items import Item, Limits, size_of
from flows.cleaning.needed import HASH, clones, needed, outputs, run_cache


def unneeded(repo: Repo, limits: Limits, kept: list[str]) -> Iterator[Item]:
    """What nothing needs of both. The caller holds DVC's lock.

    Args:
        repo: The checkout's.
        limits: What stays.
        kept: Takes sentences on what stays.
    """
    cache = Path(repo.cache.local.path)
    if not cache.is_relative_to(repo.root_dir):
        kept.append(f"DVC's cache {cache} lies outside this checkout, so others may share it: `dvc gc --projects` can "
                    "ask them")
        return
    objects = {oid: Path(repo.cache.local.oid_to_path(oid)) for oid in repo.cache.local.all()}
    stays = needed(repo, limits, objects)
    kept.append(_words(repo, limits))
    if going := objects.keys() - stays:
        yield Item("DVC cache", f"{len(going)} of {len(objects)} objects", size_of(objects[oid] for oid in going),
                   partial(_collect, repo, stays))
    entries = [entry for entry in run_cache(repo) if not {out[HASH] for out in outputs(entry)} <= stays]
    if entries:
        yield Item("Run cache", f"{len(entries)} runs without their outputs", size_of(entries),
                   partial(_remove, entries))


def _collect(repo: Repo, stays: set[str]) -> None:
    gc(repo.cache.local, [HashInfo(HASH, oid) for oid in stays])


def _remove(entries: list[Path]) -> None:
    for entry in entries:
        entry.unlink()
        for folder in entry.parents[:2]:
            if not any(folder.iterdir()):
                folder.rmdir()


def _words(repo: Repo, limits: Limits) -> str:
    tags = repo.scm.list_tags()
    shared = f", {len(found)} clones" if (found := clones(repo)) else ""
    named = f" ({', '.join(tags[-3:])}{', …' if len(tags) > 3 else ''})" if tags else ""
    last = "the last commit" if limits.revisions == 1 else f"the last {limits.revisions} commits"
    return (f"data and models of the workspace, {len(tags)} tag{'s' * (len(tags) != 1)}{named}, {last} of "
            f"every branch, experiments{shared}, and all younger than {limits.older_than:g} days")

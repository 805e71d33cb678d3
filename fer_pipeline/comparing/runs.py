"""A run as a git revision holds it: figures, parameters and hashes of the outputs, read by DVC."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from dvc.dvcfile import LOCK_FILE
from dvc.exceptions import DvcException
from dvc.output import Output as DvcOutput
from dvc.repo import Repo
from dvc.scm import SCMError

from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.metrics import Figures
from fer_pipeline.evaluation.ranking import Candidate, ranked
from fer_pipeline.labels import Usage
from fer_pipeline.params import PARAMS_FILE
from fer_pipeline.reporting.results import SETS_OF

WORKSPACE = "workspace"     # DVC's name of what is no revision
METRICS = PurePosixPath("artifacts/metrics")
ENSEMBLE = "ensemble"       # the folder of its metrics and of its record
ENSEMBLE_FILE = "artifacts/ensemble/ensemble.json"
SETS = [name for sets in SETS_OF.values() for name in sets]

FiguresBySet = Mapping[str, Figures]


@dataclass(frozen=True)
class Output:
    """A file or folder that a stage wrote.

    Attributes:
        md5: As dvc.lock has it.
        size: Bytes.
        file: Where the cache has it, if it has it.
    """

    md5: str
    size: int
    file: Path


@dataclass(frozen=True)
class Run:
    """What a revision holds of a run.

    Attributes:
        name: As people ask for it, with the commit.
        revision: The commit, or `workspace`.
        named: Entries of `architectures` in its params.yaml.
        networks: Figures by network and set of faces; networks without any are left out.
        ensemble: Figures of the vote by set of faces.
        outputs: By path.
    """

    name: str
    revision: str
    named: frozenset[str]
    networks: Mapping[str, FiguresBySet]
    ensemble: FiguresBySet
    outputs: Mapping[str, Output]

    def figures(self, network: str | None, faces: str) -> Figures | None:
        """Of a network, or the ensemble for None, on a set of faces."""
        return (self.ensemble if network is None else self.networks.get(network, {})).get(faces)

    @cached_property
    def champion(self) -> str | None:
        """The network that `select` takes of these figures; None if there is none with figures and a model."""
        sizes = {name: self.outputs[model].size for name in self.networks
                 if (model := f"artifacts/models/{name}.keras") in self.outputs}
        candidates = [Candidate(name, figures[Usage.PUBLIC_TEST]) for name, figures in self.networks.items()
                      if name in sizes and Usage.PUBLIC_TEST in figures]
        return ranked(candidates, sizes)[0].architecture if candidates else None

    @property
    def vote_md5(self) -> str | None:
        """Checksum of the ensemble's record; None if there is no ensemble."""
        record = self.outputs.get(ENSEMBLE_FILE)
        return None if record is None else record.md5

    @cached_property
    def votes(self) -> dict[str, int] | None:
        """Votes by member of the ensemble; None if the cache does not have its record."""
        record = self.outputs.get(ENSEMBLE_FILE)
        if record is None or not record.file.is_file():
            return None
        members = json.loads(record.file.read_text())["members"]
        return {member["architecture"]: member["votes"] for member in members}


def read_run(repo: Repo, revision: str) -> Run:
    """Read a run.

    Args:
        repo: Of DVC.
        revision: Of git: commit, branch, tag, an experiment of DVC; or `workspace`.

    Raises:
        InputError: git does not know the revision, or it holds no dvc.lock, no metrics or unreadable ones.
    """
    with _switched(repo, revision) as commit:
        name = revision if commit.startswith(revision) else f"{revision} ({commit[:7]})"
        _require_lock(repo, name)
        outputs = dict(_outputs(repo))
        metrics = _by_network(_metrics(repo, name))
        params = repo.params.show()[""]["data"].get(str(PARAMS_FILE), {}).get("data", {})
        return Run(name, commit, frozenset(params.get("architectures") or {}),
                   {network: found for network, found in metrics.items() if network is not None},
                   metrics.get(None, {}), outputs)


def changed_params(repo: Repo, before: Run, after: Run) -> dict[str, dict[str, Any]]:
    """Parameters that differ: by name, `old` and `new`; None for one that is not there."""
    files = repo.params.diff(before.revision, after.revision).get("diff", {})
    return {(key if file == str(PARAMS_FILE) else f"{file}:{key}"): {end: change[end] for end in ("old", "new")}
            for file, changes in sorted(files.items()) for key, change in sorted(changes.items())}


@contextmanager
def _switched(repo: Repo, revision: str) -> Iterator[str]:
    """`repo` as it was at a revision, whose commit is given."""
    try:
        with repo.switch(revision) as commit:
            yield commit
    except SCMError as error:
        raise InputError(f"{revision!r} is no revision here: {error}. Allowed: a commit, branch, tag or experiment of "
                         "this checkout, or nothing for the workspace. `git log --oneline -- dvc.lock` and "
                         "`dvc exp list` name those that hold runs; `git fetch --tags` fetches others.") from None
    except DvcException as error:
        raise InputError(f"DVC cannot read {revision}: {error}. Repair what it names, or compare with another "
                         "revision.") from None


def _require_lock(repo: Repo, name: str) -> None:
    if not repo.fs.exists(repo.fs.join(repo.root_dir, LOCK_FILE)):
        raise InputError(f"{name} holds no dvc.lock, so nothing has run there. Run `fer train-all` and commit dvc.lock "
                         "with artifacts/metrics, or name another: `git log --oneline -- dvc.lock`.")


def _metrics(repo: Repo, name: str) -> dict[PurePosixPath, Any]:
    """Content of the metrics files, by path below the folder of metrics. Those that are not there are left out."""
    shown = {PurePosixPath(Path(file).as_posix()): result for file, result in repo.metrics.show()[""]["data"].items()}
    found = {file.relative_to(METRICS): result for file, result in shown.items()
             if file.is_relative_to(METRICS) and not isinstance(result.get("error"), FileNotFoundError)}
    if not found:
        raise InputError(f"{name} holds no metrics in {METRICS}. Run `fer train-all` and commit that folder with "
                         f"dvc.lock, or name another: `git log --oneline -- {METRICS}`.")
    for file, result in found.items():
        if "accuracy" not in result.get("data", {}):
            raise InputError(f"{METRICS / file} of {name} has no accuracy ({result.get('error', 'of an older form')}). "
                             "Name a revision whose metrics files hold accuracy, accuracy_low, accuracy_high, macro_f1 "
                             f"and faces: `git log --oneline -- {METRICS}`.")
    return {file: result["data"] for file, result in found.items()}


def _by_network(metrics: Mapping[PurePosixPath, Any]) -> dict[str | None, dict[str, Figures]]:
    """Figures by network, None for the ensemble, and set of faces."""
    found: dict[str | None, dict[str, Figures]] = {}
    for file, content in metrics.items():
        folder, name = file.parent.name, file.stem
        network, faces = (None, name) if folder == ENSEMBLE else (name, folder)
        if faces in SETS:
            found.setdefault(network, {})[faces] = content
    return found


def _outputs(repo: Repo) -> Iterable[tuple[str, Output]]:
    """What stages wrote and DVC keeps; metrics are git's."""
    for out in repo.index.outs:
        if out.use_cache and out.hash_info:
            yield _path(repo, out), Output(out.hash_info.value, out.meta.size or 0, Path(out.cache_path))


def _path(repo: Repo, out: DvcOutput) -> str:
    return str(PurePosixPath(Path(out.fs_path).as_posix()).relative_to(Path(repo.root_dir).as_posix()))

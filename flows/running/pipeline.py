"""What DVC knows of the pipeline: its stages, what each waits for, what is stale. DVC is asked; nothing is kept."""

from dataclasses import dataclass
from pathlib import Path

from dvc.dvcfile import PROJECT_FILE
from dvc.repo import Repo
from dvc.repo.reproduce import plan_repro
from dvc.stage import Stage as DvcStage
from dvc.utils.serialize import dumps_yaml, parse_yaml_for_update

from flows.running.dvc_whole import replace_whole


@dataclass(frozen=True)
class Stage:
    """A stage instance of dvc.yaml, such as `train@lenet5`.

    Attributes:
        name: As DVC addresses it.
        needs: Stages whose output it names as a dep: it cannot run if one of them failed.
        follows: Stages that write into a folder it names as a dep: it waits for them, and runs without those that
            failed.
        module: Of fer_pipeline.stages, that its command runs; empty if it runs something else.
    """

    name: str
    needs: frozenset[str]
    follows: frozenset[str]
    module: str = ""

    @property
    def upstream(self) -> frozenset[str]:
        return self.needs | self.follows

    def kept_back_by(self, failed: set[str]) -> list[str]:
        """Of the failed stages those that keep this one from running: any that it needs, or all that it follows."""
        own = self.upstream & failed
        return sorted(own if own & self.needs or own == self.follows else [])


def read_pipeline() -> list[Stage]:
    """Every stage of dvc.yaml in the order in which `dvc repro` would run them."""
    with Repo() as repo:
        return pipeline_of(repo)


def pipeline_of(repo: Repo) -> list[Stage]:
    """The same of an open repository. A dvc.yaml of another folder is run by itself."""
    graph = repo.index.graph
    return [_stage(stage, list(graph.successors(stage))) for stage in plan_repro(graph)
            if stage.path_in_repo == PROJECT_FILE]


def _stage(stage: DvcStage, upstream: list[DvcStage]) -> Stage:
    deps = {dep.fs_path for dep in stage.deps}
    needed = {other.addressing for other in upstream if any(out.fs_path in deps for out in other.outs)}
    return Stage(stage.addressing, frozenset(needed), frozenset(other.addressing for other in upstream) - needed,
                 _module(stage.cmd or ""))


def _module(command: str) -> str:
    launched = command.removeprefix("python -m fer_pipeline.stages ")
    return "" if launched == command else launched.split()[0]


def stale_stages() -> set[str]:
    """Stages whose own deps, params, command or outputs differ from dvc.lock."""
    with Repo(_wait_for_lock=True) as repo:
        return set(repo.status())


def restore_order(names: list[str]) -> None:
    """Put the entries of dvc.lock in pipeline order: stages that ran side by side entered it as they finished."""
    with Repo(_wait_for_lock=True) as repo, repo.lock:
        file = Path(repo.root_dir, "dvc.lock")
        if not file.exists():
            return
        lock = parse_yaml_for_update(file.read_text(), str(file))
        entries = lock["stages"]
        ordered = [name for name in [*names, *entries] if name in entries]
        if list(dict.fromkeys(ordered)) == list(entries):
            return
        lock["stages"] = {name: entries[name] for name in ordered}
        replace_whole(file, lambda stream: stream.write(dumps_yaml(lock)))

"""dvc.yaml holds what the code needs: nothing imported is missing, nothing of PrivateTest leaks."""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from dvc.repo import Repo

from fer_pipeline import params

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "fer_pipeline"
# params.py, recipes.py: their values stand under `params:`. runtime/: surrounds a stage and shapes nothing it writes.
NOT_TRACKED = ("fer_pipeline.params", "fer_pipeline.recipes", "fer_pipeline.runtime")
SPLITTING = {"acquire", "images", "votes", "census", "validate"}   # they see the whole csv and write one file a usage
NAMED_ONLY = {ROOT / "artifacts/data_docs/source",          # Data Docs hold run times: no DVC output
              ROOT / "artifacts/data_docs/balanced_set",
              ROOT / "data/images"}                         # validate says where quarantined faces are shown
JUDGING = ("judge@", "judge_ensemble", "analyse", "examine", "census_page", "report")


@pytest.fixture(scope="module")
def stages() -> dict:
    with Repo(str(ROOT)) as repo:
        return {stage.addressing: stage for stage in repo.index.stages}


def _names(stages: dict) -> set[str]:
    return {name.split("@")[0] for name in stages}


def _imported_files(module: str, seen: set[str]) -> Iterator[Path]:
    """Files of first-party modules that `module` imports, directly or not."""
    if module in seen or module.startswith(NOT_TRACKED):
        return
    seen.add(module)
    file = PACKAGE.parent / Path(*module.split("."))
    file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    yield file
    for node in ast.walk(ast.parse(file.read_text())):
        for name in _first_party(node):
            yield from _imported_files(name, seen)


def _first_party(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fer_pipeline"):
        yield node.module
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            path = PACKAGE.parent / Path(*name.split("."))
            if path.is_dir() or path.with_suffix(".py").exists():
                yield name


def _dep_paths(stage) -> set[Path]:
    return {Path(dep.fs_path) for dep in stage.deps} - {ROOT / "params.yaml"}


def _covered(file: Path, deps: set[Path]) -> bool:
    return file in deps or any(parent in deps for parent in file.parents)


def test_every_first_party_import_of_a_stage_is_one_of_its_deps(stages: dict) -> None:
    missing = []
    for name, stage in stages.items():
        for file in _imported_files(f"fer_pipeline.stages.{name.split('@')[0]}", set()):
            bare = file.name == "__init__.py" and "import" not in file.read_text()
            if not bare and not _covered(file, _dep_paths(stage)):
                missing.append(f"{name} imports {file.relative_to(ROOT)}")
    assert not missing


def test_whoever_builds_a_network_depends_on_the_module_of_its_architecture(stages: dict) -> None:
    entries = params.load_params(ROOT / "params.yaml").architectures
    for name in entries:
        module = PACKAGE / "architectures" / f"{entries[name].architecture}.py"
        assert module.is_file()
        assert module in _dep_paths(stages[f"train@{name}"])
        assert module in _dep_paths(stages[f"evaluate@{name}"])


def test_every_stage_tracks_the_params_it_receives(stages: dict) -> None:
    for name, stage in stages.items():
        function_name = name.split("@")[0]
        function = getattr(import_module(f"fer_pipeline.stages.{function_name}"), function_name)
        fields = {field.alias or key for key, field in params.Params.model_fields.items()}
        received = {key for key in inspect.signature(function).parameters if key in fields}
        if "recipe" in inspect.signature(function).parameters:
            received.add(f"architectures.{name.split('@')[1]}")
        tracked = {key for dep in stage.params for key in dep.params}
        assert received == tracked, name


def test_only_judging_stages_depend_on_private_test(stages: dict) -> None:
    readers = {name for name, stage in stages.items() if any(_is_private(path) for path in _dep_paths(stage))}
    assert {name for name in readers if not name.startswith(JUDGING)} <= SPLITTING


def test_nothing_of_private_test_is_upstream_of_training_and_selection(stages: dict) -> None:
    for start in [name for name in stages if name.startswith(("balance", "train@", "evaluate@", "ensemble", "select"))]:
        seen = set()
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name in seen or name in SPLITTING:
                continue
            seen.add(name)
            assert not any(_is_private(path) for path in _dep_paths(stages[name])), f"{name}, upstream of {start}"
            assert not any(_is_private(Path(out.fs_path)) for out in stages[name].outs), f"{name}, upstream of {start}"
            waiting += [other for other, stage in stages.items() if _feeds(stage, stages[name])]


def test_only_the_report_may_read_what_was_found_out_about_the_champion(stages: dict) -> None:
    assert {name for name, stage in stages.items() if _feeds(stages["examine"], stage)} <= {"report"}


def _is_private(path: Path) -> bool:
    """Whether a path is of PrivateTest, or a folder that a PrivateTest file goes into."""
    text = path.relative_to(ROOT).as_posix().lower()
    holds_all = text in {"artifacts/metrics", "artifacts/predictions", "artifacts/confusion", "artifacts/ensemble",
                         "data/prepared/manifests",
                         "data/prepared/findings", "data/prepared/votes", "data/prepared/raw_table.parquet",
                         "data/raw/source", "artifacts/validation/summary.json", "artifacts/validation/census.json",
                         "artifacts/validation/census.html", "artifacts/validation/quarantine.csv"}
    return "private" in text or text.startswith("artifacts/examination") or holds_all


def _feeds(upstream, stage) -> bool:
    deps = _dep_paths(stage)
    outs = [Path(out.fs_path) for out in upstream.outs]
    return any(out in deps or any(dep in out.parents for dep in deps) for out in outs)


def test_every_stage_module_is_a_stage_and_every_stage_has_one(stages: dict) -> None:
    modules = {file.stem for file in (PACKAGE / "stages").glob("*.py")} - {"__init__", "__main__"}
    assert modules == _names(stages)


def test_commands_name_exactly_the_deps_and_outs(stages: dict) -> None:
    for name, stage in stages.items():
        words = stage.cmd.split()[4:]
        paths = {ROOT / word for word in words if "/" in word}
        data = {path for path in _dep_paths(stage) if PACKAGE not in path.parents}
        outs = {Path(out.fs_path) for out in stage.outs}
        assert data | outs <= paths, name
        assert paths - data - outs <= NAMED_ONLY, name

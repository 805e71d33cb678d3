"""dvc.yaml holds what the code needs: nothing imported is missing, nothing of PrivateTest leaks."""

import ast
import inspect
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from dvc.dvcfile import PROJECT_FILE
from dvc.repo import Repo
from ruamel.yaml import YAML

from fer_pipeline import params

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "fer_pipeline"
# params.py, recipes.py: their values stand under `params:`. runtime/: surrounds a stage and shapes nothing it writes.
# The package's own page: it has the Predictor on request, which no stage asks for.
NOT_TRACKED = ("fer_pipeline.params", "fer_pipeline.recipes", "fer_pipeline.runtime")
SPLITTING = {"acquire", "images", "votes", "census", "validate"}   # they see the whole csv and write one file a usage
NAMED_ONLY = {ROOT / "artifacts/data_docs/source",          # Data Docs hold run times: no DVC output
              ROOT / "artifacts/data_docs/balanced_set",
              ROOT / "data/images"}                         # validate says where quarantined faces are shown
JUDGING = ("judge@", "judge_student@", "judge_ensemble", "analyse", "examine", "census_page", "export", "report")
CHOOSING = ("balance", "train@", "evaluate@", "ensemble", "teach@", "train_student@", "evaluate_student@", "select")


@pytest.fixture(scope="module")
def stages() -> dict:
    with Repo(str(ROOT)) as repo:
        return {stage.addressing: stage for stage in repo.index.stages if stage.path_in_repo == PROJECT_FILE}


def _module(stage) -> str:
    """The stage's module, as its command names it: `evaluate` also evaluates students."""
    return stage.cmd.split()[3]


def _imported_files(module: str, seen: set[str]) -> Iterator[Path]:
    """Files of first-party modules that `module` imports, directly or not."""
    if module in seen or module == PACKAGE.name or module.startswith(NOT_TRACKED):
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
        for file in _imported_files(f"fer_pipeline.stages.{_module(stage)}", set()):
            bare = file.name == "__init__.py" and "import" not in file.read_text()
            if not bare and not _covered(file, _dep_paths(stage)):
                missing.append(f"{name} imports {file.relative_to(ROOT)}")
    assert not missing


def test_the_page_of_results_depends_on_all_that_makes_it() -> None:
    with Repo(str(ROOT)) as repo:
        (publish,) = repo.stage.collect("results/dvc.yaml:publish")
        deps, seen = _dep_paths(publish), set()
    missing = [file.relative_to(ROOT) for module in ("outcomes", "publish", "run")
               for file in _imported_files(f"fer_pipeline.imported_runs.{module}", seen)
               if not _covered(file, deps) and not (file.name == "__init__.py" and "import" not in file.read_text())]
    assert not missing


def test_whoever_builds_a_network_depends_on_the_module_of_its_architecture(stages: dict) -> None:
    loaded = params.load_params(ROOT / "params.yaml")
    for name, recipe in loaded.entries.items():
        module = PACKAGE / "architectures" / f"{recipe.architecture}.py"
        student = "_student" if name in loaded.students else ""
        assert module.is_file()
        assert module in _dep_paths(stages[f"train{student}@{name}"])
        assert module in _dep_paths(stages[f"evaluate{student}@{name}"])


def test_every_stage_tracks_the_params_it_receives(stages: dict) -> None:
    students = params.load_params(ROOT / "params.yaml").students
    for name, stage in stages.items():
        function = getattr(import_module(f"fer_pipeline.stages.{_module(stage)}"), _module(stage))
        fields = {field.alias or key for key, field in params.Params.model_fields.items()}
        received = {key for key in inspect.signature(function).parameters if key in fields}
        if "recipe" in inspect.signature(function).parameters:
            entry = name.split("@")[1]
            received.add(f"{'students' if entry in students else 'architectures'}.{entry}")
        tracked = {key for dep in stage.params for key in dep.params}
        assert received == tracked, name


def test_only_judging_stages_depend_on_private_test(stages: dict) -> None:
    readers = {name for name, stage in stages.items() if any(_is_private(path) for path in _dep_paths(stage))}
    assert {name for name in readers if not name.startswith(JUDGING)} <= SPLITTING


def test_nothing_of_private_test_is_upstream_of_training_and_selection(stages: dict) -> None:
    starts = [name for name in stages if name.startswith(CHOOSING)]
    assert {name.split("@")[0] for name in starts} >= {name.rstrip("@") for name in CHOOSING}
    for start in starts:
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


def test_students_are_taught_without_a_look_at_public_test_and_never_vote(stages: dict) -> None:
    teaching = [name for name in stages if name.startswith("teach@")]
    assert teaching
    for name in teaching:
        assert not any("public" in path.as_posix().lower() for path in _dep_paths(stages[name])), name
    assert not any("students" in path.parts for path in _dep_paths(stages["ensemble"]))
    assert not any("students" in path.parts for path in _dep_paths(stages["judge_ensemble"]))


@pytest.fixture
def without_students(tmp_path: Path) -> dict:
    """The stages of a params.yaml with `students: {}`."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text("[core]\n    no_scm = true\n")
    shutil.copyfile(ROOT / "dvc.yaml", tmp_path / "dvc.yaml")
    settings = YAML(typ="safe").load(ROOT / "params.yaml") | {"students": {}}
    YAML(typ="safe").dump(settings, tmp_path / "params.yaml")
    with Repo(str(tmp_path)) as repo:
        return {stage.name: [Path(out.fs_path) for out in stage.outs] for stage in repo.index.stages}


def test_no_student_leaves_the_other_stages_and_the_folder_that_select_reads(stages: dict, without_students: dict):
    assert without_students.keys() == {name for name in stages if "student" not in name}
    assert "teacher.json" in {out.name for out in without_students["ensemble"] if out.parent.name == "students"}


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
    assert modules == {_module(stage) for stage in stages.values()}


def test_commands_name_exactly_the_deps_and_outs(stages: dict) -> None:
    for name, stage in stages.items():
        words = stage.cmd.split()[4:]
        paths = {ROOT / word for word in words if "/" in word}
        data = {path for path in _dep_paths(stage) if PACKAGE not in path.parents}
        outs = {Path(out.fs_path) for out in stage.outs}
        assert data | outs <= paths, name
        assert paths - data - outs <= NAMED_ONLY, name

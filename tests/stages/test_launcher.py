import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.params import BalanceParams, ComputeParams, Params, TrainParams, ValidateParams
from fer_pipeline.recipes import Recipe
from fer_pipeline.runtime.energy import counters_of
from fer_pipeline.runtime.run_log import read, stages_log
from fer_pipeline.stages import __main__ as launcher
from fer_pipeline.stages.__main__ import bind


def validate(validate: ValidateParams, manifests_folder: Path, summary_file: Path) -> None: ...


def train(entry: str, recipe: Recipe, train: TrainParams, compute: ComputeParams, model_file: Path,
          measured: dict[str, Any]) -> None: ...


def report(profile: str, page_file: Path) -> None: ...


def balance(balance: BalanceParams, training_file: Path, balanced_file: Path) -> None: ...


def test_sections_are_bound_by_name_and_paths_in_order(params):
    assert bind(validate, params, ["in", "out/summary.json"]) == {
        "validate": params.validate_, "manifests_folder": Path("in"), "summary_file": Path("out/summary.json")}


def test_an_entry_brings_its_recipe_and_measurements_are_left_to_the_launcher(params):
    assert bind(train, params, ["lenet5", "a.keras"]) == {
        "entry": "lenet5", "recipe": params.architectures["lenet5"], "train": params.train,
        "compute": params.compute, "model_file": Path("a.keras")}


def test_a_student_brings_its_recipe_as_an_architecture_does(params):
    assert bind(train, params, ["lenet5_student", "a.keras"])["recipe"] is params.students["lenet5_student"]


def test_an_entry_that_does_not_exist_names_those_that_do(params):
    with pytest.raises(InputError, match=r"No entry 'lenet6' under 'architectures' or 'students'\. params\.yaml has: "
                                         r"lenet5, four_conv_cnn, three_block_cnn, lenet5_student\. Name one"):
        bind(train, params, ["lenet6", "a.keras"])


def test_a_plain_value_of_params_is_bound_too(params):
    assert bind(report, params, ["page.html"]) == {"profile": "sample", "page_file": Path("page.html")}


@pytest.mark.parametrize(("arguments", "message"), [
    ([], r"Stage balance: missing \['training_file', 'balanced_file'\], left over nothing\. Correct its cmd"),
    (["a"], r"Stage balance: missing \['balanced_file'\], left over nothing"),
    (["a", "b", "c", "d"], r"Stage balance: missing nothing, left over \['c', 'd'\]"),
])
def test_too_few_and_too_many_arguments_are_refused_by_name(params: Params, arguments, message):
    with pytest.raises(InputError, match=message):
        bind(balance, params, arguments)


@pytest.mark.usefixtures("checkout")
def test_a_stage_runs_with_its_folders_made_and_is_recorded(monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "acquire@test")
    Path("params.yaml").write_text(Path("params.yaml").read_text().replace("faces: 3000", "faces: 140"))
    launcher.run("acquire", ["deep/raw/source", "deep/provenance.json"])
    assert Path("deep/raw/source/fer2013.csv").exists()
    (record,) = read(stages_log())
    assert (record["stage"], record["device"], record["succeeded"]) == ("acquire@test", "cpu", True)


def test_energy_is_recorded_of_every_stage_where_the_machine_tells(checkout, monkeypatch):
    zone = checkout / "powercap" / "intel-rapl:0"
    zone.mkdir(parents=True)
    for name, content in (("name", "package-0"), ("energy_uj", "2500000"), ("max_energy_range_uj", "9000000")):
        (zone / name).write_text(content)
    monkeypatch.setattr(launcher, "counters_of", lambda device: counters_of(device, zone.parent))
    with pytest.raises(InputError, match="could be trained and evaluated"):
        launcher.run("select", ["models", "predictions", "students", "model.keras", "champion.json", "card.md"])
    assert [record["energy"] for record in read(stages_log())] == [{"processor": 0.0}]


@pytest.mark.usefixtures("checkout")
def test_a_failed_stage_is_recorded_as_such():
    with pytest.raises(InputError, match="could be trained and evaluated"):
        launcher.run("select", ["models", "predictions", "students", "model.keras", "champion.json", "card.md"])
    assert [(record["stage"], record["succeeded"]) for record in read(stages_log())] == [("select", False)]


def test_an_architecture_that_does_not_exist_is_refused_before_any_stage(checkout):
    file = checkout / "params.yaml"
    file.write_text(file.read_text().replace("architecture: lenet5", "architecture: lenet6"))
    with pytest.raises(InputError, match="Unknown architecture 'lenet6'"):
        launcher.run("acquire", ["source", "provenance.json"])


def launched(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "fer_pipeline.stages", *arguments], cwd=folder, text=True,
                          capture_output=True, check=False, env=os.environ | {"PYTHONWARNINGS": "error"})


def test_bad_input_is_one_error_without_a_traceback_and_exits_with_1(tmp_path):
    done = launched(tmp_path, "acquire", "source", "provenance.json")
    assert done.returncode == 1
    assert done.stderr.startswith("error: params.yaml not found in ")
    assert "Traceback" not in done.stderr + done.stdout


def test_a_cmd_with_too_few_paths_is_such_an_error(checkout):
    done = launched(checkout, "acquire", "source")
    assert done.returncode == 1
    assert done.stderr.startswith("error: Stage acquire: missing ['provenance_file'], left over nothing.")

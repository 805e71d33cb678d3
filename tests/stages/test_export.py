import json
from pathlib import Path

import keras
import pytest

from fer_pipeline import architectures
from fer_pipeline.errors import InputError
from fer_pipeline.params import ComputeParams, ExportParams
from fer_pipeline.predicting import litert_file, onnx_file
from fer_pipeline.stages.export import export
from tests.exporting.made_run import ENTRY, Run, made_run

pytestmark = pytest.mark.usefixtures("seeded_only")
OUTS = ("champion.onnx", "champion.tflite", "champion_int8.tflite", "export.json")


@pytest.fixture
def run(tmp_path, recipe, faces) -> Run:
    keras.utils.set_random_seed(4)
    network = architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[8, 8])
    network.save(tmp_path / "network.keras")
    return made_run(tmp_path / "run", tmp_path / "network.keras", recipe(), faces)


def exported(run: Run, most: float | None = None, **recipes: object) -> Path:
    out = run.folder / "artifacts/export"
    out.mkdir(exist_ok=True)
    settings = ExportParams(calibration_faces=500, seed=1, max_int8_loss=most)
    export("tiny", recipes or {ENTRY: run.recipe}, {}, ComputeParams(threads=1, mixed_precision=False), settings,
           run.model, run.model.with_name("champion.json"), *(run.folder / name for name in (
               "data/raw/provenance.json", "data/prepared/training.npz", "data/prepared/public_test.npz",
               "data/prepared/private_test.npz", "artifacts/predictions", "artifacts/students")),
           *(out / name for name in OUTS))
    return out


def test_the_champion_is_exported_with_one_card_and_compared(run, capsys):
    out = exported(run)
    said = json.loads((out / "export.json").read_text())
    assert (said["architecture"], said["faces"], said["class_maps"]) == (ENTRY, 21, None)
    assert said["keras"]["bytes"] == run.model.stat().st_size
    for name, file in zip(("onnx", "litert", "litert_int8"), OUTS, strict=False):
        assert said[name]["bytes"] == (out / file).stat().st_size
    for name in ("onnx", "litert"):
        assert said[name]["same_class"] == 1
        assert said[name]["largest_difference"] < 1e-5
        assert said[name]["accuracy_difference"] == 0
    cards = [onnx_file.open_file(out / OUTS[0]).card, *(litert_file.open_file(out / name).card for name in OUTS[1:3])]
    assert cards[0] == cards[1] == cards[2]
    assert cards[0].temperature == run.temperature
    assert cards[0].private_test_one_view.faces == 21
    assert f"{ENTRY} exported: onnx " in capsys.readouterr().out


def test_the_same_champion_gives_the_same_bytes(run):
    first = {name: (exported(run) / name).read_bytes() for name in OUTS if name.endswith("onnx")}
    assert first == {name: (exported(run) / name).read_bytes() for name in first}


def test_a_champion_that_params_do_not_name_is_refused(run):
    with pytest.raises(InputError, match="The champion is 'own_entry', and params.yaml has no such entry .*: lenet5"):
        exported(run, lenet5=run.recipe)

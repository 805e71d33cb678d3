import json
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from fer_pipeline import architectures
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, read_faces, write_faces
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.predictions import predict, read_predictions, write_predictions
from fer_pipeline.examination.explained_faces import read_explained
from fer_pipeline.examination.occlusion import occlusion_map, patch_masks
from fer_pipeline.inference import probabilities
from fer_pipeline.params import ComputeParams, ExamineParams
from fer_pipeline.recipes import Recipe
from fer_pipeline.stages.examine import examine

pytestmark = pytest.mark.usefixtures("seeded_only")
FEW = {"gaussian_noise": [8], "gaussian_blur": [], "rotation": [10], "jpeg": [], "brightness": [], "contrast": [],
       "occluded_eyes": [], "occluded_mouth": [8]}
OUTS = ("robustness.json", "robustness.csv", "occlusion.npz")


@dataclass(frozen=True)
class Run:
    """A champion with predictions for 21 PrivateTest faces, in `folder`."""

    folder: Path
    recipes: dict[str, Recipe]
    settings: ExamineParams

    def examine(self) -> None:
        examine(self.recipes, {}, ComputeParams(threads=1, mixed_precision=False), self.settings, *(
            self.folder / name for name in ("model.keras", "champion.json", "private_test.npz", ".", *OUTS)))

    @property
    def predictions_file(self) -> Path:
        return self.folder / "PrivateTest" / "own_entry.npz"

    def change(self, **changes: object) -> None:
        write_predictions(self.predictions_file, replace(read_predictions(self.predictions_file), **changes))


@pytest.fixture
def run(faces, recipe, params, tmp_path) -> Run:
    private_test: Faces = faces(21, seed=4, first_row=40)
    own = recipe(test_time={"horizontal_flip": True})
    keras.utils.set_random_seed(4)
    network = architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[8, 8])
    network.save(tmp_path / "model.keras")
    write_faces(tmp_path / "private_test.npz", private_test)
    (tmp_path / "champion.json").write_text(json.dumps({"architecture": "own_entry"}))
    (tmp_path / "PrivateTest").mkdir()
    made = Run(tmp_path, {"own_entry": own, "other": recipe()}, ExamineParams.model_validate(
        params.examine.model_dump() | {"corruptions": FEW, "faces_each": 1, "patch_size": 24, "patch_stride": 12}))
    write_predictions(made.predictions_file, predict(
        network, private_test, own.test_time, sha256_of(tmp_path / "model.keras")))
    return made


def test_what_is_written_is_of_the_champion_and_its_views(run, capsys):
    run.examine()
    found = json.loads((run.folder / "robustness.json").read_text())
    assert found["model_sha256"] == sha256_of(run.folder / "model.keras")
    assert list(found["corruptions"]) == ["gaussian_noise", "rotation", "occluded_mouth"]
    assert len(pd.read_csv(run.folder / "robustness.csv")) == 4
    assert "own_entry on corrupted PrivateTest faces: at worst " in capsys.readouterr().out
    explained, faces = read_explained(run.folder / "occlusion.npz"), read_faces(run.folder / "private_test.npz")
    assert set(explained.emotion_true) == set(range(7))
    assert len(explained.row) <= 2 * 7      # one right and one wrong of each emotion
    assert set(explained.row) <= set(faces.row)
    network = keras.models.load_model(run.folder / "model.keras")
    chosen = faces.pixels[explained.row - 40]
    said = probabilities(network, chosen, run.recipes["own_entry"].test_time)
    np.testing.assert_allclose(explained.confidence, said.max(axis=1), rtol=1e-5)
    patches = patch_masks(24, 12)
    np.testing.assert_allclose(explained.maps[0], occlusion_map(
        network, chosen[0], int(explained.emotion_pred[0]), patches, run.recipes["own_entry"].test_time), atol=1e-6)


def test_the_same_champion_gives_the_same_bytes(run):
    written = []
    for _ in range(2):
        run.examine()
        written.append([(run.folder / name).read_bytes() for name in OUTS])
    assert written[0] == written[1]


def test_a_champion_that_params_does_not_name_is_refused_with_those_it_does(run):
    (run.folder / "champion.json").write_text(json.dumps({"architecture": "gone"}))
    with pytest.raises(InputError, match=r"^The champion is 'gone', .*but: own_entry, other\. Run dvc repro select\.$"):
        run.examine()


def test_predictions_of_another_model_are_refused_with_the_repair(run):
    run.change(model_sha256="0" * 64)
    with pytest.raises(InputError, match=r"^The champion own_entry is the model [0-9a-f]{64}, and .*own_entry\.npz is "
                                         r"of the model 0{64}\. Run dvc repro judge@own_entry select\.$"):
        run.examine()
    assert not (run.folder / "robustness.json").exists()


def test_missing_predictions_are_refused_with_the_repair(run):
    run.predictions_file.unlink()
    with pytest.raises(InputError, match=r"^The champion own_entry has no PrivateTest predictions: .*@own_entry\.$"):
        run.examine()


@pytest.mark.parametrize("changes", [{"row": np.arange(21)}, {"emotion_true": np.zeros(21, np.uint8)}])
def test_predictions_of_other_faces_are_refused(run, changes):
    run.change(**changes)
    with pytest.raises(InputError, match=r"own_entry\.npz has 21 faces that are not those of PrivateTest \(21\)\."):
        run.examine()

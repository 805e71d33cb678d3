from dataclasses import replace

import pytest

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import read_faces
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.predictions import read_predictions, write_predictions
from fer_pipeline.exporting.__main__ import main
from fer_pipeline.exporting.comparison import one_view
from fer_pipeline.exporting.entries import export_entry
from fer_pipeline.predicting.card import Accuracy
from fer_pipeline.predicting.onnx_file import open_file
from tests.exporting.made_run import ENTRY, Run, made_run


@pytest.fixture
def run(tmp_path, made_networks, recipe, faces) -> Run:
    return made_run(tmp_path / "run", made_networks["flat"], recipe(), faces)


def test_any_network_of_a_run_is_exported_with_its_figures(run, tmp_path, capsys):
    out = tmp_path / "made.onnx"
    main([str(run.model), "--out", str(out), "--checkout", str(run.folder), "--entry", ENTRY])
    card, judged = open_file(out).card, read_predictions(run.predictions("PrivateTest"))
    assert (card.name, card.architecture, card.temperature) == (ENTRY, "lenet5", run.temperature)
    assert card.test_time == run.recipe.test_time
    assert card.model_sha256 == sha256_of(run.model)
    assert card.trained_on == "Training of 21 random faces (profile tiny, SHA-256 abababababab)"
    assert card.private_test.accuracy == figures(judged.emotion_true, judged.emotion_pred)["accuracy"]
    assert (card.public_test.faces, card.private_test_one_view.faces) == (21, 21)
    assert "100.00% of PublicTest as Keras" in capsys.readouterr().out


def test_the_figure_of_one_view_is_the_files_own(run, tmp_path):
    card, _ = export_entry(run.model, tmp_path / "made.onnx", run.folder, ENTRY, trained_on="faces of mine")
    assert card.trained_on == "faces of mine"
    private_test = read_faces(run.folder / "data/prepared/private_test.npz")
    assert card.private_test_one_view == Accuracy.of(one_view(open_file(tmp_path / "made.onnx"), private_test))


def test_figures_of_another_model_are_refused(run, tmp_path):
    file = run.predictions("PrivateTest")
    write_predictions(file, replace(read_predictions(file), model_sha256="0" * 64))
    with pytest.raises(InputError, match=rf"{file} is of the model 0{{64}}"):
        export_entry(run.model, tmp_path / "made.onnx", run.folder, ENTRY)


def test_missing_figures_models_and_entries_are_named(run, tmp_path):
    with pytest.raises(InputError, match="has no entry 'lenet9' but: own_entry"):
        export_entry(run.model, tmp_path / "made.onnx", run.folder, "lenet9")
    with pytest.raises(InputError, match="There is no .*none.keras"):
        export_entry(run.folder / "none.keras", tmp_path / "made.onnx", run.folder, ENTRY)
    run.predictions("PublicTest").unlink()
    with pytest.raises(InputError, match="has no predictions: .*PublicTest/own_entry.npz is not there"):
        export_entry(run.model, tmp_path / "made.onnx", run.folder, ENTRY)

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import cv2
import numpy as np
import pytest

from fer_pipeline.data.faces import Faces
from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.examination.explained_faces import ExplainedFaces
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.reporting.explanations import Confused, Explanations, explanations, hardest_pairs, mean_sheet
from fer_pipeline.reporting.face_sheets import Tile, data_uri
from fer_pipeline.reporting.occlusion_sheet import FALLS, RISES, heated, occlusion_sheet
from fer_pipeline.reporting.page import environment
from fer_pipeline.reporting.robustness_figure import plot_robustness
from fer_pipeline.reporting.svg import page_style

MODEL = "ab" * 32
SAID = [0, 0, 4, 3, 4, 5, 6, 0, 4, 4, 3, 4, 5, 6]       # of faces labelled 0 to 6, twice
PAGE = """{% from "explanations.html.j2" import style, sections with context %}
<html><head><style>{{ style(explained) }}</style></head><body>{{ sections(explained, emotions) }}</body></html>"""


def figures(accuracy: float) -> dict[str, float]:
    return {"accuracy": accuracy, "accuracy_low": accuracy - 0.1, "accuracy_high": accuracy + 0.1, "macro_f1": 0.6,
            "faces": 14}


def damaged(strength: float, accuracy: float) -> dict[str, float]:
    return {"strength": strength, **figures(accuracy), "difference": accuracy - 0.7, "difference_low": accuracy - 0.8,
            "difference_high": accuracy - 0.6, "changed": 0.25}


ROBUSTNESS: dict[str, Any] = {
    "model_sha256": MODEL, "clean": figures(0.7),
    "corruptions": {
        "gaussian_blur": {"strength_is": "sigma, px", "strengths": [damaged(0.5, 0.65), damaged(2, 0.4)]},
        "brightness": {"strength_is": "grey levels added", "strengths": [damaged(-60, 0.55), damaged(60, 0.75)]},
        "jpeg": {"strength_is": "quality, 1 to 100", "strengths": [damaged(10, 0.5)]},
    }}


@pytest.fixture
def private_test(faces) -> Faces:
    return faces(14, first_row=30)


@pytest.fixture
def predictions(private_test) -> Predictions:
    probabilities = np.full((14, 7), 0.05, np.float32)
    probabilities[np.arange(14), SAID] = 0.7
    return Predictions(private_test.row, private_test.emotion, probabilities, MODEL)


@pytest.fixture
def explained() -> ExplainedFaces:
    """A right angry face, a wrong disgust one: of the one the left half matters, of the other nothing does."""
    maps = np.zeros((2, 48, 48), np.float32)
    maps[0, :, :24], maps[0, :, 24:] = 0.4, -0.2
    return ExplainedFaces(np.array([37, 31]), np.array([0, 1], np.uint8), np.array([0, 0], np.uint8),
                          np.array([0.999, 0.75], np.float32), maps, MODEL)


@pytest.fixture
def everything(private_test, predictions, explained) -> Explanations:
    return explanations(private_test, predictions, explained, ROBUSTNESS)


def page(everything: Explanations) -> str:
    return environment().from_string(PAGE).render(explained=everything, emotions=EMOTIONS)


def tile_of(uri: str, tile: Tile) -> np.ndarray:
    """Its pixels, blue first where it has colours."""
    png = cv2.imdecode(np.frombuffer(base64.b64decode(uri.split(",")[1]), np.uint8), cv2.IMREAD_UNCHANGED)
    return png[FACE_SIZE * tile.y:FACE_SIZE * (tile.y + 1), FACE_SIZE * tile.x:FACE_SIZE * (tile.x + 1)]


def test_each_explained_face_stands_beside_itself_under_its_map(private_test, explained):
    sheet = occlusion_sheet(private_test, explained)
    first, second = sheet.explanations
    assert (first.right, second.right) == (True, False)
    assert first.largest_fall == pytest.approx(0.4)
    assert (second.face.emotion_true, second.face.emotion_pred) == ("disgust", "angry")
    assert (first.face.confidence, second.face.confidence) == (pytest.approx(0.999), 0.75)
    grey = np.repeat(private_test.pixels[7][..., np.newaxis], 3, axis=2)
    np.testing.assert_array_equal(tile_of(sheet.data_uri, first.face), grey)
    heat = tile_of(sheet.data_uri, first.heat).astype(int)
    assert (heat[:, :24, 2] - heat[:, :24, 0]).min() > 100      # orange: red over blue
    assert (heat[:, 24:, 0] - heat[:, 24:, 2]).min() > 50
    np.testing.assert_array_equal(tile_of(sheet.data_uri, second.heat), tile_of(sheet.data_uri, second.face))


def test_heat_is_densest_at_the_greatest_value_and_the_face_shows_through():
    faces, maps = np.full((1, 48, 48), 100, np.uint8), np.zeros((1, 48, 48))
    maps[0, 0, 0], maps[0, 0, 1], maps[0, 0, 2] = 0.5, 0.25, -0.5
    found = heated(faces, maps)[0]
    for place, colour, density in ((0, FALLS, 0.8), (1, FALLS, 0.4), (2, RISES, 0.8)):
        assert found[0, place].tolist() == [round(100 + density * (one - 100)) for one in colour]
    assert found[1, 1].tolist() == [100, 100, 100]


def test_rounding_errors_do_not_shine():
    faces = np.full((1, 48, 48), 100, np.uint8)
    assert (heated(faces, np.full((1, 48, 48), 1e-7)) == 100).all()


def test_a_sheet_of_grey_faces_stays_grey(faces):
    pixels = faces(9).pixels
    uri = data_uri(pixels)
    for number in (0, 8):
        np.testing.assert_array_equal(tile_of(uri, Tile(number % 8, number // 8, "happy")), pixels[number])


def test_an_explained_face_that_is_not_there_is_named(private_test, explained):
    with pytest.raises(ValueError, match=r"of 1 PrivateTest rows that the array file does not have, first 99\."):
        occlusion_sheet(private_test, replace(explained, row=np.array([37, 99])))


def test_mean_faces_are_those_of_label_and_prediction(private_test, predictions):
    sheet = mean_sheet(private_test.pixels, predictions)
    assert [pair.emotion for pair in sheet.pairs] == list(EMOTIONS)
    assert [(pair.labelled.faces, pair.predicted.faces) for pair in sheet.pairs] == [
        (2, 3), (2, 0), (2, 0), (2, 2), (2, 5), (2, 2), (2, 2)]
    sad, disgust = sheet.pairs[EMOTIONS.index("sad")], sheet.pairs[1]
    for mean, chosen in ((sad.labelled, predictions.emotion_true == 4), (sad.predicted, predictions.emotion_pred == 4)):
        np.testing.assert_array_equal(tile_of(sheet.data_uri, mean.tile),
                                      np.rint(private_test.pixels[chosen].mean(axis=0)))
    assert disgust.predicted.tile is None


def test_mean_faces_of_other_faces_are_refused(private_test, predictions):
    with pytest.raises(ValueError, match=r"^Received 13 faces and predictions of 14; .* Run the stage judge again\.$"):
        mean_sheet(private_test.pixels[:13], predictions)


def test_hardest_pairs_are_the_most_frequent_confusions_with_their_share(predictions):
    assert hardest_pairs(predictions) == [
        Confused("fear", "sad", 2, 1.0), Confused("disgust", "angry", 1, 0.5), Confused("disgust", "sad", 1, 0.5)]
    assert hardest_pairs(predictions, most=1) == [Confused("fear", "sad", 2, 1.0)]


def test_the_figure_has_a_panel_a_corruption_with_its_strengths_and_the_clean_accuracy():
    with page_style():
        panels = plot_robustness(ROBUSTNESS).axes
    assert [axes.get_title(loc="left") for axes in panels] == ["gaussian blur", "brightness", "jpeg"]
    assert [text.get_text() for text in panels[1].get_xticklabels()] == ["−60", "60"]
    accuracies, clean = (panels[0].lines[index].get_ydata() for index in (0, -1))
    assert list(accuracies) == [0.65, 0.4]
    assert set(clean) == {0.7}
    assert len({axes.get_ylim() for axes in panels}) == 1


def test_the_page_says_of_each_face_what_is_true_said_and_how_far_it_falls(everything):
    shown = page(everything)
    assert "true disgust, said angry 75 %" in shown
    assert re.search(r"said angry 99 %<span class=\"note\">falls by up to 40\.0 points", shown)
    assert shown.count('class="face explained"') == 4
    assert shown.count('class="empty">none<') == 12


def test_the_page_shows_differences_with_their_interval(everything):
    shown = page(everything)
    assert "−30.0<span class=\"interval\">−40.0 to −20.0</span>" in shown
    assert "+5.0<span class=\"interval\">−5.0 to +15.0</span>" in shown
    assert 'rowspan="2">gaussian blur</th>' in shown
    assert "Lowest: gaussian blur 40.0 %, brightness 55.0 %, jpeg 50.0 %." in shown


def test_every_picture_has_words_and_every_tag_its_end(everything):
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []
            self.pictures: list[dict[str, str | None]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.open.append(tag)
            if ("role", "img") in attrs:
                self.pictures.append(dict(attrs))

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None: ...

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    reader = Reader()
    reader.feed(page(everything))
    assert reader.open == []
    assert len(reader.pictures) == 4 + 12 + 1
    assert all(picture["aria-label"] for picture in reader.pictures)


def test_the_same_run_gives_the_same_text(private_test, predictions, explained, everything):
    assert page(explanations(private_test, predictions, explained, ROBUSTNESS)) == page(everything)


def test_without_corruptions_and_explained_faces_the_page_says_so(private_test, predictions):
    nobody = ExplainedFaces(*(np.empty(0, np.uint8) for _ in range(4)), np.empty((0, 48, 48), np.float32), MODEL)
    shown = page(explanations(private_test, predictions, nobody, ROBUSTNESS | {"corruptions": {}}))
    assert "None was tried" in shown
    assert "<svg" not in shown
    assert shown.count('class="empty">none<') == 14


@pytest.mark.parametrize("what", ["Occlusion maps", "Robustness"])
def test_what_is_of_another_model_than_the_champion_is_refused(private_test, predictions, explained, what):
    if what == "Robustness":
        other: tuple[Any, Any] = (explained, ROBUSTNESS | {"model_sha256": "0" * 64})
    else:
        other = (replace(explained, model_sha256="0" * 64), ROBUSTNESS)
    with pytest.raises(ValueError, match=rf"^{what} are of the model 0{{64}}, .* Run the stage examine again\.$"):
        explanations(private_test, predictions, *other)

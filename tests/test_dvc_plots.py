"""`dvc plots` draws every plot of dvc.yaml so that it can be read: of one revision, of two, of several networks."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import vl_convert

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.stages.report import VEGA_LITE
from tests.made_plots import CONFUSION, NETWORKS, STRENGTHS, TOGETHER, made_plots

CURVES = ("curves/roc", "curves/precision_recall")
FILES = {f"artifacts/{name}.csv" for name in (
    "balance/counts", "examination/robustness", *(f"confusion/{name}" for name in CONFUSION),
    *(f"{folder}/{name}" for folder in ("histories", *CURVES) for name in NETWORKS))}
Plots = dict[str, dict[str, Any]]
CELLS = re.compile(r"emotion_pred: (\w+); emotion_true: (\w+); share of row: [^;]+; faces: (\d+);")
LINES = re.compile(r'<path aria-label="[^"]*rev: (\w+)[^"]*" [^>]*aria-roledescription="line mark" d="([^"]+)"')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, network: Callable[..., Any]) -> Path:
    return made_plots(tmp_path_factory.mktemp("plots"), network)


@pytest.fixture(scope="module")
def shown(folder: Path) -> Plots:
    """The Vega-Lite specification of every plot of the workspace."""
    return _plots(folder, "show")


@pytest.fixture(scope="module")
def compared(folder: Path) -> Plots:
    """The same of the workspace beside its last commit."""
    return _plots(folder, "diff", "HEAD")


def _plots(folder: Path, *command: str) -> Plots:
    done = subprocess.run([sys.executable, "-m", "dvc", "plots", *command, "--json"], cwd=folder, check=True,
                          capture_output=True, text=True)
    said = json.loads(done.stdout)
    assert not said.get("errors"), said["errors"]
    return {name: content["content"] for name, [content] in said["data"].items()}


def _content(folder: Path, revision: str, file: str) -> StringIO:
    if revision == "workspace":
        return StringIO((folder / file).read_text())
    show = ["git", "show", f"{revision}:{file}"]
    return StringIO(subprocess.run(show, cwd=folder, check=True, capture_output=True, text=True).stdout)


def _drawn(plot: dict[str, Any]) -> str:
    return str(vl_convert.vegalite_to_svg(plot, vl_version=VEGA_LITE))


def _lines(drawing: str) -> list[tuple[str, list[float]]]:
    """Revision and the places from left to right of each line's points, in the order in which they are joined."""
    return [(revision, [float(point.split(",")[0]) for point in re.split("[ML]", path) if point])
            for revision, path in LINES.findall(drawing)]


def _panels(drawing: str) -> list[str]:
    """The small multiples from left to right, row by row, whatever their order in the file."""
    cells = re.split(r'<g transform="translate\(([\d.]+),([\d.]+)\)"><path class="background" aria-hidden="true" '
                     r'd="M0\.5,0\.5h', drawing.split("role-scope cell")[1])[1:]
    found = {(float(y), float(x)): panel for x, y, panel in zip(cells[::3], cells[1::3], cells[2::3], strict=True)}
    return [found[place] for place in sorted(found)]


def test_every_file_of_figures_is_a_plot_that_vega_draws(shown: Plots) -> None:
    assert shown.keys() == FILES | TOGETHER.keys()
    for name in FILES:
        drawing = _drawn(shown[name])
        assert name in drawing
        assert "workspace" in drawing


def test_own_templates_leave_no_anchor_and_no_field_unfilled(compared: Plots) -> None:
    for name in sorted(FILES):
        drawing = "" if "histories" in name else _drawn(compared[name])
        assert "<DVC_METRIC" not in json.dumps(compared[name]), name
        assert not re.findall("undefined|NaN", drawing), name


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_is_a_line_an_emotion_that_never_turns_back(shown: Plots, curve: str) -> None:
    drawing = _drawn(shown[f"artifacts/{curve}/lenet5_student.csv"])
    places = [places for _, places in _lines(drawing)]
    assert len(places) == len(EMOTIONS)
    assert all(line == sorted(line) for line in places)
    assert re.findall(rf">({'|'.join(EMOTIONS)})<", drawing) == list(EMOTIONS)


@pytest.mark.parametrize("curve", CURVES)
def test_axes_of_curves_are_equal_and_whole(shown: Plots, curve: str) -> None:
    panel = shown[f"artifacts/{curve}/lenet5.csv"]["spec"]
    scales = [panel["layer"][-1]["encoding"][axis]["scale"] for axis in "xy"]
    assert scales == [{"domain": [0, 1]}] * 2
    assert panel["width"] == panel["height"]


def test_chance_is_a_diagonal_in_each_panel_of_roc_alone(shown: Plots) -> None:
    drawings = [_drawn(shown[f"artifacts/{curve}/lenet5.csv"]) for curve in CURVES]
    assert [drawing.count('d="M0,120L120,0"') for drawing in drawings] == [len(EMOTIONS), 0]


@pytest.mark.parametrize("curve", CURVES)
def test_two_revisions_are_two_lines_a_panel_in_two_colours(compared: Plots, curve: str) -> None:
    drawing = _drawn(compared[f"artifacts/{curve}/four_conv_cnn.csv"])
    assert sorted(revision for revision, _ in _lines(drawing)) == ["HEAD"] * 7 + ["workspace"] * 7
    assert drawing.count('stroke="#945dd6"') == drawing.count('stroke="#13adc7"') >= len(EMOTIONS)


def test_networks_in_one_plot_are_a_row_each_though_one_had_no_angry_faces(compared: Plots, folder: Path) -> None:
    drawing = _drawn(compared["roc together"])
    cells = [sorted(revision for revision, _ in _lines(panel)) for panel in _panels(drawing)]
    assert re.findall(r">(\w+\.csv)<", drawing) == [f"{name}.csv" for name in sorted(NETWORKS[:2])]
    assert cells == [["HEAD", "workspace"]] * 7 + [["workspace"]] + [["HEAD", "workspace"]] * 6
    for name, row in zip(sorted(NETWORKS[:2]), (_panels(drawing)[:7], _panels(drawing)[7:]), strict=True):
        table = pd.read_csv(folder / f"artifacts/curves/roc/{name}.csv")
        points = [len(dict(_lines(panel))["workspace"]) for panel in row]
        assert points == [int((table.emotion == emotion).sum()) for emotion in EMOTIONS]


def test_matrices_have_every_emotion_in_its_order_though_a_network_never_says_one(compared: Plots) -> None:
    plot = compared["artifacts/confusion/PrivateTest/lenet5.csv"]
    orders = [plot["spec"]["encoding"][axis]["scale"]["domain"] for axis in "xy"]
    assert [*orders, plot["transform"][2]["keyvals"]] == [list(EMOTIONS)] * 3


def test_a_matrix_counts_what_each_face_was_taken_for(shown: Plots, folder: Path) -> None:
    name = "artifacts/confusion/PrivateTest/lenet5.csv"
    table = pd.read_csv(folder / name)
    counted = table.value_counts(["emotion_pred", "emotion_true"])
    expected = {place: str(faces) for place, faces in counted.items()}
    cells = {(said, true): faces for said, true, faces in CELLS.findall(_drawn(shown[name]))}
    assert len(cells) == len(EMOTIONS) ** 2
    assert {place: faces for place, faces in cells.items() if faces != "0"} == expected


def test_matrices_of_two_networks_and_two_revisions_stand_under_their_names(compared: Plots, folder: Path) -> None:
    drawing = _drawn(compared["matrices together"])
    headers = re.findall(r">(\w+)::(\w+\.csv)<", drawing)
    assert sorted(headers) == [(rev, f"{name}.csv") for rev in ("HEAD", "workspace") for name in sorted(NETWORKS[:2])]
    for (revision, name), panel in zip(headers, _panels(drawing), strict=True):
        table = pd.read_csv(_content(folder, revision, f"artifacts/confusion/PrivateTest/{name}"))
        right = sum(int(faces) for said, true, faces in CELLS.findall(panel) if said == true)
        assert right == (table.emotion_true == table.emotion_pred).sum()


def test_robustness_is_a_panel_a_corruption_with_what_it_is_without(compared: Plots) -> None:
    drawing = _drawn(compared["artifacts/examination/robustness.csv"])
    corruptions = [name.replace("_", " ") for name in STRENGTHS if name != "none"]
    assert re.findall(rf">({'|'.join([*corruptions, 'none'])})<", drawing) == corruptions
    assert sorted(revision for revision, _ in _lines(drawing)) == ["HEAD", "HEAD", "workspace", "workspace"]
    assert re.findall(r"clean accuracy: ([\d.]+); rev: (\w+)", drawing) == [("0.75", "workspace"), ("0.25", "HEAD")] * 2


def test_counts_stand_in_the_order_of_emotions_with_those_before(shown: Plots) -> None:
    drawing = _drawn(shown["artifacts/balance/counts.csv"])
    assert re.findall(rf">({'|'.join(EMOTIONS)})<", drawing) == list(EMOTIONS)
    assert re.findall(r'"before: (\d+); emotion', drawing) == ["10", "20", "30", "40", "50", "60", "70"]

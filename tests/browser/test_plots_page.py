"""The page of `dvc plots` in a real Chromium: it draws every plot without a network, on light and on dark."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fer_pipeline.stages.report import plots_script
from tests.made_plots import CONFUSION, NETWORKS, TOGETHER, made_plots

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PLOTS = 3 * len(NETWORKS) + len(CONFUSION) + 2 + len(TOGETHER)     # histories, two kinds of curves; counts, robustness
GREY = """([selector, style]) => {
  const [red, green, blue, alpha] = getComputedStyle(document.querySelector(selector))[style].match(/[0-9.]+/g) ?? [];
  return red === undefined || alpha === "0" ? null : (+red + +green + +blue) / 3;
}"""
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, network: Callable[..., Any]) -> Path:
    made = made_plots(tmp_path_factory.mktemp("plots"), network)
    (made / "artifacts" / "report").mkdir()
    (made / "artifacts" / "report" / "vega.js").write_text(plots_script(), encoding="utf-8")
    return made


@pytest.fixture
def opened_plots(new_page: Open, folder: Path) -> Open:
    """Makes the page and opens it: `opened_plots("show", color_scheme="dark")`; without a command, `diff HEAD`.

    The console is not listened to: Vega-Lite warns of the anchors that DVC leaves empty.
    """

    def open_page(*command: str, **settings: Any) -> Any:
        subprocess.run([sys.executable, "-m", "dvc", "plots", *(command or ("diff", "HEAD"))], cwd=folder, check=True)
        page = new_page(1200, **settings)
        page.goto((folder / "dvc_plots" / "index.html").as_uri())
        page.wait_for_load_state("networkidle")
        return page

    return open_page


def test_every_plot_is_drawn_and_nothing_comes_from_a_network(opened_plots: Open) -> None:
    page = opened_plots()
    page.wait_for_function(f"document.querySelectorAll('main svg.marks').length === {PLOTS}")
    assert page.heard == []
    assert not page.is_visible("#missing")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_titles_stand_out_from_the_page_of_either_scheme(opened_plots: Open, color_scheme: str) -> None:
    page = opened_plots(color_scheme=color_scheme)
    page.wait_for_selector("main svg.marks")
    page_is, drawing_is, title_is = (page.evaluate(GREY, [selector, style]) for selector, style in (
        ("body", "backgroundColor"), ("main svg.marks .background", "fill"), ("main .role-title-text text", "fill")))
    assert (page_is < 60 and title_is > 200) if color_scheme == "dark" else (page_is > 200 and title_is < 60)
    assert drawing_is is None, "the plot covers the page's own background"


def test_wide_plots_scroll_by_themselves(opened_plots: Open) -> None:
    page = opened_plots()
    page.wait_for_selector("main svg.marks")
    page.set_viewport_size({"width": 480, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == 480


def test_a_network_without_figures_is_named_in_its_place(opened_plots: Open, folder: Path) -> None:
    history = folder / "artifacts" / "histories" / "lenet5_student.csv"
    content = history.read_text()
    history.write_text("")
    page = opened_plots("show")
    history.write_text(content)
    page.wait_for_selector("main svg.marks")
    assert "artifacts_histories_lenet5_student_csv: no figures yet" in page.inner_text("main")


def test_a_missing_script_is_named_with_its_repair(opened_plots: Open, folder: Path) -> None:
    script = folder / "artifacts" / "report" / "vega.js"
    script.rename(script.with_suffix(".away"))
    page = opened_plots()
    script.with_suffix(".away").rename(script)
    assert "dvc repro report" in page.inner_text("#missing")

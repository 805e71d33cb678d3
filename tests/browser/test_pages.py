"""The pages as a person meets them: on screens wide and narrow, light and dark, without scripts, and on paper."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.made_pages import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

A4 = {"format": "A4", "margin": dict.fromkeys(("top", "right", "bottom", "left"), "15mm")}
PAPER_WIDTH = 680       # CSS pixels between those margins
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
SHEETS = {"report": (4, 18), "index": (4, 18), "census": (2, 10), "data_docs": (1, 2), "data_docs_validation": (1, 3)}
every_page = pytest.mark.parametrize("name", PAGES)


@every_page
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 480])
def test_axe_finds_no_barrier(opened: Callable[..., Any], name: str, color_scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(name, width=width, color_scheme=color_scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


@every_page
@pytest.mark.parametrize("width", [1200, 480, 320])
def test_nothing_makes_the_page_scroll_sideways(opened: Callable[..., Any], name: str, width: int) -> None:
    assert opened(name, width=width).evaluate("document.documentElement.scrollWidth") == width


@every_page
def test_nothing_comes_from_a_network_and_nothing_fails(opened: Callable[..., Any], name: str) -> None:
    page = opened(name)
    page.wait_for_load_state("networkidle")
    assert page.heard == []


@every_page
def test_without_scripts_everything_is_there(opened: Callable[..., Any], name: str) -> None:
    scripted, plain = opened(name), opened(name, java_script_enabled=False)
    assert plain.inner_text("body").split() == scripted.inner_text("body").split()
    assert len(plain.inner_text("main")) > 100


@every_page
def test_paper_holds_everything_on_a_sensible_number_of_sheets(
        opened: Callable[..., Any], tmp_path: Path, name: str) -> None:
    from pypdf import PdfReader

    page = opened(name)
    page.pdf(path=tmp_path / "page.pdf", **A4)
    sheets = ["".join(sheet.extract_text().split()) for sheet in PdfReader(tmp_path / "page.pdf").pages]
    least, most = SHEETS[name]
    assert least <= len(sheets) <= most
    assert min(map(len, sheets)) > 50
    page.emulate_media(media="print")
    words = "".join(page.inner_text("main").split())
    assert len("".join(sheets)) >= 0.95 * len(words)


@every_page
def test_nothing_is_wider_than_the_paper(opened: Callable[..., Any], name: str) -> None:
    page = opened(name, width=PAPER_WIDTH)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") == PAPER_WIDTH


@every_page
def test_ink_is_as_dark_on_paper_for_who_prefers_dark_screens(opened: Callable[..., Any], name: str) -> None:
    page, inks = opened(name), []
    for color_scheme in ("light", "dark"):
        page.emulate_media(media="print", color_scheme=color_scheme)
        inks.append(page.evaluate("""[...document.querySelectorAll("h1, h2, p, td, th, svg text")].map(
            one => getComputedStyle(one).color + getComputedStyle(one).fill)"""))
    assert inks[0] == inks[1]

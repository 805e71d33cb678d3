"""What a page must have for whoever does not see it: names, headings in order, tables with headers, no network."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.reporting.made_pages import census, index, report

LARGEST = 10_000_000    # bytes a page may have to be sent by mail
NAMING = ("aria-label", "aria-labelledby", "alt", "title")


class Structure(HTMLParser):
    """Headings, ids, references, unnamed pictures and tables of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.referred: list[str] = []
        self.addresses: list[str] = []
        self.unnamed: list[str] = []
        self.tables: list[list[str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attributes}
        self.levels += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.ids += [of["id"]] if "id" in of else []
        self.referred += of.get("aria-labelledby", "").split() + of.get("aria-describedby", "").split()
        self.addresses += [of[name] for name in ("href", "src", "srcset", "action") if name in of]
        if tag in ("img", "svg") or of.get("role") in ("img", "region"):
            hidden = of.get("aria-hidden") == "true"
            self.unnamed += [] if hidden or any(of.get(name) for name in NAMING) else [str(of)]
        if tag == "table":
            self.tables.append([])
        if tag == "th":
            self.tables[-1].append(of.get("scope"))


@pytest.fixture(scope="module", params=[report, index, census], ids=lambda made: made.__name__)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    make: Callable[[Path], Path] = request.param
    return make(tmp_path_factory.mktemp("made") / "run").read_text()


@pytest.fixture(scope="module")
def structure(page: str) -> Structure:
    return Structure(page)


def test_every_picture_and_region_has_a_name(structure: Structure) -> None:
    assert structure.unnamed == []


def test_headings_begin_with_one_h1_and_skip_no_level(structure: Structure) -> None:
    assert structure.levels[0] == 1
    assert structure.levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in zip(structure.levels, structure.levels[1:], strict=False))


def test_every_table_has_headers_that_say_what_they_head(structure: Structure) -> None:
    assert len(structure.tables) >= 5
    assert all(scopes and set(scopes) <= {"col", "colgroup", "row", "rowgroup"} for scopes in structure.tables)


def test_ids_are_unique_and_every_reference_finds_one(structure: Structure) -> None:
    assert len(set(structure.ids)) == len(structure.ids)
    inside = {address[1:] for address in structure.addresses if address.startswith("#")}
    assert inside | set(structure.referred) <= set(structure.ids)


def test_no_address_leaves_the_pages(structure: Structure, page: str) -> None:
    beside = ("champion_card.md", "ensemble_card.md")
    assert all(address.startswith(("#", "../", "data:")) or address in beside for address in structure.addresses)
    assert not re.search(r"(?:url\(|@import\s+)[\"']?(?!data:|#|[\"'])", page)
    assert "<script src" not in page


def test_the_page_names_its_language_and_fits_a_letter(page: str) -> None:
    assert '<html lang="en">' in page
    assert len(page.encode()) < LARGEST

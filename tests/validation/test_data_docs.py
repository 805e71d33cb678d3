"""Data Docs as files: pages that need neither a network nor another file but their neighbours."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from great_expectations import expectations as gxe

from fer_pipeline.validation.checks import check

LOADING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "video": "src"}
MARKUP = "<img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """What a page loads, what it links to, and its styles."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.styles = ""
        self.feed(file.read_text())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.tags.append(tag)
        self.styles += values.get("style") or ""
        if address := values.get(LOADING.get(tag, "")):
            self.loaded.append(address)
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "style":
            self.styles += data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data Docs of a table that breaks two of its three expectations, one of its values being markup."""
    folder = tmp_path_factory.mktemp("docs") / "some_rows"
    table = pd.DataFrame({"row": range(40, 47), "usage": ["Training"] * 6 + [MARKUP]})
    suite = [
        gxe.ExpectColumnValuesToBeUnique(column="row", description="rows are numbered once"),
        gxe.ExpectColumnValuesToBeInSet(column="usage", value_set=["Training"], description="of Training"),
        gxe.ExpectTableRowCountToEqual(value=8, description="8 rows"),
    ]
    check({"some rows": table}, {"some rows": suite}, folder)
    return folder


def pages(site: Path) -> dict[Path, Page]:
    return {file: Page(file) for file in site.rglob("*.html")}


def test_the_site_has_an_index_a_suite_page_and_a_validation_page_and_nothing_else(site):
    kinds = sorted(file.relative_to(site).parts[0] for file in site.rglob("*") if file.is_file())
    assert kinds == ["expectations", "index.html", "validations"]


def test_no_page_loads_anything(site):
    for file, page in pages(site).items():
        assert [address for address in page.loaded if not address.startswith("data:")] == [], file
        assert not re.search(r"url\(|@import", page.styles), file


def test_no_page_names_a_network_address_but_to_be_clicked_on(site):
    for file, page in pages(site).items():
        clicked = [link for link in page.links if "://" in link]
        assert file.read_text().count("://") == len(clicked), file


def test_every_local_link_leads_to_a_page_or_a_place_in_it(site):
    for file, page in pages(site).items():
        for link in page.links:
            path, _, place = link.partition("#")
            target = file.parent / unquote(path) if path else file
            if "://" not in link:
                assert target.is_file(), f"{file}: {link}"
                assert not place or f'id="{place}"' in target.read_text(), f"{file}: {link}"


def test_scripts_stand_in_the_index_alone_and_call_on_no_library(site):
    for file, page in pages(site).items():
        assert page.tags.count("script") == (file.name == "index.html")
        assert not re.search(r"\$\(|bootstrapTable|vegaEmbed|\bon[a-z]+=\"", file.read_text())


def test_the_validation_page_names_the_row_and_shows_markup_of_the_data_as_text(site):
    (file,) = (site / "validations").rglob("*.html")
    assert "&lt;img src=x onerror=alert(1)&gt;" in file.read_text()
    assert "img" not in Page(file).tags
    assert re.search(r">\s*46\s*<", file.read_text())


def test_a_second_build_leaves_no_page_of_the_first(site):
    before = set(site.rglob("*.html"))
    check({"other": pd.DataFrame({"row": [1]})},
          {"other": [gxe.ExpectColumnValuesToBeUnique(column="row", description="once")]}, site.parent / "some_rows")
    after = set(site.rglob("*.html"))
    assert {file.relative_to(site).parts[:2] for file in after - before} == {
        ("expectations", "other.html"), ("validations", "other")}
    assert before & after == {site / "index.html"}
    assert all(any(path.iterdir()) for path in site.rglob("*") if path.is_dir())

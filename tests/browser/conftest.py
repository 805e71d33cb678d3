"""A real headless Chromium: FER_CHROMIUM, the system's, or what `playwright install chromium` brought."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.made_pages import PAGES

SYSTEM = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


def _executable(own: str) -> str:
    given = os.environ.get("FER_CHROMIUM")
    found = given or next(filter(None, map(shutil.which, SYSTEM)), own)
    if not Path(found).is_file():
        pytest.skip(f"no Chromium at {found}; install Debian's chromium or set FER_CHROMIUM")
    return found


@pytest.fixture(scope="package")     # playwright's loop runs as long: Prefect would answer in coroutines beside it
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright; pip install -e '.[browser]'")
    with playwright.sync_playwright() as started:
        sandbox = os.geteuid() != 0     # Chromium refuses to start as root with it
        chromium = started.chromium.launch(
            executable_path=_executable(started.chromium.executable_path), args=QUIET, chromium_sandbox=sandbox)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The file of a page of `PAGES`, made once."""
    files: dict[str, Path] = {}

    def file_of(name: str) -> Path:
        if name not in files:
            files[name] = PAGES[name](tmp_path_factory.mktemp(name) / "made")
        return files[name]

    return file_of


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Makes an empty page; on it `heard` gathers requests beyond files and errors of scripts: `new_page(480)`."""
    contexts = []

    def make(width: int, **settings: Any) -> Any:
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **settings))
        page = contexts[-1].new_page()
        page.heard = []
        page.on("request",
                lambda request: request.url.startswith(("file:", "data:")) or page.heard.append(request.url))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def opened(new_page: Callable[..., Any], made: Callable[[str], Path]) -> Callable[..., Any]:
    """Opens a page of `PAGES`: `opened("report", width=480, color_scheme="dark")`."""

    def open_page(name: str, *, width: int = 1200, **settings: Any) -> Any:
        page = new_page(width, **settings)
        page.on("requestfailed", lambda request: page.heard.append(f"failed: {request.url}"))
        page.on("console", lambda message: message.type in ("error", "warning") and page.heard.append(message.text))
        page.goto(made(name).as_uri())
        return page

    return open_page

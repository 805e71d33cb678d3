"""Data Docs that open without a network: Great Expectations' own content in pages that load nothing.

Its pages load Bootstrap, jQuery, Font Awesome and Vega from five hosts. The views here put templates of ours before its
own, so that the same content comes with the style and the few lines of script that stand in `pages/`.

Source: https://docs.greatexpectations.io/docs/reference/data_docs, `view` of a site's sections.
"""

import shutil
from html import escape
from pathlib import Path
from typing import Any

from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import ChoiceLoader, PackageLoader, pass_context

SECTIONS = {"expectations": "ExpectationSuitePageRenderer", "validations": "ValidationResultsPageRenderer"}


class OfflinePageView(DefaultJinjaPageView):  # type: ignore[misc]
    """A page of a suite or of a validation."""

    def __init__(self, custom_styles_directory: str | None = None, custom_views_directory: str | None = None) -> None:
        super().__init__(custom_styles_directory, custom_views_directory)
        self.env.loader = ChoiceLoader([PackageLoader(__package__, "pages"), self.env.loader])

    @pass_context
    def render_content_block(
        self, jinja_context: Any, content_block: Any, index: Any = None, content_block_id: Any = None,
        render_to_markdown: bool = False,
    ) -> Any:
        """As its parent, but text is escaped: a cell of somebody's csv may hold markup."""
        return super().render_content_block(
            jinja_context, _escaped(content_block), index, content_block_id, render_to_markdown)


class OfflineIndexPageView(OfflinePageView, DefaultJinjaIndexPageView):  # type: ignore[misc]
    """The page that lists the others."""


def _offline_site(folder: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "view": _view(OfflineIndexPageView)},
        "site_section_builders": {
            name: {"class_name": "DefaultSiteSectionBuilder", "renderer": {"class_name": renderer},
                   "view": _view(OfflinePageView)} for name, renderer in SECTIONS.items()},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.absolute())},
    }


def build_site(context: Any, folder: Path) -> None:
    """Write Data Docs of all that `context` holds into `folder`, whose earlier pages go.

    Fonts and pictures of Great Expectations that no page uses stay out of it.
    """
    site = folder.name.replace("_", " ")
    context.add_data_docs_site(site, _offline_site(folder))
    context.clean_data_docs(site)
    context.build_data_docs([site])
    shutil.rmtree(folder / "static")
    for left in sorted(folder.rglob("*/"), reverse=True):       # the deepest first
        if not any(left.iterdir()):
            left.rmdir()


def _view(view: type[OfflinePageView]) -> dict[str, str]:
    return {"module_name": view.__module__, "class_name": view.__name__}


def _escaped(content: Any) -> Any:
    if isinstance(content, list):
        return [_escaped(one) for one in content]
    return escape(content, quote=False) if isinstance(content, str) else content

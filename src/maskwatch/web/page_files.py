"""The files of the page, read and put together once when the server starts; nothing is looked up on the disk later."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template

from plotly.offline import get_plotlyjs

from maskwatch.web.access.scopes import Scope


@dataclass(frozen=True)
class Page:
    """A page: `NAME.html` is its content, `static/NAME.js` its script.

    Attributes:
        path: its address below the root; empty for the first.
        scope: who sees it in the navigation; None leaves it out there. What the page shows is guarded by the API.
    """

    path: str
    name: str
    title: str
    scope: Scope | None


PAGES = (
    Page("", "live", "Live", Scope.READ),
    Page("events", "events", "Events", Scope.READ),
    Page("trends", "trends", "Trends", Scope.READ),
    Page("health", "health", "Health", Scope.OPERATE),
    Page("sign-in", "sign-in", "Sign in", None),
)

_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class PageFile:
    """What is sent for an address."""

    body: bytes
    media_type: str

    @cached_property
    def etag(self) -> str:
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:20]}"'

    @cached_property
    def gzipped(self) -> bytes:
        return gzip.compress(self.body, 6, mtime=0)


def pages() -> dict[str, PageFile]:
    """Every page by its path."""
    layout = Template(_text(_folder() / "layout.html"))
    return {page.path: PageFile(_composed(layout, page).encode(), _HTML) for page in PAGES}


def static_files() -> dict[str, PageFile]:
    """Every other file of the package by its name, but Plotly's."""
    found = [each for each in (_folder() / "static").iterdir() if not each.name.startswith(".")]
    return {each.name: PageFile(each.read_bytes(), _KINDS["." + each.name.rpartition(".")[2]]) for each in found}


def plotly_file() -> PageFile:
    """Plotly's JavaScript, from the installed package."""
    return PageFile(get_plotlyjs().encode(), _KINDS[".js"])


def _folder() -> Traversable:
    return files("maskwatch.web") / "pages"


def _text(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def _composed(layout: Template, page: Page) -> str:
    content = _text(_folder() / f"{page.name}.html")
    links = "\n".join(_link(each, page) for each in PAGES if each.scope)
    return layout.substitute(title=escape(page.title), name=page.name, navigation=links, content=content)


def _link(page: Page, current: Page) -> str:
    """Relative, so that it holds below any root path."""
    here = ' aria-current="page"' if page is current else ""
    return f'<li data-scope="{page.scope}" hidden><a href="{page.path or "./"}"{here}>{escape(page.title)}</a></li>'

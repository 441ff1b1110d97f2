"""The pages as they are served: every file they name is there, nothing else is, and no script stands in them."""

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from maskwatch.web.page_files import PAGES, static_files
from web_parts import SITE, Served, served

PATHS = [f"/{page.path}" for page in PAGES]
PACKAGE = Path(__file__).parent.parent / "src" / "maskwatch" / "web" / "pages"
STATIC = PACKAGE / "static"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("site")) as each:
        yield each


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.found if (value := attributes.get(attribute))]


def page(site: Served, path: str) -> Elements:
    answer = site.http().get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return Elements(answer.text)


@pytest.mark.parametrize("path", PATHS)
def test_every_file_that_a_page_names_is_there(site: Served, path: str) -> None:
    elements = page(site, path)
    named = [*elements.values("src"), *elements.values("href")]
    links = [each for each in named if not each.startswith("#")]
    assert len(links) >= 5
    for link in links:
        address = httpx.URL(f"http://127.0.0.1:8750{path}").join(link)
        assert address.host == "127.0.0.1", f"{link} leads to another machine"
        assert site.http().get(str(address)).status_code == 200, link


@pytest.mark.parametrize("path", PATHS)
def test_a_page_holds_no_script_and_no_style_of_its_own(site: Served, path: str) -> None:
    elements = page(site, path)
    assert all("src" in attributes for tag, attributes in elements.found if tag == "script")
    assert not any(tag == "style" or "style" in attributes for tag, attributes in elements.found)
    assert not any(name.startswith("on") for _, attributes in elements.found for name in attributes)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_can_be_found_one_s_way_in(site: Served, path: str) -> None:
    elements = page(site, path)
    tags = [tag for tag, _ in elements.found]
    assert ("html", {"lang": "en"}) in elements.found
    assert [tags.count(tag) for tag in ("main", "nav", "h1", "title")] == [1, 1, 1, 1]
    identifiers = elements.values("id")
    assert len(identifiers) == len(set(identifiers))
    assert set(elements.values("for")) | {"main"} <= set(identifiers)
    shown_to_all = [attributes for tag, attributes in elements.found if tag == "img" and not attributes.get("alt")]
    assert shown_to_all == []


def test_every_module_that_a_script_imports_is_there() -> None:
    sources = {file.name: file.read_text(encoding="utf-8") for file in STATIC.glob("*.js")}
    imported = {
        name: set(re.findall(r"(?:from|import)\s*\(?\s*[\"']\./([^\"']+)[\"']", text)) for name, text in sources.items()
    }
    for name, modules in imported.items():
        assert modules <= set(sources), name
        assert "eval(" not in sources[name]


def test_no_file_of_ours_names_another_machine() -> None:
    for file in [*PACKAGE.glob("*.html"), *STATIC.iterdir()]:
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")  # a name, never fetched
        assert "http://" not in text, file.name
        assert "https://" not in text, file.name


@pytest.mark.parametrize(
    "path",
    [
        "/static/../page_files.py",
        "/static/%2e%2e/page_files.py",
        "/static/..%2f..%2fapp.py",
        "/static//etc/passwd",
        "/static/%2Fetc%2Fpasswd",
        "/static/layout.html",
        "/static/",
        "/static",
        "/layout.html",
        "/sign-in.html",
    ],
)
def test_no_address_reaches_a_file_that_is_not_in_the_table(site: Served, path: str) -> None:
    answer = site.http().get(path, follow_redirects=True)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_browsers_keep_files_and_are_told_when_they_are_others(site: Served) -> None:
    http = site.http()
    first = http.get("/static/site.css")
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    again = http.get("/static/site.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert http.get("/static/site.css", headers={"If-None-Match": 'W/"of another version"'}).status_code == 200


def test_files_are_packed_for_who_can_unpack_them(site: Served) -> None:
    http = site.http()
    plain = http.get("/static/site.css", headers={"Accept-Encoding": "identity"})
    packed = http.get("/static/site.css", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.content == plain.content == static_files()["site.css"].body
    assert gzip.decompress(static_files()["site.css"].gzipped) == plain.content


def test_plotly_comes_from_the_installed_package(site: Served) -> None:
    answer = site.http().get("/static/plotly.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "plotly.js v" in answer.text[:200]


@pytest.mark.parametrize("path", PATHS)
def test_pages_need_no_sign_in_and_hold_nothing_of_the_site(site: Served, path: str) -> None:
    stranger = site.http(host="192.0.2.1").get(path)
    assert stranger.status_code == 200
    for camera in site.context.site.cameras:
        assert camera.name not in stranger.text


def test_below_a_root_path_everything_is_found_whether_or_not_the_proxy_takes_it_off(tmp_path: Path) -> None:
    with served(tmp_path, SITE.replace("[web]", '[web]\nroot_path = "/masks"')) as site:
        http = site.http()
        for path in PATHS:
            assert http.get(path).text == http.get(f"/masks{path}").text
        style = httpx.URL("http://127.0.0.1:8750/masks/sign-in").join("static/site.css")
        assert http.get(str(style)).status_code == 200
        bare = http.get("/masks")
        assert (bare.status_code, bare.headers["location"]) == (307, "/masks/")


def test_asking_with_head_is_answered_without_a_body(site: Served) -> None:
    for path in ("/sign-in", "/static/site.css"):
        assert site.http().head(path).status_code == 200


def test_what_every_page_has_to_know_is_told(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        told = site.http().get("/api/v1/about").json()
        assert {name: told[name] for name in ("time_zone", "pictures", "snapshots")} == {
            "time_zone": "Europe/Paris",
            "pictures": "pixelated",
            "snapshots": "none",
        }
        cameras = site.http().get("/api/v1/cameras").json()
        assert [each["collects_for_training"] for each in cameras] == [False, False]

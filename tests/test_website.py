"""The documentation's site: it builds strictly, loses no page, fetches nothing, and its pictures tell the truth."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
import typer.core
import typer.main

from docs_blocks import PAGES, ROOT
from maskwatch.cli.main import app
from maskwatch.retinanet.losses import focal_loss
from maskwatch.retinanet.variants import FACE_ANCHORS

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    return loaded("pages")


def loaded(name: str) -> ModuleType:
    """One of the hooks; by its place, for a test helper may have the same name."""
    spec = importlib.util.spec_from_file_location(f"website_{name}", ROOT / "website" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "website"))


@pytest.mark.usefixtures("figures")
def test_the_pictures_anchors_and_loss_are_those_of_the_network() -> None:
    from figures import looking, measuring

    assert looking.FACE_ANCHORS == FACE_ANCHORS
    probability = np.array([0.1, 0.5, 0.9])
    logits = torch.logit(torch.tensor(probability))
    theirs = [float(focal_loss(logit[None], torch.ones(1, dtype=logit.dtype))) for logit in logits]
    np.testing.assert_allclose(measuring.focal(probability, 2.0, 0.25), theirs, rtol=1e-6)


def uris(nav: object) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    return [uri for each in (nav.values() if isinstance(nav, dict) else nav) for uri in uris(each)]  # type: ignore[attr-defined]


def test_every_page_stands_in_the_navigation_once(pages: ModuleType) -> None:
    there = ["index.md", "tutorial.md", "formats.md", "models/watch-nano.md", "models/other.md", "a-new-page.md"]
    nav = pages.navigation(there)
    assert sorted(uris(nav)) == sorted(there)
    assert nav[-1] == {"More": ["a-new-page.md"]}
    assert {"Models": ["models/other.md", "models/watch-nano.md"]} in nav
    assert pages.navigation(["index.md"]) == [{"maskwatch": "index.md"}]


@pytest.mark.parametrize(
    ("uri", "link", "expected"),
    [
        ("watch.md", "[a](formats.md#x)", "[a](formats.md#x)"),
        ("how-to/a.md", "[a](../watch.md)", "[a](../watch.md)"),
        ("how-to/a.md", "[a](../../ARCHITECTURE.md)", "[a](../project/architecture.md)"),
        ("watch.md", "[a](../README.md)", "[a](index.md)"),
        ("watch.md", "[a](../benchmarks/b.py)", "a (`benchmarks/b.py`)"),
        ("watch.md", "[benchmarks/b.py](../benchmarks/b.py)", "`benchmarks/b.py`"),
        ("project/contributing.md", "[a](ARCHITECTURE.md)", "[a](architecture.md)"),
        ("project/architecture.md", "[a](docs/watch.md#b)", "[a](../watch.md#b)"),
        ("watch.md", "[a](https://example.org/x.md)", "[a](https://example.org/x.md)"),
        ("watch.md", "[a](#here)", "[a](#here)"),
        ("watch.md", "![a](pictures/a.jpg)", "![a](pictures/a.jpg)"),
    ],
)
def test_links_lead_to_what_the_site_has(pages: ModuleType, uri: str, link: str, expected: str) -> None:
    page = type("Page", (), {"file": type("File", (), {"src_uri": uri})})
    assert pages.on_page_markdown(f"See {link}.", page, None, None) == f"See {expected}."


def test_what_only_tests_read_is_not_shown(pages: ModuleType) -> None:
    page = type("Page", (), {"file": type("File", (), {"src_uri": "a.md"})})
    text = '```sh not-run="needs a camera"\nx\n```\n```sh exit="1"\ny\n```\n```toml title="a.toml"\nz\n```'
    shown = pages.on_page_markdown(text, page, None, None)
    assert shown == '```sh\nx\n```\n```sh\ny\n```\n```toml title="a.toml"\nz\n```'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "site"
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.slow
def test_the_site_builds_strictly_and_has_every_page(site: Path) -> None:
    for page in PAGES:
        assert (site / page.relative_to(DOCS)).with_suffix(".html").exists()


@pytest.mark.slow
def test_nothing_is_fetched_from_elsewhere_when_it_is_read(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loads = re.findall(r"<(?:script|img|iframe|source|video)\b[^>]*\bsrc=[\"']?([^\"'> ]+)", text)
        loads += re.findall(
            r"<link\b(?=[^>]*(?:stylesheet|icon|preload|preconnect))[^>]*\bhref=[\"']?([^\"'> ]+)", text
        )
        assert loads
        for load in loads:
            assert not re.match(r"(?:\w+:)?//", load), f"{page.name}: {load}"
            assert load.startswith(("data:", "/")) or (page.parent / load.partition("?")[0]).exists(), load
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)[\"' ]*(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet.name


@pytest.mark.slow
def test_the_reference_has_every_command_with_every_option(site: Path) -> None:
    text = unescape((site / "reference/commands.html").read_text(encoding="utf-8"))

    def check(path: str, command: object) -> None:
        if isinstance(command, typer.core.TyperGroup):
            for name, each in command.commands.items():
                check(f"{path} {name}", each)
            return
        assert isinstance(command, typer.core.TyperCommand)
        _, _, after = text.partition(f">{path}<a class")
        section = after.partition("<h2")[0]
        for parameter in command.params:
            assert all(f"<code>{option}</code>" in section for option in parameter.opts if option.startswith("-")), path

    check("maskwatch", typer.main.get_command(app))


@pytest.mark.slow
def test_the_reference_has_the_docstrings_and_search_finds_the_words(site: Path) -> None:
    text = (site / "reference/python.html").read_text(encoding="utf-8")
    for name in ("Detector", "Preprocessing", "Site", "match_atss", "write_samples", "UserError"):
        assert name in text
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    assert any("Wilson" in entry["text"] for entry in index["docs"])
    assert (site / "search/search_index.js").exists()

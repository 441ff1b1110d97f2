"""Which pages the site has, in which order, and where links out of the folder `docs` lead.

A page that stands in no list below appears under "More", so that a new one is never lost; one that is listed and
not there is left out.
"""

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent

# Files of the project's root that are pages too, and what they are called in the site.
FROM_ROOT = {
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
}
HOME = "index.md"
ASSETS = ("javascripts/iframe-worker.js", "stylesheets/site.css")

SECTIONS: dict[str, tuple[str, ...]] = {
    "Tutorial": ("tutorial.md",),
    "How to": (
        "how-to/own-classes.md",
        "how-to/continue-training.md",
        "fine-tuning.md",
        "how-to/calibrate.md",
        "how-to/small-faces.md",
        "how-to/quantise.md",
        "how-to/onnx-alone.md",
        "prelabel.md",
        "how-to/label-studio.md",
        "from-keras-retinanet.md",
        "how-to/cameras-and-zones.md",
        "how-to/run-for-months.md",
        "how-to/replay.md",
        "watch-check.md",
        "how-to/privacy.md",
    ),
    "How it works": (
        "explanation/retinanet.md",
        "explanation/average-precision.md",
        "explanation/verdict.md",
        "explanation/counts.md",
        "watch.md",
    ),
    "Reference": ("reference/commands.md", "reference/python.md", "formats.md", "api.md", "report.md"),
    "Models": ("models/*.md", "experiments.md"),
    "Project": tuple(FROM_ROOT.values()),
}

_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)\s]+)\)")
_FENCE_WITH_REASON = re.compile(r'^(\s*```\w+) (?:not-run|exit)="[^"\n]*"$', re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and scripts that do not lie in `docs`, and set the navigation."""
    for name, uri in FROM_ROOT.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / name)))
    for uri in ASSETS:
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / "website" / uri)))
    config.nav = navigation([file.src_uri for file in files.documentation_pages()])
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Take out what only the tests read, and turn links out of `docs` to where the site has what they mean."""
    plain = _FENCE_WITH_REASON.sub(r"\1", markdown)
    return _LINK.sub(lambda link: _in_site(link, page.file.src_uri), plain)


def navigation(pages: list[str]) -> list[dict[str, object]]:
    """MkDocs's `nav` of those pages (places below `docs`)."""
    nav: list[dict[str, object]] = [{"maskwatch": HOME}]
    left = sorted(set(pages) - {HOME})
    for title, wanted in SECTIONS.items():
        own = [uri for pattern in wanted for uri in left if PurePosixPath(uri).match(pattern)]
        left = [uri for uri in left if uri not in own]
        if own:
            nav.append({title: own} if title != "Tutorial" else {title: own[0]})
    return [*nav, {"More": left}] if left else nav


def _in_site(link: re.Match[str], uri: str) -> str:
    """A link as it has to be in the site: unchanged, to a page made of a file of the root, or words alone."""
    words, target = link.groups()
    place, hash_, anchor = target.partition("#")
    if not place or "://" in place or place.startswith(("/", "mailto:")):
        return link.group()
    # A page of the root stands in the site in another folder than in the project.
    origins = {site: name for name, site in FROM_ROOT.items()}
    folder = "" if uri in origins else str(PurePosixPath("docs", uri).parent)
    path = normpath(f"{folder}/{place}" if folder else place)
    if path == "README.md":
        found = HOME
    elif path in FROM_ROOT:
        found = FROM_ROOT[path]
    elif path.startswith("docs/"):
        found = path.removeprefix("docs/")
    else:
        return f"{words} (`{path}`)" if path not in words else f"`{path}`"
    return f"[{words}]({relpath(found, PurePosixPath(uri).parent)}{hash_}{anchor})"

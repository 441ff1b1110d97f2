"""The pictures of the pages, drawn when the site is built by what they explain."""

import tempfile
from pathlib import Path

from figures import FIGURES
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_desk = tempfile.TemporaryDirectory(prefix="maskwatch-pictures.")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for name, draw in FIGURES.items():
        path = Path(_desk.name, name)
        draw(path)
        files.append(File.generated(config, f"pictures/{name}", abs_src_path=str(path)))
    return files

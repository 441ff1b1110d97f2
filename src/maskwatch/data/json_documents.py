"""JSON label files: opened safely, told apart by what they hold, and values taken from them with care."""

import json
from pathlib import Path
from typing import Any, Literal

from maskwatch.data.faults import Fault, Severity

Kind = Literal["createml", "coco", "label-studio"]

_FARTHEST_PX = 1e6


def parse_json(file: Path) -> Any | Fault:
    """What a file holds, or why it cannot be read."""
    try:
        return json.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        return _broken(file, f"the file cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        return _broken(file, "it is not UTF-8.")
    except json.JSONDecodeError as error:
        return _broken(file, f"the JSON is broken: {error.msg} at column {error.colno}.", error.lineno)
    except (ValueError, RecursionError) as error:
        return _broken(file, f"the JSON is broken: {error}.")


def kind_of(document: Any) -> Kind | None:
    """Which of the formats written in JSON a document is in, judged by its outermost names."""
    if isinstance(document, dict) and isinstance(document.get("images"), list) and "annotations" in document:
        return "coco"
    first = document[0] if isinstance(document, list) and document else None
    if isinstance(first, dict) and ("image" in first or "imagefilename" in first):
        return "createml"
    if isinstance(first, dict) and isinstance(first.get("data"), dict):
        return "label-studio"
    return None


def number(value: Any) -> float | None:
    """A JSON number that can be a length in pixels; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < _FARTHEST_PX else None  # no comparison holds for nan


def _broken(file: Path, message: str, line: int | None = None) -> Fault:
    advice = "Mend it in a text editor, or bring it back from a copy."
    return Fault("broken-annotation", message, file, line, advice=advice, severity=Severity.BLOCKING)

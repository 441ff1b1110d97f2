"""On which line of a TOML text a setting stands; parsers say it of broken syntax only."""

import re
from collections.abc import Mapping

Place = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
# Whole strings and comments, inside which brackets mean nothing.
_OPAQUE = re.compile(r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL)


def lines_of(text: str) -> dict[Place, int]:
    """Line numbers from 1 of every table and key of valid TOML: `("cameras", 0, "zones", 1, "name")` to 27.

    Keys of inline tables and items of arrays are not told apart: theirs is the line of the setting they are in.
    """
    plain = _OPAQUE.sub(_blanked, text)
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    depth = 0
    for number, (line, shown) in enumerate(zip(plain.split("\n"), text.split("\n"), strict=True), start=1):
        if depth == 0 and (header := _HEADER.match(line)):
            table = _table(_parts(shown[header.start(2) : header.end(2)]), header[1] == "[[", counts)
            lines.setdefault(table, number)
            continue
        if depth == 0 and (key := _KEY.match(line)):
            lines.setdefault(table + _parts(shown[key.start(1) : key.end(1)]), number)
        depth += sum(line.count(bracket) for bracket in "[{") - sum(line.count(bracket) for bracket in "]}")
    return lines


def line_of(place: Place, lines: Mapping[Place, int]) -> int | None:
    """The line of a setting, or of what it is in."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return None


def _blanked(match: re.Match[str]) -> str:
    """The same size of quotes and letters without meaning, so that columns, line breaks and quoted keys stay."""
    return re.sub(r"""[^\n"']""", " " if match[0].startswith("#") else "x", match[0])


def _parts(dotted: str) -> Place:
    return tuple(part.strip("\"'") for part in _KEY_PART.findall(dotted))


def _table(names: Place, is_array: bool, counts: dict[Place, int]) -> Place:
    """The place of a header: every array of tables on the way is followed by the number of its latest table."""
    place: Place = ()
    for position, name in enumerate(names):
        place += (name,)
        if is_array and position == len(names) - 1:
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place += (counts[place],)
    return place

"""What is wrong with a settings file: every fault at once, in the words of the file."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from maskwatch.config.rules import CountRule, FaceRule, ShareRule
from maskwatch.config.site import Site
from maskwatch.config.toml_lines import Place

_RULES: Mapping[str, type[BaseModel]] = {
    "no_mask": FaceRule,
    "incorrect": FaceRule,
    "share_low": ShareRule,
    "count_high": CountRule,
}


@dataclass(frozen=True)
class SiteFault:
    """One fault: where in the settings, and what it is with what to do about it."""

    place: Place
    message: str


def faults_of(error: ValidationError, raw: Mapping[str, Any]) -> Iterator[SiteFault]:
    """The library's findings as sentences that never repeat a value, which may be a secret."""
    for each in error.errors(include_url=False, include_input=False):
        place = tuple(part for part in each["loc"] if not (isinstance(part, str) and part in _RULES))
        if each["type"] == "extra_forbidden":
            yield SiteFault(place, _unknown(place, raw))
        elif each["type"] == "missing":
            yield SiteFault(place, "this setting is missing")
        elif each["type"] == "union_tag_invalid":
            yield SiteFault((*place, "kind"), f"a rule's kind is one of {', '.join(_RULES)}")
        elif each["type"] == "union_tag_not_found":
            yield SiteFault(place, f"kind is missing; it is one of {', '.join(_RULES)}")
        elif not (each["type"] == "too_short" and raw.get(str(place[0]))):  # else only the faulty ones are missing
            words = each["msg"].removeprefix("Value error, ").replace("Input should", "this should").rstrip(".")
            yield SiteFault(place, words)


def _unknown(place: Place, raw: Mapping[str, Any]) -> str:
    known = sorted(_model_at(place[:-1], raw).model_fields)
    return f"unknown setting{advice(str(place[-1]), known)}"


def advice(name: str, known: Collection[str]) -> str:
    """What was probably meant, or all there is."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there are {', '.join(known)}" if known else "; there is none"


def _model_at(place: Place, raw: Any) -> type[BaseModel]:
    """Which table of settings stands at a place that validation has walked to."""
    model: type[BaseModel] = Site
    for part in place:
        raw = raw[part]
        if isinstance(part, str):
            field = model.model_fields[part].annotation
            model = _RULES["no_mask"] if part == "rules" else next(_models_in(field), model)
        elif model is FaceRule:
            model = _RULES[raw["kind"]]
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def crossed_faults(raw: Mapping[str, Any]) -> Iterator[SiteFault]:
    """What only shows between tables: names given twice, and rules about cameras and zones that are not there."""
    cameras = list(_tables(raw, "cameras"))
    yield from _twice(cameras, ("cameras",))
    for number, camera in cameras:
        for part in ("zones", "lines"):
            yield from _twice(_tables(camera, part), ("cameras", number, part))
    rules = list(_tables(raw, "rules"))
    yield from _twice(rules, ("rules",))
    known = {
        "cameras": [camera.get("name") for _, camera in cameras],
        "zones": [zone.get("name") for _, camera in cameras for _, zone in _tables(camera, "zones")],
    }
    for number, rule in rules:
        for part, names in known.items():
            yield from _strangers(rule.get(part), [n for n in names if isinstance(n, str)], ("rules", number, part))


def _strangers(wanted: Any, known: list[str], place: Place) -> Iterator[SiteFault]:
    for name in wanted if isinstance(wanted, list) else ():
        if isinstance(name, str) and name not in known:
            yield SiteFault(place, f"there is no {str(place[-1])[:-1]} named {name!r}{advice(name, known)}")


def _twice(tables: Iterable[tuple[int, Mapping[str, Any]]], place: Place) -> Iterator[SiteFault]:
    seen: set[object] = set()
    for number, table in tables:
        name = table.get("name")
        if isinstance(name, str) and name in seen:
            yield SiteFault((*place, number, "name"), f"the name {name!r} is given twice among the {place[-1]}")
        seen.add(name if isinstance(name, str) else None)


def _tables(raw: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Those items of a list that are tables, with their numbers; what else there is, validation has named."""
    items = raw.get(key)
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield number, item

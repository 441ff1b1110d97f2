"""keras-retinanet's `.ini` of anchors: `[anchor_parameters]` and, on wish, `[pyramid_levels]`."""

from collections.abc import Callable
from configparser import ConfigParser, Error
from pathlib import Path
from typing import TypeVar

import numpy as np

from maskwatch.anchors import AnchorSettings
from maskwatch.errors import UserError

KEYS = ("sizes", "strides", "ratios", "scales")
DEFAULT_LEVELS = (3, 4, 5, 6, 7)

Number = TypeVar("Number", int, float)


def read_anchor_config(path: Path) -> AnchorSettings:
    """The anchors of a configuration file; the levels show in their strides.

    Raises:
        UserError: for a file that is none, or whose numbers do not fit together.
    """
    config = _parsed(path)
    values = config["anchor_parameters"]
    missing = [key for key in KEYS if key not in values]
    unknown = [key for key in values if key not in KEYS]
    if missing or unknown:
        what = f"lacks {missing[0]}" if missing else f"has {unknown[0]}, which is none of {', '.join(KEYS)}"
        raise UserError(f"{path}: [anchor_parameters] {what}.")
    sizes, strides = (_numbers(path, key, values[key], int) for key in ("sizes", "strides"))
    # keras-retinanet holds these in float32.
    ratios, scales = (_rounded(_numbers(path, key, values[key], float)) for key in ("ratios", "scales"))
    levels = _levels(path, config)
    if len(sizes) != len(strides) or len(sizes) != len(levels):
        raise UserError(f"{path}: {len(sizes)} sizes and {len(strides)} strides for {len(levels)} pyramid levels.")
    if strides != tuple(2**level for level in levels):
        expected = " ".join(str(2**level) for level in levels)
        raise UserError(
            f"{path}: the strides {' '.join(map(str, strides))} are not those of the pyramid's levels, {expected}; "
            "anchors that do not lie on the cells cannot be imported."
        )
    return AnchorSettings(tuple(map(float, sizes)), strides, ratios, scales)


def anchor_config_text(settings: AnchorSettings) -> str:
    """The configuration file of anchors with whole sizes; `read_anchor_config` gives them back."""
    lines = [f"{key} = {' '.join(f'{value:.9g}' for value in getattr(settings, key))}" for key in KEYS]
    levels = tuple(stride.bit_length() - 1 for stride in settings.strides)
    text = "\n".join(["[anchor_parameters]", *lines, ""])
    if levels == DEFAULT_LEVELS:
        return text
    return f"{text}\n[pyramid_levels]\nlevels = {' '.join(map(str, levels))}\n"


def _parsed(path: Path) -> ConfigParser:
    config = ConfigParser()
    try:
        with path.open(encoding="utf-8") as file:
            config.read_file(file)
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such file.") from error
    except (Error, UnicodeDecodeError, OSError) as error:
        reason = str(error).replace("\n", " ")
        raise UserError(f"{path}: cannot be read as an .ini file ({reason}).") from error
    if "anchor_parameters" not in config:
        raise UserError(f"{path}: has no section [anchor_parameters].")
    return config


def _levels(path: Path, config: ConfigParser) -> tuple[int, ...]:
    if "pyramid_levels" not in config:
        return DEFAULT_LEVELS
    return _numbers(path, "levels", config["pyramid_levels"].get("levels", ""), int)


def _numbers(path: Path, key: str, text: str, kind: Callable[[str], Number]) -> tuple[Number, ...]:
    try:
        values = tuple(kind(word) for word in text.split())
    except ValueError as error:
        raise UserError(f"{path}: {key} = {text} is no list of numbers with spaces between them.") from error
    if not values or min(values) <= 0 or not np.isfinite(values).all():
        raise UserError(f"{path}: {key} = {text} needs numbers above 0.")
    return values


def _rounded(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(float(np.float32(value)) for value in values)

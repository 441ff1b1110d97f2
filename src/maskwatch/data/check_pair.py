"""A training set held against a validation set: the same classes, and no picture in both."""

from collections.abc import Collection, Mapping
from pathlib import Path

from maskwatch.data.classes import known_as, probably_meant
from maskwatch.data.faults import Fault, Severity


def pair_faults(
    path: Path,
    val: Path,
    class_names: tuple[Collection[str], Collection[str]],
    contents: tuple[Mapping[str, Path], Mapping[str, Path]],
) -> list[Fault]:
    """What is wrong between two sets.

    Args:
        path, val: the two.
        class_names: the names used in either.
        contents: of either, a picture for each SHA-256 of a file's content.
    """
    return [*_class_faults(path, val, *class_names), *_shared_pictures(*contents)]


def _class_faults(path: Path, val: Path, names: Collection[str], val_names: Collection[str]) -> list[Fault]:
    faults = []
    for name in sorted(set(val_names) - set(names)):
        message = f"class {name!r} is not in {path}, so no model trained there can find it."
        faults.append(Fault("class-differs", message, val, None, name, _advice(name, names)))
    for name in sorted(set(names) - set(val_names)):
        message = f"class {name!r} is not in {val}, so how well it is found is not measured there."
        advice = _advice(name, set(val_names) - set(names))
        faults.append(Fault("class-differs", message, path, None, name, advice, Severity.WARNING))
    return faults


def _advice(name: str, others: Collection[str]) -> str:
    same = [other for other in sorted(others) if known_as(other) and known_as(other) == known_as(name)]
    meant = next(iter(same), None) or probably_meant(name, sorted(others))
    if meant:
        return f"Did you mean {meant!r}? --map {name}={meant} reads it so."
    return "Label some, or leave the class out of both."


def _shared_pictures(contents: Mapping[str, Path], val_contents: Mapping[str, Path]) -> list[Fault]:
    return [
        Fault(
            "picture-in-both",
            f"the very same picture is {contents[digest]} in the training set.",
            val_contents[digest],
            value=contents[digest].name,
            advice="Take it out of one of the two, or the validation flatters.",
        )
        for digest in val_contents
        if digest in contents
    ]

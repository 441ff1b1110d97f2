"""Class names: what `--map` asks for, and what a name was probably meant to be."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from maskwatch.errors import UserError

# How public sets of faces with and without masks write the three states.
_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "mask": (
        *("mask", "masked", "with_mask", "face_mask", "mask_on", "wearing_mask", "mask_worn", "yes_mask"),
        *("face_with_mask", "good_mask", "correct_mask", "proper_mask", "mask_weared_correct"),
    ),
    "no_mask": (
        *("no_mask", "without_mask", "unmasked", "face", "face_no_mask", "face_without_mask", "not_masked"),
        *("no_face_mask", "not_mask", "non_mask", "mask_off", "not_wearing_mask", "none"),
    ),
    "incorrect": (
        *("incorrect", "incorrect_mask", "mask_weared_incorrect", "mask_worn_incorrect", "wrong_mask"),
        *("bad_mask", "improper_mask", "mask_incorrect", "incorrectly_worn", "incorrect_face_mask"),
    ),
}


def _plain(name: str) -> str:
    """A name without case, spaces and punctuation: `With Mask` and `with_mask` are the same to a person."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _digits(name: str) -> str:
    return "".join(letter for letter in name if letter.isdigit())


_KNOWN = {_plain(spelling): name for name, spellings in _SPELLINGS.items() for spelling in spellings}


def parse_map(text: str | None) -> dict[str, str]:
    """`with_mask=mask,without_mask=no_mask` as a mapping from the name in the files to the name wanted.

    Raises:
        UserError: for anything that is not a list of `name=name`, or gives one name two meanings.
    """
    mapping: dict[str, str] = {}
    for pair in text.split(",") if text else ():
        old, equals, new = (part.strip() for part in pair.partition("="))
        if not (old and equals and new):
            raise UserError(f"--map: {pair!r} is not of the form old=new, as with_mask=mask,face=no_mask is.")
        if mapping.setdefault(old, new) != new:
            raise UserError(f"--map: {old!r} is mapped to both {mapping[old]!r} and {new!r}; keep one.")
    return mapping


def known_as(name: str) -> str | None:
    """Which of this project's own classes a name is a usual spelling of: `with_mask` of `mask`."""
    return _KNOWN.get(_plain(name))


def same_but_for_writing(name: str, other: str) -> bool:
    """Whether two names differ only in case, spaces or punctuation."""
    return name != other and _plain(name) == _plain(other)


def probably_meant(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` is another writing or a slip of the finger of, if one is near enough."""
    # A number in a name is never a slip: mask2 is not mask1.
    others = [other for other in names if other != name and _digits(other) == _digits(name)]
    rewritten = [other for other in others if same_but_for_writing(name, other)]
    return next(iter([*rewritten, *get_close_matches(name, others, n=1, cutoff=0.8)]), None)


def nearest_spelling(name: str) -> str | None:
    """The usual spelling that an unknown name is probably a slip of the finger of: `face_nask` of `face_mask`."""
    if known_as(name):
        return None
    return probably_meant(name, [spelling for spellings in _SPELLINGS.values() for spelling in spellings])


def map_advice(names: Collection[str]) -> str:
    """`--map with_mask=mask,...` for those names that are other spellings of this project's classes; or ""."""
    pairs = [f"{name}={known}" for name in names if (known := known_as(name)) and known != name]
    return f"--map {','.join(pairs)}" if pairs else ""

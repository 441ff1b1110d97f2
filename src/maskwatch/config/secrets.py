"""`${NAME}` in a camera's address, from the environment or from `secrets.toml` beside the settings."""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from maskwatch.errors import UserError

SECRETS_FILE = "secrets.toml"

_NAME = re.compile(r"\$\{([^}]*)\}")


def read_secrets(folder: Path) -> dict[str, str]:
    """Names and values of the folder's secrets; none where there is no such file.

    Raises:
        UserError: when others may read the file, or it is more than `NAME = "value"` lines. No value is shown.
    """
    path = folder / SECRETS_FILE
    if not path.exists():
        return {}
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UserError(f"{path}: others may read it; run: chmod 600 {path}")
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f'{path}: not a file of NAME = "value" lines ({type(error).__name__}).') from None
    wrong = [name for name, value in found.items() if not isinstance(value, str)]
    if wrong:
        raise UserError(f"{path}: {wrong[0]} is not a text in quotes.")
    return found


def fill_in(address: str, secrets: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """The address with every `${NAME}` replaced; the environment goes before the file.

    What stands before the `@` of an address is percent-encoded, so a password may hold any character.

    Raises:
        ValueError: names, never values, that are set nowhere.
    """
    missing = [name for name in _NAME.findall(address) if name not in environment and name not in secrets]
    if missing:
        names = ", ".join(missing)
        raise ValueError(f"{names} is neither in the environment nor in {SECRETS_FILE}")
    scheme, separator, rest = address.partition("://")
    authority_end = re.search(r"[/?#]|$", _NAME.sub(lambda m: "x" * len(m[0]), rest))
    assert authority_end is not None  # the end of the text always matches
    user_end = rest.rfind("@", 0, authority_end.start()) if separator else -1
    start = len(scheme) + len(separator)

    def value(match: re.Match[str]) -> str:
        text = environment.get(match[1], secrets.get(match[1], ""))
        return quote(text, safe="") if start <= match.start() < start + user_end else text

    return _NAME.sub(value, address)

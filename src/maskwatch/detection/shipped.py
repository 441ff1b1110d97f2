"""The model files that come with the package: their names, their bytes once checked, their cards."""

import hashlib
from pathlib import Path

from maskwatch import models
from maskwatch.errors import UserError

DEFAULT_MODEL = "watch-nano"
MODELS_FOLDER = Path(models.__file__).parent

_SUMS = "SHA256SUMS"
_REINSTALL = "it is damaged or was changed, so install maskwatch again"


def shipped_models() -> tuple[str, ...]:
    """Names of the shipped models, `watch-nano` say, in alphabetical order."""
    return tuple(sorted(name.removesuffix(".onnx") for name in _sums() if name.endswith(".onnx")))


def is_shipped(name: str) -> bool:
    return name in shipped_models()


def shipped_bytes(file_name: str) -> bytes:
    """The content of a shipped file, `watch-nano.onnx` say; raises `UserError` unless its sum is right."""
    expected = _sums().get(file_name)
    if expected is None:
        raise UserError(f"{file_name}: no such file comes with maskwatch; {_there_are()}.")
    path = MODELS_FOLDER / file_name
    if not path.is_file():
        raise UserError(f"{path}: the shipped file is missing; install maskwatch again.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != expected:
        raise UserError(f"{path}: its SHA-256 is not the one in {_SUMS}: {_REINSTALL}.")
    return content


def checkpoint_path(name: str) -> Path:
    """The trainable checkpoint beside a shipped model, its sum checked."""
    file_name = f"{name}.safetensors"
    shipped_bytes(file_name)
    return MODELS_FOLDER / file_name


def shipped_card(name: str) -> str:
    """The card of a shipped model, Markdown; raises `UserError` for a name that is none."""
    if not is_shipped(name):
        raise UserError(f"{name}: no such model comes with maskwatch; {_there_are()}.")
    return (MODELS_FOLDER / f"{name}.md").read_text(encoding="utf-8")


def _there_are() -> str:
    return f"shipped models: {', '.join(shipped_models()) or 'none'}"


def _sums() -> dict[str, str]:
    """File name to SHA-256 in hexadecimal, read as `sha256sum` writes it; nothing shipped gives nothing."""
    sums = MODELS_FOLDER / _SUMS
    if not sums.is_file():
        return {}
    pairs = (line.split(maxsplit=1) for line in sums.read_text(encoding="utf-8").splitlines() if line.strip())
    return {name.strip().removeprefix("*"): digest for digest, name in pairs}

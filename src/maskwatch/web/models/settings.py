"""The settings as the page edits them, and cameras to try."""

from typing import Any

from pydantic import SecretStr

from maskwatch.web.models.base import FieldFault, Model


class SiteOut(Model):
    """The settings as the page edits them.

    Attributes:
        version: changes with the file; is sent along with changes, so that nobody undoes somebody else's.
        editable: whether the page may change them, and `why_not` in a sentence.
        settings: as in `site.toml`; addresses are cut down to scheme and host, `has_secret` tells which.
        fixed: settings that only the file changes.
    """

    version: str
    editable: bool
    why_not: str | None
    settings: dict[str, Any]
    fixed: dict[str, Any]


class SiteIn(Model):
    """Changed settings. A camera without an `address` keeps the one it has."""

    version: str
    settings: dict[str, Any]


class CameraShapesIn(Model):
    """Zones and lines of one camera, as in `site.toml`."""

    version: str
    zones: list[dict[str, Any]]
    lines: list[dict[str, Any]] = []


class Written(Model):
    """Settings are written; `waiting` names what takes effect at the next start."""

    version: str
    waiting: tuple[FieldFault, ...]


class CameraTestIn(Model):
    """An address to try. `camera` takes the one that is set for a camera, whose password nobody has to know."""

    address: SecretStr | None = None
    camera: str | None = None


class CameraTestOut(Model):
    """Whether a picture came, and how large it is; otherwise why not."""

    reached: bool
    width: int | None = None
    height: int | None = None
    reason: str | None = None

"""Rules of a site: what becomes an event."""

from typing import Annotated, Literal

from pydantic import Field

from maskwatch.config.shapes import Settings, Share

Seconds = Annotated[float, Field(gt=0)]


class _Rule(Settings):
    """What every rule has.

    Attributes:
        name: for messages and the store.
        cameras, zones: names it is limited to; empty is all of them.
        cooldown_s: after an event, so long no other of this rule in the same camera and zone.
    """

    name: Annotated[str, Field(min_length=1)]
    cameras: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    cooldown_s: Annotated[float, Field(ge=0)] = 30.0


class FaceRule(_Rule):
    """Somebody in a zone where a mask is required, without one or with one worn wrongly."""

    kind: Literal["no_mask", "incorrect"]


class ShareRule(_Rule):
    """The share of passages with a mask, over the last `period_s`, is below `below`."""

    kind: Literal["share_low"]
    below: Share
    period_s: Seconds = 900.0
    minimum_passages: Annotated[int, Field(ge=1)] = 10


class CountRule(_Rule):
    """More than `above` faces are in a zone for at least `duration_s`."""

    kind: Literal["count_high"]
    above: Annotated[int, Field(ge=0)]
    duration_s: Annotated[float, Field(ge=0)] = 5.0


Rule = Annotated[FaceRule | ShareRule | CountRule, Field(discriminator="kind")]

DEFAULT_RULES = (
    FaceRule(name="no mask", kind="no_mask"),
    FaceRule(name="worn wrongly", kind="incorrect"),
)

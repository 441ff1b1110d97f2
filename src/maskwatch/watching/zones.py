"""Who is where: zones with the time somebody has been inside, and lines with who crossed them which way."""

from collections.abc import Sequence
from dataclasses import dataclass

from maskwatch.config import Camera, Line, Zone
from maskwatch.config.shapes import Shift
from maskwatch.watching.geometry import Point, inside, meet, side_of

# Outside for less is no leaving: boxes tremble.
LEFT_AFTER_S = 0.7
# Nearer to a line than this share of the face's side, it is on neither side.
_ON_THE_LINE = 0.25


@dataclass(frozen=True)
class Area:
    """A zone as rules see it; the whole picture, for a camera without zones, has the name None."""

    name: str | None
    polygon: tuple[Point, ...] = ()
    mask_required: bool = True
    minimum_dwell_s: float = 0.0
    schedule: tuple[Shift, ...] = ()

    def holds(self, point: Point) -> bool:
        return not self.polygon or inside(self.polygon, point)


def areas_of(camera: Camera) -> tuple[Area, ...]:
    """The camera's zones, or its whole picture."""
    return tuple(_area(zone) for zone in camera.zones) or (Area(None),)


def _area(zone: Zone) -> Area:
    return Area(zone.name, zone.polygon, zone.mask_required, zone.minimum_dwell_s, zone.schedule)


@dataclass(frozen=True)
class Presence:
    """Somebody's stay in a zone; both times are None while there is none."""

    entered_s: float | None = None
    last_inside_s: float | None = None

    def dwelt_s(self, now_s: float) -> float | None:
        """For how long by now, or None outside."""
        return None if self.entered_s is None else now_s - self.entered_s


def stay(presence: Presence, is_inside: bool, now_s: float) -> Presence:
    """The stay after one more look."""
    if is_inside:
        entered_s = now_s if presence.entered_s is None else presence.entered_s
        return Presence(entered_s, now_s)
    if presence.last_inside_s is not None and now_s - presence.last_inside_s < LEFT_AFTER_S:
        return presence
    return Presence()


@dataclass(frozen=True)
class Footing:
    """Where somebody was last clearly on one side of a line, in pixels; None before that."""

    point: Point | None = None
    side: float = 0.0


def step_over(
    footing: Footing, line: Line, size: Sequence[float], centre: Point, side_px: float
) -> tuple[Footing, bool | None]:
    """Follow somebody past a line.

    Args:
        footing: where they were.
        line: in shares of the picture.
        size: width and height of the picture, pixels.
        centre: of the face now, pixels.
        side_px: of the face.

    Returns:
        The new footing, and True for having crossed inward, False outward, None not at all. Who walks round the
        end of a line has changed sides without crossing it.
    """
    start, end = ((point[0] * size[0], point[1] * size[1]) for point in (line.start, line.end))
    side = side_of(start, end, centre)
    if abs(side) < _ON_THE_LINE * side_px:
        return footing, None
    now = Footing(centre, side)
    if footing.point is None or (footing.side > 0) == (side > 0):
        return now, None
    crossed = meet((start, end), (footing.point, centre))
    return now, (side > 0 if crossed else None)


def present(presence: Presence, area: Area, now_s: float) -> bool:
    """Whether somebody has been inside for long enough to be spoken of."""
    dwelt_s = presence.dwelt_s(now_s)
    return dwelt_s is not None and dwelt_s >= area.minimum_dwell_s

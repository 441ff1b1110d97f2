"""Points, polygons and lines on a picture, in shares of its width and height."""

from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]


def inside(polygon: Sequence[Point], point: Point) -> bool:
    """Whether a point lies in a polygon, by how many edges a ray from it to the right meets.

    Of the edge itself left and upper parts are in, right and lower ones out, so that of two zones which share an
    edge just one has a point on it.
    """
    x, y = point
    odd = False
    for (x1, y1), (x2, y2) in pairwise([*polygon, polygon[0]]):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            odd = not odd
    return odd


def side_of(start: Point, end: Point, point: Point) -> float:
    """Distance of a point from the straight line through start and end: positive on its right as it is seen.

    In the units of the points; y grows downwards, as in pictures.
    """
    (x1, y1), (x2, y2) = start, end
    length: float = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    return ((x2 - x1) * (point[1] - y1) - (y2 - y1) * (point[0] - x1)) / length


def meet(a: tuple[Point, Point], b: tuple[Point, Point]) -> bool:
    """Whether two stretches cross; touching with an end counts."""
    straddles_b = side_of(*b, a[0]) * side_of(*b, a[1]) <= 0
    if a[0] == a[1]:
        return False
    return straddles_b and side_of(*a, b[0]) * side_of(*a, b[1]) <= 0

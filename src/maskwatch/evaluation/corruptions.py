"""What goes wrong between a face and a model, as pure functions: pixels and boxes in, pixels and boxes out.

Every function takes a picture (H, W, 3) uint8 RGB, its faces (N, 4) xyxy pixels, a strength whose unit its
docstring names, and a random generator; it returns a new picture with the faces where they are in it.
"""

import io
import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from maskwatch.boxes import Floats
from maskwatch.pictures.preprocessing import Pixels

Change = Callable[[Pixels, Floats, float, np.random.Generator], tuple[Pixels, Floats]]

REFERENCE_SIDE_PX = 640
_ENCODING_GAMMA = 2.2


def blur(picture: Pixels, faces: Floats, strength: float, random: np.random.Generator) -> tuple[Pixels, Floats]:
    """Out of focus: a Gaussian of `strength` pixels in a picture of 640, more in larger ones."""
    radius = strength * max(picture.shape[:2]) / REFERENCE_SIDE_PX
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius))), faces


def noise(picture: Pixels, faces: Floats, strength: float, random: np.random.Generator) -> tuple[Pixels, Floats]:
    """A sensor short of light: independent noise with a standard deviation of `strength` grey levels of 255."""
    noisy = picture + random.normal(0, strength, picture.shape).astype(np.float32)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8), faces


def darkness(picture: Pixels, faces: Floats, strength: float, random: np.random.Generator) -> tuple[Pixels, Floats]:
    """Exposed `strength` stops too short: each halves the light, and eight bits lose what lies between."""
    factor = 0.5 ** (strength / _ENCODING_GAMMA)
    return np.rint(picture * np.float32(factor)).astype(np.uint8), faces


def jpeg(picture: Pixels, faces: Floats, strength: float, random: np.random.Generator) -> tuple[Pixels, Floats]:
    """Compressed as JPEG of quality `strength`, 1..95."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=int(strength))
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB")), faces


def low_resolution(
    picture: Pixels, faces: Floats, strength: float, random: np.random.Generator
) -> tuple[Pixels, Floats]:
    """Taken with `strength` times fewer pixels a side and enlarged again, so that faces keep their place."""
    height, width = picture.shape[:2]
    small = (max(1, round(width / strength)), max(1, round(height / strength)))
    image = Image.fromarray(picture).resize(small, Image.Resampling.BOX)
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR)), faces


def grey(picture: Pixels, faces: Floats, strength: float, random: np.random.Generator) -> tuple[Pixels, Floats]:
    """Colour taken away by the share `strength`, 0..1."""
    without = np.asarray(Image.fromarray(picture).convert("L"), np.float32)[..., None]
    return np.rint(picture + (without - picture) * np.float32(strength)).astype(np.uint8), faces


def rotation(picture: Pixels, faces: Floats, strength: float, random: np.random.Generator) -> tuple[Pixels, Floats]:
    """A camera held askew by `strength` degrees to a random side; nothing is cut off, corners are black.

    A face is taken as the ellipse in its box, because the box round a turned box would be far too large.
    """
    angle = math.radians(strength) * random.choice((-1.0, 1.0))
    cos, sin = math.cos(angle), math.sin(angle)
    height, width = picture.shape[:2]
    to_width = math.ceil(width * abs(cos) + height * abs(sin))
    to_height = math.ceil(width * abs(sin) + height * abs(cos))
    # Pillow asks where each pixel of the result comes from, so its matrix is the inverse of the turn.
    back_x = width / 2 - cos * to_width / 2 - sin * to_height / 2
    back_y = height / 2 + sin * to_width / 2 - cos * to_height / 2
    turned = Image.fromarray(picture).transform(
        (to_width, to_height),
        Image.Transform.AFFINE,
        (cos, sin, back_x, -sin, cos, back_y),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(turned), _turned(faces, cos, sin, (width, height), (to_width, to_height))


def _turned(faces: Floats, cos: float, sin: float, size: tuple[int, int], to_size: tuple[int, int]) -> Floats:
    """Boxes round the ellipses of boxes (N, 4), turned about the middle of a picture that changes its size."""
    x, y = ((faces[:, :2] + faces[:, 2:]) / 2 - np.array(size) / 2).T
    half_width, half_height = ((faces[:, 2:] - faces[:, :2]) / 2).T
    to_x, to_y = cos * x - sin * y + to_size[0] / 2, sin * x + cos * y + to_size[1] / 2
    to_half_width = np.hypot(half_width * cos, half_height * sin)
    to_half_height = np.hypot(half_width * sin, half_height * cos)
    edges = (to_x - to_half_width, to_y - to_half_height, to_x + to_half_width, to_y + to_half_height)
    return np.stack(edges, axis=1).astype(np.float32)


def cover(picture: Pixels, faces: Floats, strength: float, random: np.random.Generator) -> tuple[Pixels, Floats]:
    """Something flat and grey before the share `strength` of each face's width, at its left or right.

    From the side, because from above or below it would hide or resemble the mask itself.
    """
    covered = picture.copy()
    for x1, y1, x2, y2 in faces.astype(np.float64):
        hidden = strength * (x2 - x1)
        left = x1 if random.random() < 0.5 else x2 - hidden
        columns = slice(max(0, round(left)), max(0, round(left + hidden)))
        covered[max(0, round(y1)) : max(0, round(y2)), columns] = random.integers(32, 224)
    return covered, faces

"""Labelled pictures to practise with: the demo's two people before all kinds of things, with and without a mask.

They show how the tools are used. A model trained on two people knows two people.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from maskwatch.boxes import Floats
from maskwatch.demo.portraits import Portrait, eileen_collins, grace_hopper
from maskwatch.demo.worn_mask import with_mask

WIDTH = 640
HEIGHTS = (400, 480, 540)
# Every so many pictures show nobody, as pictures of a camera often do.
EMPTY_EVERY = 10

# Photographs that come with scikit-image, in the public domain or CC0.
_PLACES = ("coffee", "chelsea", "rocket", "brick", "grass", "gravel")


@dataclass(frozen=True)
class PracticePicture:
    """A picture (H, W, 3) uint8 RGB, its faces (N, 4) float32 xyxy in whole pixels, and their N labels."""

    pixels: NDArray[np.uint8]
    boxes: Floats
    labels: tuple[str, ...]


class Practice:
    """Makes the pictures; everything is drawn once, and each picture is a function of its number alone."""

    def __init__(self) -> None:
        self._people = [_Person.of(portrait) for portrait in (grace_hopper(), eileen_collins())]
        self._places = _photographs()

    def picture(self, number: int) -> PracticePicture:
        random = np.random.default_rng(number)
        canvas = self._place(random)
        found: list[tuple[tuple[float, ...], str]] = []
        if number % EMPTY_EVERY != EMPTY_EVERY - 1:
            people = random.permutation(len(self._people))[: random.integers(1, len(self._people) + 1)]
            # As many faces between 40 and 75 pixels high as between 75 and 140; who is smaller is put in front.
            sizes_px = sorted(40 * 3.5 ** random.random(len(people)), reverse=True)
            for position, (person, face_px) in enumerate(zip(people, sizes_px, strict=True)):
                label = ("mask", "no_mask")[(number + position) % 2]
                middle = canvas.width * (position + 0.5) / len(people)
                found.append((self._people[person].put_into(canvas, label, middle, face_px, random), label))
        lit = ImageEnhance.Brightness(canvas).enhance(random.uniform(0.6, 1.2))
        boxes = np.array([box for box, _ in found], np.float32).reshape(-1, 4).round()
        return PracticePicture(np.array(lit), boxes, tuple(label for _, label in found))

    def _place(self, random: np.random.Generator) -> Image.Image:
        """A part of some photograph, out of focus, as the picture's background."""
        photograph = self._places[random.integers(len(self._places))]
        size = (WIDTH, int(random.choice(HEIGHTS)))
        share = random.uniform(0.5, 0.9)
        width, height = share * photograph.width, share * photograph.width * size[1] / size[0]
        height = min(height, photograph.height)
        left, top = random.uniform(0, photograph.width - width), random.uniform(0, photograph.height - height)
        part = photograph.resize(size, Image.Resampling.BICUBIC, (left, top, left + width, top + height))
        if random.random() < 0.5:
            part = ImageOps.mirror(part)
        return part.filter(ImageFilter.GaussianBlur(random.uniform(1, 4)))


@dataclass(frozen=True)
class _Person:
    """The cut-outs of a person by label, RGBA, and the face in their pixels."""

    cutouts: Mapping[str, Image.Image]
    face: tuple[float, float, float, float]

    @classmethod
    def of(cls, portrait: Portrait) -> "_Person":
        return cls({"no_mask": portrait.cutout, "mask": with_mask(portrait)}, portrait.face)

    def put_into(
        self, canvas: Image.Image, label: str, middle_x: float, face_px: float, random: np.random.Generator
    ) -> tuple[float, float, float, float]:
        """Lay the person over an RGB picture, the shoulders at its lower edge, and say where the face is."""
        x1, y1, x2, y2 = self.face
        cutout = self.cutouts[label]
        scale = face_px / (y2 - y1)
        centre = ((x1 + x2) / 2, (y1 + y2) / 2)
        turned = cutout.rotate(random.uniform(-8, 8), Image.Resampling.BICUBIC, center=centre)
        small = turned.resize((round(cutout.width * scale), round(cutout.height * scale)), Image.Resampling.LANCZOS)
        from_left = centre[0] * scale
        if random.random() < 0.5:
            small, from_left = ImageOps.mirror(small), small.width - from_left
        x = middle_x + random.uniform(-0.08, 0.08) * canvas.width
        # Below the middle of the face the cut-out is as high as this; lower would be a bust in the air.
        below = (cutout.height - centre[1]) * scale
        y = max(canvas.height - below * random.uniform(0.6, 1.0), face_px)
        canvas.paste(small, (math.floor(x - from_left), math.floor(y - centre[1] * scale)), small)
        half_width = (x2 - x1) * scale / 2
        return x - half_width, y - face_px / 2, x + half_width, y + face_px / 2


def _photographs() -> list[Image.Image]:
    from skimage import data

    return [Image.fromarray(getattr(data, name)()).convert("RGB") for name in _PLACES]

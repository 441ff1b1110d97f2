"""Scenes of real faces for `watch_check.py`: cut out of labelled pictures, moved over pictures without any.

A face is cut out with what is around it and fades at the edges. It walks across the picture, grows or shrinks, nods
and tilts; brightness drifts and every frame has noise of its own, so that no two look the same to a network. Nobody
is drawn larger than they were photographed. Where a state changes, another face takes the place of the first.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from watch_tally import Box, Face

from maskwatch.data.samples import Sample
from maskwatch.pictures.opening import open_picture
from maskwatch.watching.evidence import STATES
from maskwatch.watching.nouns import State

WIDTH, HEIGHT = 640, 360
_LEAST_PX, _MOST_PX = 24, 110
# What is cut out around a face, in shares of its width or height: left and right, above, below.
_ASIDE, _ABOVE, _BELOW = 0.7, 0.6, 0.9
_FADE = 0.12
_NOISE = 3.0

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Cutout:
    """A face with what is around it: RGBA, the face's box in it, its state."""

    image: Image.Image
    box: Box
    state: State

    @property
    def side_px(self) -> float:
        x1, y1, x2, y2 = self.box
        return math.sqrt((x2 - x1) * (y2 - y1))


def cutouts(samples: Sequence[Sample]) -> Iterator[Cutout]:
    """Faces of at least the least size with nobody else's face near and all their surroundings in the picture."""
    for sample in samples:
        for index, label in enumerate(sample.labels):
            x1, y1, x2, y2 = (float(edge) for edge in sample.boxes[index])
            width, height = x2 - x1, y2 - y1
            around = (x1 - _ASIDE * width, y1 - _ABOVE * height, x2 + _ASIDE * width, y2 + _BELOW * height)
            others = np.delete(sample.boxes, index, axis=0)
            fits = around[0] >= 0 and around[1] >= 0 and around[2] <= sample.width and around[3] <= sample.height
            if label in STATES and fits and width * height >= _LEAST_PX**2 and not _any_meets(around, others):
                image = Image.fromarray(open_picture(sample.picture)).crop(tuple(round(edge) for edge in around))
                image.putalpha(_faded(image.size))
                left, top = _ASIDE * width, _ABOVE * height
                yield Cutout(image, (left, top, left + width, top + height), State(label))


def _any_meets(around: Box, others: NDArray[np.float32]) -> bool:
    x1, y1, x2, y2 = around
    return bool(((others[:, 0] < x2) & (others[:, 2] > x1) & (others[:, 1] < y2) & (others[:, 3] > y1)).any())


def _faded(size: tuple[int, int]) -> Image.Image:
    """Opaque in the middle, nothing at the edges."""
    margin = _FADE * min(size)
    alpha = Image.new("L", size)
    inner = (margin, margin, size[0] - margin, size[1] - margin)
    ImageDraw.Draw(alpha).rounded_rectangle(inner, radius=2 * margin, fill=255)
    return alpha.filter(ImageFilter.GaussianBlur(margin / 2))


@dataclass(frozen=True)
class Walker:
    """Somebody who walks across; `faces` are worn one after the other, changing at `changes_s`."""

    person: int
    faces: tuple[Cutout, ...]
    enters_s: float
    leaves_s: float
    changes_s: float
    leftward: bool
    y: float
    side_px: float
    grows: float
    step_s: float

    def face(self, time_s: float) -> Cutout:
        return self.faces[-1 if time_s >= self.changes_s else 0]

    def placed(self, time_s: float) -> tuple[float, float, float, float] | None:
        """Middle of the face x, y, its side and its tilt in degrees; None while they are not there."""
        if not self.enters_s <= time_s < self.leaves_s:
            return None
        share = (time_s - self.enters_s) / (self.leaves_s - self.enters_s)
        side = self.side_px * (1 + self.grows * (share - 0.5))
        x = (0.12 + 0.76 * (1 - share if self.leftward else share)) * WIDTH
        step = 2 * math.pi * time_s / self.step_s
        return x, self.y + 0.05 * side * math.cos(step), side, 4 * math.sin(step / 2)


@dataclass(frozen=True)
class Scene:
    """People over a background, (HEIGHT, WIDTH, 3)."""

    background: Pixels
    walkers: tuple[Walker, ...]
    seed: int

    @property
    def ends_s(self) -> float:
        return max(walker.leaves_s for walker in self.walkers) + 4.0

    def frames(self, frames_per_s: float) -> Iterator[tuple[float, Pixels, tuple[Face, ...]]]:
        """Times, pictures (HEIGHT, WIDTH, 3) uint8 RGB and the truth about each."""
        noise = np.random.default_rng(self.seed)
        for index in range(int(self.ends_s * frames_per_s)):
            time_s = index / frames_per_s
            picture = Image.fromarray(self.background).convert("RGBA")
            truth = tuple(face for walker in self.walkers if (face := _put(picture, walker, time_s)))
            pixels = np.asarray(picture.convert("RGB"), np.float32) * (1 + 0.08 * math.sin(time_s / 2))
            pixels += noise.normal(0, _NOISE, pixels.shape)
            yield time_s, pixels.clip(0, 255).astype(np.uint8), truth


def _put(picture: Image.Image, walker: Walker, time_s: float) -> Face | None:
    placed = walker.placed(time_s)
    if placed is None:
        return None
    x, y, side, tilt = placed
    cutout = walker.face(time_s)
    scale = side / cutout.side_px
    size = (max(1, round(cutout.image.width * scale)), max(1, round(cutout.image.height * scale)))
    x1, y1, x2, y2 = (edge * scale for edge in cutout.box)
    middle = ((x1 + x2) / 2, (y1 + y2) / 2)
    reduced = cutout.image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    turned = reduced.rotate(tilt, Image.Resampling.BILINEAR, center=middle)
    left, top = round(x - middle[0]), round(y - middle[1])
    picture.alpha_composite(turned, (max(0, left), max(0, top)), (max(0, -left), max(0, -top)))
    return Face(walker.person, (left + x1, top + y1, left + x2, top + y2), cutout.state)


def make_scene(number: int, faces: Sequence[Cutout], backgrounds: Sequence[Path]) -> Scene:
    """A scene of two people, the same for the same number; in every second one both are masked all the way."""
    chance = random.Random(number)
    background = Image.fromarray(open_picture(chance.choice(backgrounds)))
    fitted = background.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    walkers = tuple(_walker(person, chance, faces, number % 2 == 0) for person in (1, 2))
    return Scene(np.asarray(fitted), walkers, number)


def _walker(person: int, chance: random.Random, faces: Sequence[Cutout], quiet: bool) -> Walker:
    masked, bare = State.MASK, State.NO_MASK
    states = (masked,) if quiet else chance.choice([(masked,), (bare,), (masked, bare), (bare, masked)])
    worn = tuple(chance.choice([face for face in faces if face.state is state]) for state in states)
    enters_s, stays_s = chance.uniform(0.5, 3.0), chance.uniform(5.0, 10.0)
    most_px = min(_MOST_PX, *(face.side_px for face in worn))
    return Walker(
        person=person,
        faces=worn,
        enters_s=enters_s,
        leaves_s=enters_s + stays_s,
        changes_s=enters_s + stays_s / 2,
        leftward=chance.random() < 0.5,
        y=HEIGHT * (0.25 if person == 1 else 0.62),
        side_px=math.exp(chance.uniform(math.log(_LEAST_PX), math.log(most_px))),
        grows=chance.uniform(-0.3, 0.3),
        step_s=chance.uniform(0.9, 1.4),
    )

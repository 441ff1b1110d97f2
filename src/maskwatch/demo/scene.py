"""The demo's film: two people walk through a room and each wears a mask for the middle part of the time.

A frame is a pure function of time, and comes with the truth about it, so that tests and trackers can use it too.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from maskwatch.demo.portraits import Portrait, eileen_collins, grace_hopper
from maskwatch.demo.worn_mask import with_mask

WIDTH, HEIGHT = 960, 540
DURATION_S = 9.0
FRAMES_PER_S = 12


@dataclass(frozen=True)
class Truth:
    """What is so in a frame: a person, the face's box (4,) float32 xyxy in pixels, and `mask` or `no_mask`."""

    person: str
    box: NDArray[np.float32]
    label: str


@dataclass(frozen=True)
class Walk:
    """How a person crosses the picture. Places are shares of its width or height, of the middle of the face.

    Attributes:
        start_x, end_x, y: from where to where, and at which height.
        face_px: height of the face half-way; it grows by a fifth in the course of the walk.
        step_s: time of a step, in which the head bobs once and tilts to one side.
        masked_s: from when to when the mask is on.
    """

    start_x: float
    end_x: float
    y: float
    face_px: float
    step_s: float
    masked_s: tuple[float, float]

    def place(self, time_s: float) -> tuple[float, float, float, float]:
        """Middle of the face x, y in pixels, its height in pixels, and its tilt in radians."""
        share = time_s / DURATION_S
        eased = (1 - math.cos(math.pi * min(max(share, 0.0), 1.0))) / 2
        step = 2 * math.pi * time_s / self.step_s
        x = (self.start_x + (self.end_x - self.start_x) * eased) * WIDTH
        y = self.y * HEIGHT + 4 * math.cos(step)
        return x, y, self.face_px * (0.9 + 0.2 * eased), math.radians(1.5) * math.sin(step / 2)


WALKS = (Walk(0.52, 0.84, 0.40, 120, 1.1, (3.5, 6.5)), Walk(0.12, 0.46, 0.57, 150, 1.3, (2.5, 5.5)))


class Scene:
    """The room and the people, drawn once; `frame` puts them where they are at a time.

    Args:
        walks: of Eileen Collins, who stands behind, and of Grace Hopper.
    """

    def __init__(self, walks: tuple[Walk, Walk] = WALKS) -> None:
        self._room = _room()
        self._people = (_Person(eileen_collins(), walks[0]), _Person(grace_hopper(), walks[1]))

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(person.name for person in self._people)

    def masked_s(self, person: str) -> tuple[float, float]:
        """From when to when a person wears the mask."""
        return next(each.walk.masked_s for each in self._people if each.name == person)

    def frame(self, time_s: float) -> NDArray[np.uint8]:
        """The picture at a time, (HEIGHT, WIDTH, 3) uint8 RGB."""
        picture = self._room.copy()
        for person in self._people:
            person.put_into(picture, time_s)
        return np.array(picture.convert("RGB"))

    def truth(self, time_s: float) -> tuple[Truth, ...]:
        """Every face in the picture of that time; none is ever hidden or cut."""
        return tuple(person.truth(time_s) for person in self._people)


class _Person:
    def __init__(self, portrait: Portrait, walk: Walk) -> None:
        self.name = portrait.name
        self._face, self.walk = portrait.face, walk
        self._cutouts = {"no_mask": portrait.cutout, "mask": with_mask(portrait)}

    def label(self, time_s: float) -> str:
        start_s, end_s = self.walk.masked_s
        return "mask" if start_s <= time_s < end_s else "no_mask"

    def put_into(self, picture: Image.Image, time_s: float) -> None:
        """Lay the person, turned, scaled and cut to where they are, onto an RGBA picture."""
        x, y, _, tilt = self.walk.place(time_s)
        scale = self._scale(time_s)
        cutout = self._cutouts[self.label(time_s)]
        middle_x, middle_y = (self._face[0] + self._face[2]) / 2, (self._face[1] + self._face[3]) / 2
        aside = scale * (max(middle_x, cutout.width - middle_x) + abs(math.sin(tilt)) * cutout.height)
        above = scale * (middle_y + abs(math.sin(tilt)) * cutout.width)
        left, right = max(0, math.floor(x - aside)), min(WIDTH, math.ceil(x + aside))
        top = max(0, math.floor(y - above))
        cosine, sine = math.cos(tilt) / scale, math.sin(tilt) / scale
        x, y = x - left, y - top
        to_photograph = (
            *(cosine, sine, middle_x - cosine * x - sine * y),
            *(-sine, cosine, middle_y + sine * x - cosine * y),
        )
        layer = cutout.transform(
            (right - left, HEIGHT - top), Image.Transform.AFFINE, to_photograph, Image.Resampling.BICUBIC
        )
        picture.alpha_composite(layer, (left, top))

    def truth(self, time_s: float) -> Truth:
        x, y, height, _ = self.walk.place(time_s)
        width = (self._face[2] - self._face[0]) * self._scale(time_s)
        box = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2], np.float32)
        return Truth(self.name, box, self.label(time_s))

    def _scale(self, time_s: float) -> float:
        return self.walk.place(time_s)[2] / (self._face[3] - self._face[1])


def _room() -> Image.Image:
    """A plain room out of focus: wall, floor, door and window."""
    shade = np.linspace(1.0, 0.86, WIDTH)[None, :, None] * np.ones((HEIGHT, 1, 1))
    wall = np.clip(np.array([206, 205, 196]) * shade, 0, 255).astype(np.uint8)
    room = Image.fromarray(wall)
    draw = ImageDraw.Draw(room)
    draw.rectangle((0, 430, WIDTH, HEIGHT), fill=(139, 126, 112))
    draw.rectangle((0, 418, WIDTH, 430), fill=(225, 222, 214))
    draw.rectangle((70, 120, 215, 418), fill=(150, 116, 84))
    draw.rectangle((84, 134, 201, 418), fill=(168, 132, 97))
    draw.ellipse((186, 280, 196, 290), fill=(90, 85, 80))
    draw.rectangle((600, 70, 880, 270), fill=(236, 236, 232))
    draw.rectangle((612, 82, 868, 258), fill=(182, 209, 226))
    draw.rectangle((736, 82, 744, 258), fill=(236, 236, 232))
    return room.filter(ImageFilter.GaussianBlur(4)).convert("RGBA")

"""A surgical mask drawn on a portrait: pleats, stitched edges, ear loops, and the light of the photograph on it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from maskwatch.demo.portraits import Line, Portrait

Floats = NDArray[np.float64]

_CLOTH = np.array([160, 188, 201], np.float64)
_LOOP, _LOOP_SHADE = (222, 222, 218), (90, 68, 60)
_PLEATS = (0.30, 0.50, 0.70)
_ACROSS, _DOWN = 48, 96  # facets of the cloth
_FINER = 4  # everything is drawn this much larger and averaged, because lines have stairs


def with_mask(portrait: Portrait) -> Image.Image:
    """The portrait's cut-out (RGBA) with a mask on."""
    size = portrait.cutout.size
    cloth = _cloth(portrait)
    alpha = cloth.getchannel("A")
    face = portrait.cutout.convert("RGB")
    shade = _scaled_alpha(alpha.filter(ImageFilter.GaussianBlur(_unit(portrait) * 5)), 0.45)
    face.paste((25, 18, 15), (0, round(_unit(portrait) * 3)), shade)
    _draw_loops(face, portrait)
    lit = _lit_as(portrait, cloth)
    masked = Image.composite(lit, face, alpha.resize(size)).convert("RGBA")
    masked.putalpha(portrait.cutout.getchannel("A"))
    return masked


def _cloth(portrait: Portrait) -> Image.Image:
    """The mask alone, as facets between its upper and lower edge, RGBA of the portrait's size."""
    across, down = np.linspace(0, 1, _ACROSS + 1), np.linspace(0, 1, _DOWN + 1)
    top, bottom = _smooth(portrait.mask_top, across), _smooth(portrait.mask_bottom, across)
    corners = (top[None] * (1 - down[:, None, None]) + bottom[None] * down[:, None, None]) * _FINER
    middle_across, middle_down = np.meshgrid(across[:-1] + 0.5 / _ACROSS, down[:-1] + 0.5 / _DOWN)
    colours = np.clip(_CLOTH * _tone(middle_across, middle_down)[..., None], 0, 255).astype(int)
    width, height = portrait.cutout.size
    sheet = Image.new("RGBA", (width * _FINER, height * _FINER), (*_CLOTH.astype(int), 0))
    draw = ImageDraw.Draw(sheet)
    for row in range(_DOWN):
        for column in range(_ACROSS):
            facet = [corners[row + y, column + x] for y, x in ((0, 0), (0, 1), (1, 1), (1, 0))]
            draw.polygon([tuple(corner) for corner in facet], fill=(*colours[row, column], 255))
    return sheet.resize((width, height), Image.Resampling.BOX)


def _tone(across: Floats, down: Floats) -> Floats:
    """Brightness of the cloth, 1 for flat; `across` and `down` run from 0 to 1 over the mask."""
    aside = np.abs(2 * across - 1)
    tone = 1.04 - 0.14 * aside**2 - 0.26 * aside**6 - 0.24 * np.clip((down - 0.72) / 0.28, 0, 1) ** 2
    tone += 0.08 * np.exp(-(((across - 0.5) / 0.12) ** 2)) * np.clip(1 - down / 0.5, 0, 1)
    depth = 0.5 + 0.5 * aside  # pleats are pulled flat over nose and mouth
    for pleat in _PLEATS:
        tone -= 0.26 * depth * np.exp(-(((down - pleat) / 0.014) ** 2))
        tone += 0.07 * depth * np.exp(-(((down - pleat - 0.035) / 0.025) ** 2))
    tone += 0.06 * ((down < 0.075) | (down > 0.955))
    tone -= 0.12 * np.exp(-(((down - 0.08) / 0.008) ** 2))
    tone += 0.05 * (aside > 0.93)
    return np.asarray(tone - 0.10 * np.exp(-(((aside - 0.92) / 0.012) ** 2)))


def _lit_as(portrait: Portrait, cloth: Image.Image) -> Image.Image:
    """The cloth in the broad light of the photograph, so that it belongs there."""
    grey = portrait.cutout.convert("RGB").convert("L")
    broad = np.asarray(grey.filter(ImageFilter.GaussianBlur(_unit(portrait) * 16)), np.float64)
    on_cloth = np.asarray(cloth.getchannel("A")) > 0
    light = (broad / broad[on_cloth].mean()) ** 0.6
    weave = np.random.default_rng(0).normal(0, 2.0, broad.shape)
    pixels = np.asarray(cloth.convert("RGB"), np.float64) * light[..., None] + weave[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _draw_loops(face: Image.Image, portrait: Portrait) -> None:
    """Ear loops with a thin shade under them, drawn into `face`."""
    layer = Image.new("RGBA", (face.width * _FINER, face.height * _FINER), (*_LOOP, 0))
    draw = ImageDraw.Draw(layer)
    thick = max(2, round(1.2 * _unit(portrait) * _FINER))
    for start, end in portrait.straps:
        line = [(x * _FINER, y * _FINER) for x, y in (start, end)]
        draw.line([(x, y + thick) for x, y in line], fill=(*_LOOP_SHADE, 255), width=thick)
        draw.line(line, fill=(*_LOOP, 255), width=thick)
    loops = layer.resize(face.size, Image.Resampling.BOX)
    face.paste(loops, mask=loops)


def _unit(portrait: Portrait) -> float:
    """One hundredth of the face's height, in pixels: strokes and blurs are given in it."""
    return (portrait.face[3] - portrait.face[1]) / 100


def _smooth(line: Line, at: Floats) -> Floats:
    """Points (N, 2) at shares `at` of a Catmull-Rom curve through the line's points, evenly by their number."""
    points = np.array(line, np.float64)
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    place = at * (len(points) - 1)
    index = np.minimum(place.astype(int), len(points) - 2)
    t = (place - index)[:, None]
    before, start, end, after = (padded[index + offset] for offset in range(4))
    curve = 2 * start + (end - before) * t + (2 * before - 5 * start + 4 * end - after) * t**2
    return np.asarray((curve + (3 * start - before - 3 * end + after) * t**3) / 2)


def _scaled_alpha(alpha: Image.Image, share: float) -> Image.Image:
    return alpha.point([round(value * share) for value in range(256)])

"""What cameras do to faces: light, colour, blur, noise, compression. Boxes are not touched."""

import io

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from maskwatch.pictures.preprocessing import Pixels


def distort(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """A picture (H, W, 3) uint8 RGB as another camera might have taken it; same shape."""
    image = Image.fromarray(pixels)
    if random.random() < 0.8:
        image = _light_and_colour(image, random)
    if random.random() < 0.05:
        image = image.convert("L").convert("RGB")
    if random.random() < 0.15:
        image = _blur(image, random)
    if random.random() < 0.1:
        image = _low_resolution(image, random)
    if random.random() < 0.1:
        image = Image.fromarray(_noise(np.asarray(image), random))
    if random.random() < 0.2:
        image = _jpeg(image, int(random.integers(25, 90)))
    return np.asarray(image)


def _light_and_colour(image: Image.Image, random: np.random.Generator) -> Image.Image:
    image = ImageEnhance.Color(image).enhance(random.uniform(0.5, 1.5))
    contrast, brightness = random.uniform(0.6, 1.4), random.uniform(0.6, 1.4)
    gamma = float(np.exp(random.uniform(-0.4, 0.4))) * (2.0 if random.random() < 0.05 else 1.0)
    # One table a channel: gamma, contrast round middle grey, brightness, and a tint as of a wrong white balance.
    tint = random.uniform(0.9, 1.1, 3)
    level = (np.arange(256) / 255) ** gamma
    level = ((level - 0.5) * contrast + 0.5) * brightness
    tables = np.clip(level[None] * tint[:, None] * 255, 0, 255).astype(np.uint8)
    return image.point(tables.reshape(-1).tolist())


def _blur(image: Image.Image, random: np.random.Generator) -> Image.Image:
    if random.random() < 0.5:
        return image.filter(ImageFilter.GaussianBlur(random.uniform(0.5, 1.8)))
    # Motion: a line through the middle of the kernel, in one of four directions.
    kernel = np.zeros((5, 5))
    lines = (
        np.eye(5),
        np.eye(5)[::-1],
        np.outer([0, 0, 1, 0, 0], np.ones(5)),
        np.outer(np.ones(5), [0, 0, 1, 0, 0]),
    )
    kernel += lines[random.integers(len(lines))]
    return image.filter(ImageFilter.Kernel((5, 5), kernel.reshape(-1).tolist()))


def _low_resolution(image: Image.Image, random: np.random.Generator) -> Image.Image:
    factor = random.uniform(1.5, 3.0)
    small = (max(8, round(image.width / factor)), max(8, round(image.height / factor)))
    return image.resize(small, Image.Resampling.BILINEAR).resize(image.size, Image.Resampling.BILINEAR)


def _noise(pixels: Pixels, random: np.random.Generator) -> Pixels:
    noise = random.normal(0, random.uniform(3, 20), pixels.shape[:2] + (random.choice((1, 3)),))
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    encoded = io.BytesIO()
    image.save(encoded, "jpeg", quality=quality)
    return Image.open(encoded).convert("RGB")

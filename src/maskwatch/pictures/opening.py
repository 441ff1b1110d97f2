"""Opening a picture file of any make as plain RGB, or saying in one sentence why it cannot be.

What nobody asked Pillow to do it does not do: only the formats below are tried (others can start programs), a
picture's size is judged by its header before a pixel is decoded, and no warning of a damaged header escapes.
"""

import io
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from maskwatch.errors import UserError
from maskwatch.pictures.png_chunks import tells_after_pixels

PICTURE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif")
    + (".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".avif")
)
MAX_PIXELS = 100_000_000

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF")
_UNTURNED = 1
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)

# What Pillow's readers raise for bytes that are not what they claim, found by damaging files at random.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    struct.error,
)

# Python's warning filters belong to the whole process, so threads take turns at changing them.
_warning_filters = threading.Lock()


class PictureError(UserError):
    """A picture file that is missing, damaged, too large or no picture; the message begins with its path."""


def open_picture(path: Path) -> NDArray[np.uint8]:
    """Decode a picture; of an animated one the first frame.

    Transparent parts are laid on white, as viewers show them: what hides under them was never meant to be
    seen. Sixteen bits are scaled to eight, CMYK, palettes and greys become RGB, EXIF turning is applied.

    Returns:
        (H, W, 3) uint8 RGB, writable, in the EXIF-turned frame.

    Raises:
        PictureError: for anything that is not a whole picture of at most `MAX_PIXELS` pixels.
    """
    with _opened(path) as (image, orientation):
        return _decoded(image, orientation)


def read_picture(name: str, content: bytes, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Decode a picture that is in memory, as `open_picture` does; `name` is what messages call it.

    Raises:
        PictureError: for anything that is not a whole picture of at most `max_pixels` pixels.
    """
    if not content:
        raise PictureError(f"{name}: it is empty (0 bytes).")
    with _read(name, io.BytesIO(content), max_pixels) as (image, orientation):
        return _decoded(image, orientation)


def _decoded(image: Image.Image, orientation: int) -> NDArray[np.uint8]:
    _load(image)
    turned = image.transpose(_TURNS[orientation]) if orientation in _TURNS else image
    return np.array(_to_rgb(turned))


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels in the EXIF-turned frame, from the header alone; raises `PictureError`."""
    with _opened(path) as (image, orientation):
        width, height = image.size
        return (height, width) if orientation in _SIDEWAYS else (width, height)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Image.Image, int]]:
    """The picture with its header read, and its EXIF orientation; all of Pillow's complaints get one form."""
    if not path.is_file():
        raise PictureError(f"{path}: {'not a file' if path.exists() else 'there is no such file'}.")
    if not path.stat().st_size:
        raise PictureError(f"{path}: the file is empty (0 bytes).")
    try:
        with path.open("rb") as file, _read(str(path), file, MAX_PIXELS) as opened:
            yield opened
    except PermissionError as error:
        raise PictureError(f"{path}: may not be read ({error.strerror}).") from error


@contextmanager
def _read(name: str, file: IO[bytes], max_pixels: int) -> Iterator[tuple[Image.Image, int]]:
    try:
        with _no_warnings():
            image = Image.open(file, formats=_FORMATS)
            _check_size(name, image, max_pixels)
            orientation = _orientation(image, file)
        yield image, orientation
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name}: larger than {max_pixels // 10**6} megapixels, the limit.") from error
    except UnidentifiedImageError as error:
        raise PictureError(f"{name}: not a picture of a known format.") from error
    except PermissionError:
        raise
    except _DAMAGE as error:
        raise PictureError(f"{name}: the picture is damaged ({error or type(error).__name__}).") from error


@contextmanager
def _no_warnings() -> Iterator[None]:
    with _warning_filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _load(image: Image.Image) -> None:
    """Decode. Only the TIFF reader still warns here, so only TIFF files wait for each other."""
    if image.format != "TIFF":
        image.load()
        return
    with _no_warnings():
        image.load()


def _check_size(name: str, image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise PictureError(f"{name}: the picture is damaged (it claims to be {width}x{height} pixels).")
    if width * height > max_pixels:
        megapixels = f"{width}x{height} pixels, more than {max_pixels // 10**6} megapixels"
        raise PictureError(f"{name}: {megapixels}, the limit; make it smaller.")


def _orientation(image: Image.Image, file: IO[bytes]) -> int:
    """EXIF orientation 1..8; a block too damaged to read counts as unturned, which is how viewers show it."""
    if image.format == "TIFF":
        return _UNTURNED  # Pillow's TIFF reader turns by itself
    try:
        # Pillow decodes a PNG to look for EXIF behind its pixels; nearly none has any there.
        early = image.format == "PNG" and not tells_after_pixels(file)
        exif = Image.Image.getexif(image) if early else image.getexif()
        orientation = exif.get(ExifTags.Base.Orientation, _UNTURNED)
    except _DAMAGE:
        return _UNTURNED
    return orientation if orientation in _TURNS else _UNTURNED


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers; save it with 8 or 16 bits")
    if image.mode == "I" or image.mode.startswith("I;16"):
        return _eight_bits(image).convert("RGB")
    if image.has_transparency_data:
        transparent = image.convert("RGBA")
        white = Image.new("RGBA", transparent.size, "white")
        return Image.alpha_composite(white, transparent).convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of sixteen bits, 0..65535, to `L`; Pillow would cut everything above 255 to white."""
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError("its pixels have more than 16 bits; save it with 8 or 16")
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))

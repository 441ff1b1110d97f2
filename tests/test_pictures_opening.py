"""Opening pictures: every make becomes RGB, every kind of damage becomes one sentence."""

import io
import random
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from maskwatch.errors import UserError
from maskwatch.pictures.opening import PICTURE_SUFFIXES, PictureError, open_picture, picture_size

UPRIGHT = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[255, 255, 0], [0, 255, 255], [255, 255, 255]]], np.uint8)
# What a camera stores for `UPRIGHT` when it notes the orientation (EXIF 2.32, tag 274).
STORED = {
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.transpose(1, 0, 2),
    6: np.rot90(UPRIGHT, 1),
    7: np.rot90(UPRIGHT, 2).transpose(1, 0, 2),
    8: np.rot90(UPRIGHT, -1),
}


def picture_bytes(format: str, mode: str = "RGB", **options: object) -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (60, 100, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(file, format, **options)
    return file.getvalue()


def png(width: int, height: int, bits: int, colour: int, data: bytes) -> bytes:
    """A PNG by hand: `colour` 0 is grey, 2 RGB, 6 RGBA."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def palette_picture(transparent: bool) -> bytes:
    image = Image.new("P", (4, 3), 1)
    image.putpalette([0, 0, 0, 10, 200, 30])
    file = io.BytesIO()
    image.save(file, "PNG", **({"transparency": 1} if transparent else {}))
    return file.getvalue()


def plain(mode: str, colour: object, format: str) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (4, 3), colour).save(file, format)  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(plain("RGB", (1, 2, 3), "PNG"), (1, 2, 3), id="RGB"),
        pytest.param(plain("L", 100, "PNG"), (100, 100, 100), id="grey"),
        pytest.param(plain("1", 1, "PNG"), (255, 255, 255), id="one bit"),
        pytest.param(plain("I;16", 25700, "PNG"), (100, 100, 100), id="16 bits, grey"),
        pytest.param(plain("I;16", 65535, "TIFF"), (255, 255, 255), id="16 bits, white"),
        pytest.param(plain("I", 25700, "TIFF"), (100, 100, 100), id="16 bits in 32"),
        pytest.param(
            png(4, 3, 16, 2, (b"\0" + struct.pack(">3H", 257, 25700, 65535) * 4) * 3), (1, 100, 255), id="16 bits, RGB"
        ),
        pytest.param(b"P5 4 3 65535 " + struct.pack(">12H", *[25700] * 12), (100, 100, 100), id="16 bits, PGM"),
        pytest.param(plain("CMYK", (0, 255, 255, 0), "TIFF"), (255, 0, 0), id="CMYK"),
        pytest.param(palette_picture(transparent=False), (10, 200, 30), id="palette"),
        pytest.param(palette_picture(transparent=True), (255, 255, 255), id="palette with a transparent colour"),
        pytest.param(plain("RGBA", (9, 9, 9, 0), "PNG"), (255, 255, 255), id="transparent is white"),
        pytest.param(plain("RGBA", (0, 100, 200, 51), "PNG"), (204, 224, 244), id="a fifth opaque"),
        pytest.param(plain("LA", (0, 0), "PNG"), (255, 255, 255), id="transparent grey"),
    ],
)
def test_every_kind_of_pixel_becomes_the_rgb_that_a_viewer_shows(
    tmp_path: Path, content: bytes, expected: tuple[int, int, int]
) -> None:
    path = tmp_path / "picture.bin"
    path.write_bytes(content)
    picture = open_picture(path)
    assert picture.shape == (3, 4, 3)
    assert picture.dtype == np.uint8
    np.testing.assert_array_equal(picture, np.broadcast_to(np.array(expected), (3, 4, 3)))
    assert picture_size(path) == (4, 3)


def test_a_cmyk_jpeg_keeps_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "print.jpg"
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(path)
    assert np.abs(open_picture(path).astype(int) - [255, 0, 0]).max() <= 3


def test_a_picture_may_be_one_pixel_and_may_be_drawn_on(tmp_path: Path) -> None:
    path = tmp_path / "dot.png"
    Image.new("RGB", (1, 1), (7, 8, 9)).save(path)
    picture = open_picture(path)
    assert picture.tolist() == [[[7, 8, 9]]]
    picture[0, 0] = 0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_exif_turning_is_applied_in_all_eight_orientations(tmp_path: Path, orientation: int, suffix: str) -> None:
    path = tmp_path / f"turned{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if suffix == ".webp" else {}
    Image.fromarray(np.ascontiguousarray(STORED[orientation])).save(path, exif=exif, **options)
    np.testing.assert_array_equal(open_picture(path), UPRIGHT)
    assert picture_size(path) == (3, 2)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_jpeg_stands_upright(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = orientation
    blocks = np.kron(STORED[orientation], np.ones((16, 16, 1), np.uint8))
    Image.fromarray(blocks).save(path, exif=exif, quality=95, subsampling=0)
    middles = open_picture(path)[8::16, 8::16].astype(int)
    assert np.abs(middles - UPRIGHT).max() < 12
    assert picture_size(path) == (48, 32)


def test_the_size_of_a_png_is_told_without_decoding_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "photo.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    for options, size in (({}, (30, 20)), ({"exif": exif}, (20, 30))):
        Image.new("RGB", (30, 20)).save(path, **options)
        with monkeypatch.context() as patch:
            patch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
            assert picture_size(path) == size


def test_exif_behind_the_pixels_of_a_png_turns_it_too(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(path)
    content = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(content)) + b"eXIf" + content + struct.pack(">I", zlib.crc32(b"eXIf" + content))
    path.write_bytes(path.read_bytes()[:-12] + chunk + path.read_bytes()[-12:])
    assert picture_size(path) == (20, 30)
    assert open_picture(path).shape == (30, 20, 3)


@pytest.mark.parametrize(
    "block", [b"Exif\0\0garbage", b"Exif\0\0MM\0*\0\0\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"]
)
def test_a_broken_exif_block_means_unturned_and_no_warning(tmp_path: Path, block: bytes) -> None:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (30, 20)).save(path, exif=block)
    assert open_picture(path).shape == (20, 30, 3)
    assert picture_size(path) == (30, 20)


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp", ".tif"])
def test_of_an_animated_picture_the_first_frame_is_taken(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"animated{suffix}"
    frames = [Image.new("RGB", (8, 6), colour) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    options = {"lossless": True} if suffix == ".webp" else {}
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    assert (open_picture(path) == [255, 0, 0]).all()


WHOLE_FILES = {
    "JPEG": picture_bytes("JPEG"),
    "progressive JPEG": picture_bytes("JPEG", progressive=True),
    "PNG": picture_bytes("PNG"),
    "palette PNG": picture_bytes("PNG", "P"),
    "GIF": picture_bytes("GIF"),
    "BMP": picture_bytes("BMP"),
    "TIFF": picture_bytes("TIFF"),
    "TIFF with LZW": picture_bytes("TIFF", compression="tiff_lzw"),
    "WebP": picture_bytes("WEBP"),
    "PPM": picture_bytes("PPM"),
    "JPEG 2000": picture_bytes("JPEG2000"),
}


@pytest.mark.parametrize("kind", WHOLE_FILES)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_half_a_file_is_an_error_and_not_half_a_picture(tmp_path: Path, kind: str, share: float) -> None:
    path = tmp_path / "half.bin"
    path.write_bytes(WHOLE_FILES[kind])
    assert open_picture(path).shape == (60, 100, 3)
    path.write_bytes(WHOLE_FILES[kind][: int(len(WHOLE_FILES[kind]) * share)])
    with pytest.raises(PictureError) as caught:
        open_picture(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("kind", WHOLE_FILES)
def test_damage_at_random_gives_a_picture_or_a_picture_error_and_never_a_warning(
    tmp_path: Path, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(kind)
    path = tmp_path / "damaged.bin"
    refusals = []
    for _ in range(40):
        content = bytearray(WHOLE_FILES[kind])
        for _ in range(chance.randrange(1, 6)):
            content[chance.randrange(chance.choice([40, 200, len(content)]))] = chance.randrange(256)
        path.write_bytes(content)
        try:
            assert open_picture(path).ndim == 3
        except PictureError as error:
            refusals.append(str(error))
    assert refusals
    assert all(refusal.startswith(f"{path}: ") for refusal in refusals)
    capfd.readouterr()  # libtiff mutters on standard error


def test_a_bomb_is_refused_from_its_header_and_never_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png(30_000, 30_000, 8, 2, b"\0" * 1000))

    def explode(self: ImageFile.ImageFile) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", explode)
    for look in (open_picture, picture_size):
        with pytest.raises(PictureError, match="100 megapixels"):
            look(path)


@pytest.mark.parametrize(
    ("width", "height", "allowed"), [(9_900, 10_000, True), (10_000, 10_000, True), (10_001, 10_000, False)]
)
def test_the_limit_is_one_hundred_megapixels_without_a_warning_below(
    tmp_path: Path, width: int, height: int, allowed: bool
) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(png(width, height, 8, 0, b""))
    if allowed:
        assert picture_size(path) == (width, height)
    else:
        with pytest.raises(PictureError, match="10001x10000 pixels"):
            picture_size(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "there is no such file", id="missing"),
        pytest.param(b"", "the file is empty", id="zero bytes"),
        pytest.param(b"<html>not found</html>", "not a picture", id="text"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture", id="a program"),
        pytest.param(plain("F", 0.5, "TIFF"), "floating-point", id="floating point"),
        pytest.param(plain("I", 70_000, "TIFF"), "more than 16 bits", id="32 bits"),
    ],
)
def test_what_is_no_picture_is_one_sentence_that_begins_with_the_path(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "thing.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PictureError, match=message) as caught:
        open_picture(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert isinstance(caught.value, UserError)


def test_a_folder_is_not_a_picture(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="not a file"):
        picture_size(tmp_path)


@pytest.mark.parametrize("name", ["two words.png", 'it\'s "quoted".png', "маска 😷.png", "per%20cent#?.png", "-x.png"])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    Image.new("RGB", (5, 4)).save(tmp_path / name, "PNG")
    (tmp_path / "below").mkdir()
    assert open_picture(tmp_path / "below" / ".." / name).shape == (4, 5, 3)


def test_threads_leave_the_warning_filters_as_they_were(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}.tif").write_bytes(WHOLE_FILES["TIFF"])
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as workers:
        assert len(list(workers.map(open_picture, [tmp_path / f"{i % 8}.tif" for i in range(80)]))) == 80
    assert list(warnings.filters) == before


def test_the_usual_suffixes_are_known() -> None:
    assert {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif"} <= PICTURE_SUFFIXES

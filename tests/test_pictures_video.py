"""Video in and out, and what is drawn on it."""

import struct
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from maskwatch.errors import UserError
from maskwatch.pictures.video import Frame, VideoReader, without_password
from maskwatch.pictures.video_writing import writing_video

COLOURS = np.array([[200, 40, 90], [0, 114, 178], [230, 159, 0], [20, 20, 20]], np.uint8)


def write_clip(path: Path, frames: int = 12, size: tuple[int, int] = (64, 48), frames_per_s: float = 10) -> Path:
    with writing_video(path) as writer:
        for index in range(frames):
            picture = np.empty((size[1], size[0], 3), np.uint8)
            picture[:] = COLOURS[index // 3 % 4]
            writer.write(picture, index / frames_per_s)
    return path


def read(source: Path | str) -> list[Frame]:
    with VideoReader(str(source)) as reader:
        return list(reader)


@pytest.mark.parametrize("suffix", [".webm", ".mp4"])
@pytest.mark.parametrize("size", [(64, 48), (65, 47), (1, 1)])
def test_what_is_written_is_read_again_frame_by_frame(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    frames = read(write_clip(tmp_path / f"clip{suffix}", size=size))
    assert [frame.index for frame in frames] == list(range(12))
    np.testing.assert_allclose([frame.time_s for frame in frames], np.arange(12) / 10, atol=0.001)
    for frame in frames:
        assert frame.pixels.shape == (size[1], size[0], 3)
        assert frame.pixels.dtype == np.uint8
        assert np.abs(frame.pixels.astype(int) - COLOURS[frame.index // 3 % 4]).max() <= 12


def test_frames_keep_their_own_uneven_times(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.5, 0.5, 0.501, 3.0]
    with writing_video(tmp_path / "uneven.webm") as writer:
        for time_s in times:
            writer.write(np.zeros((32, 32, 3), np.uint8), time_s)
    seen = [frame.time_s for frame in read(tmp_path / "uneven.webm")]
    np.testing.assert_allclose(seen, times, atol=0.0021)
    assert sorted(set(seen)) == seen


def test_frames_of_another_size_are_fitted_to_the_first(tmp_path: Path) -> None:
    with writing_video(tmp_path / "clip.webm") as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8), 0)
        writer.write(np.zeros((96, 128, 3), np.uint8), 1)
    assert {frame.pixels.shape for frame in read(tmp_path / "clip.webm")} == {(48, 64, 3)}


@pytest.mark.parametrize(("degrees", "turns"), [(0, 0), (90, 1), (180, 2), (270, 3)])
def test_a_display_matrix_turns_the_frames_upright(tmp_path: Path, degrees: int, turns: int) -> None:
    clip = tmp_path / "phone.mp4"
    picture: NDArray[np.uint8] = np.zeros((32, 64, 3), np.uint8)
    picture[:16, :32] = 255
    with writing_video(clip) as writer:
        writer.write(picture, 0)
        writer.write(picture, 0.1)
    clip.write_bytes(_turned(clip.read_bytes(), degrees))
    first = read(clip)[0].pixels
    expected = np.rot90(picture, turns)
    assert first.shape == expected.shape
    assert np.abs(first.astype(int) - expected).mean() < 8


def _turned(content: bytes, degrees: int) -> bytes:
    """An MP4 with the matrix of its track header (ISO 14496-12, 8.3.2) set to a turn against the clock."""
    cosine, sine = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    matrix = struct.pack(">9i", cosine << 16, -sine << 16, 0, sine << 16, cosine << 16, 0, 0, 0, 1 << 30)
    version = content[content.index(b"tkhd") + 4]
    start = content.index(b"tkhd") + 4 + (52 if version else 40)
    return content[:start] + matrix + content[start + 36 :]


def test_a_video_that_fails_half_way_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.webm")
    before = clip.read_bytes()
    with pytest.raises(RuntimeError, match="pulled the plug"):
        _write_and_fail(clip)
    assert clip.read_bytes() == before
    assert list(tmp_path.iterdir()) == [clip]


def _write_and_fail(clip: Path) -> None:
    with writing_video(clip) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8), 0)
        raise RuntimeError("pulled the plug")


def test_a_video_format_that_is_not_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.webm or \.mp4"), writing_video(tmp_path / "clip.avi"):
        pass


@pytest.mark.parametrize(
    "content", [b"", b"not a video", b"\x1aE\xdf\xa3" + b"\0" * 100], ids=["empty", "text", "start"]
)
def test_what_is_no_video_is_one_sentence_with_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_missing_video_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        read(tmp_path / "clip.mp4")


def test_a_file_with_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(UserError, match="there is no video in it"):
        read(path)


@pytest.mark.parametrize("suffix", [".webm", ".mp4"])
def test_a_video_that_was_cut_short_gives_its_frames_and_then_an_error(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"whole{suffix}"
    rng = np.random.default_rng(0)
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libvpx-vp9", rate=10, options={"deadline": "realtime", "cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(40):
            noise = rng.integers(0, 255, (48, 64, 3)).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
        container.mux(stream.encode(None))
    assert len(read(path)) == 40
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    seen = []
    with pytest.raises(UserError) as caught, VideoReader(str(cut)) as reader:
        seen.extend(reader)
    assert 5 < len(seen) < 35
    assert str(caught.value).startswith(f"{cut}: ")


def test_a_camera_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(UserError, match="97: cannot be opened as video .*; is a camera plugged in"):
        read("97")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://host:554/1", "rtsp://host:554/1"),
        ("rtsp://me:p@ss@host:554/1?x=2", "rtsp://host:554/1?x=2"),
        ("clip.mp4", "clip.mp4"),
        ("a@b.mp4", "a@b.mp4"),
    ],
)
def test_a_password_is_never_shown(address: str, shown: str) -> None:
    assert without_password(address) == shown


def test_an_unreachable_stream_is_one_sentence_without_its_password() -> None:
    with pytest.raises(UserError, match="rtsp://127.0.0.1:9/1: cannot be opened") as caught:
        read("rtsp://me:secret@127.0.0.1:9/1")
    assert "secret" not in str(caught.value)

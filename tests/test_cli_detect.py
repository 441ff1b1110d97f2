"""`maskwatch detect` and `maskwatch models`, run as on a terminal, on the tiny model of `fake_model`."""

import csv
import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from commands import maskwatch
from fake_model import fake_metadata, rectangle_picture, write_fake_model
from maskwatch.cli import detect_run
from maskwatch.cli.window import Window, WindowClosed
from maskwatch.detection import shipped
from maskwatch.pictures.opening import open_picture
from maskwatch.pictures.video import Frame, VideoReader
from maskwatch.pictures.video_writing import writing_video

MASK = (40, 30, 100, 120)
UNUSUAL_NAMES = ["two words.png", 'it\'s "quoted".png', "маска 😷.png", "a,b;c.png", "-dash.png", "[1].png"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_fake_model(tmp_path / "fake.onnx")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`photos` with a masked face, nobody, and an unmasked face one folder deeper."""
    photos = tmp_path / "photos"
    (photos / "deep").mkdir(parents=True)
    save(photos / "a.png", mask=MASK)
    save(photos / "b.png")
    save(photos / "deep" / "a.png", no_mask=MASK)
    return photos


def save(path: Path, **boxes: tuple[int, int, int, int]) -> Path:
    Image.fromarray(rectangle_picture(160, 120, **boxes)).save(path)
    return path


def film(path: Path, frames: int = 10) -> Path:
    with writing_video(path) as writer:
        for index in range(frames):
            writer.write(rectangle_picture(160, 120, mask=(40 + index, 30, 100 + index, 100)), index / 5)
    return path


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_json_lines_have_the_promised_form_to_the_letter(model: Path, tmp_path: Path) -> None:
    picture = save(tmp_path / "a.png", mask=MASK)
    ran = maskwatch("detect", picture, "--model", model, "--jsonl")
    assert ran.code == 0
    assert ran.err == ""
    assert ran.out == (
        f'{{"image": "{picture}", "width": 160, "height": 120, "detections": '
        f'[{{"label": "mask", "score": 0.9804, "box": [40.0, 30.0, 100.0, 120.0]}}]}}\n'
    )


def test_a_video_adds_frame_and_time(model: Path, tmp_path: Path) -> None:
    ran = maskwatch("detect", film(tmp_path / "clip.webm"), "--model", model, "--jsonl")
    records = lines(ran.out)
    assert [record["frame"] for record in records] == list(range(10))
    assert [record["time_s"] for record in records] == [round(index / 5, 3) for index in range(10)]
    assert set(records[0]) == {"image", "frame", "time_s", "width", "height", "detections"}
    lefts = [record["detections"][0]["box"][0] for record in records]
    np.testing.assert_allclose(lefts, 40 + np.arange(10), atol=4)


def test_boxes_are_in_the_frame_that_exif_turns_to(model: Path, tmp_path: Path) -> None:
    turned = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(rectangle_picture(160, 120, mask=MASK)).save(turned, exif=exif)
    (record,) = lines(maskwatch("detect", turned, "--model", model, "--jsonl").out)
    assert (record["width"], record["height"]) == (120, 160)
    np.testing.assert_allclose(record["detections"][0]["box"], [0, 40, 90, 100], atol=3)


def test_folders_globs_and_files_are_looked_at_in_order_and_once(
    model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".hidden.png").write_bytes(b"")
    (folder / "notes.txt").write_text("no picture")
    monkeypatch.chdir(folder.parent)
    film(Path("clip.webm"), frames=1)
    ran = maskwatch("detect", "photos", "photos/*.png", "photos/../clip.webm", "--model", model, "--jsonl")
    seen = [record["image"] for record in lines(ran.out)]
    assert seen == ["photos/a.png", "photos/b.png", "photos/deep/a.png", "photos/../clip.webm"]
    everywhere = maskwatch("detect", "**/a.png", "--model", model, "--jsonl")
    assert [record["image"] for record in lines(everywhere.out)] == ["photos/a.png", "photos/deep/a.png"]


@pytest.mark.parametrize("format", ["jsonl", "json", "csv"])
def test_all_three_formats_say_the_same(model: Path, folder: Path, format: str) -> None:
    ran = maskwatch("detect", folder, "--model", model, f"--{format}")
    if format == "csv":
        found = [(row["image"], row["label"], float(row["x2"])) for row in csv.DictReader(io.StringIO(ran.out))]
    else:
        records = lines(ran.out) if format == "jsonl" else json.loads(ran.out)
        assert len(records) == 3
        found = [(r["image"], face["label"], face["box"][2]) for r in records for face in r["detections"]]
    assert found == [(str(folder / "a.png"), "mask", 100), (str(folder / "deep" / "a.png"), "no_mask", 100)]


def test_json_of_nothing_is_still_json(model: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"")
    ran = maskwatch("detect", tmp_path / "broken.png", "--model", model, "--json")
    assert json.loads(ran.out) == []
    assert ran.code == 1


def test_without_a_format_people_get_a_table(model: Path, folder: Path) -> None:
    ran = maskwatch("detect", folder, film(folder / "clip.webm"), "--model", model)
    assert ran.code == 0
    rows = {line.split()[0]: line.split()[1:] for line in ran.out.splitlines() if line.startswith(("/", "all"))}
    assert rows[str(folder / "a.png")] == ["1", "1", "0", "0"]
    assert rows[str(folder / "clip.webm")] == ["10", "10", "0", "0"]
    assert rows["all"] == ["13", "11", "1", "0"]


def test_out_holds_the_records_and_every_picture_with_its_boxes(model: Path, folder: Path, tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4")
    out = tmp_path / "out"
    ran = maskwatch("detect", folder, clip, "--model", model, "--out", out)
    assert ran.code == 0
    assert files_in(out) == ["a.png", "b.png", "clip.webm", "deep/a.png", "detections.jsonl"]
    assert len(lines((out / "detections.jsonl").read_text())) == 13
    assert (open_picture(out / "b.png") == open_picture(folder / "b.png")).all()
    assert (open_picture(out / "a.png") != open_picture(folder / "a.png")).any()
    with VideoReader(str(out / "clip.webm")) as frames:
        assert len(list(frames)) == 10
    assert f"Written to {out}" in ran.out


def test_no_draw_leaves_the_pictures_away(model: Path, folder: Path, tmp_path: Path) -> None:
    maskwatch("detect", folder, "--model", model, "--out", tmp_path / "out", "--no-draw", "--csv")
    assert files_in(tmp_path / "out") == ["detections.csv"]


def test_looking_again_leaves_the_earlier_drawings_aside(model: Path, folder: Path) -> None:
    for _ in range(2):
        assert maskwatch("detect", folder, "--model", model, "--out", folder / "out").code == 0
    assert files_in(folder / "out") == ["a.png", "b.png", "deep/a.png", "detections.jsonl"]
    assert len(lines((folder / "out" / "detections.jsonl").read_text())) == 3


def test_drawings_of_equal_names_do_not_overwrite_each_other(model: Path, tmp_path: Path) -> None:
    for name, label in (("one", "mask"), ("two", "no_mask"), ("three", "incorrect")):
        (tmp_path / name).mkdir()
        save(tmp_path / name / ("A.png" if name == "three" else "a.png"), **{label: MASK})
    save(tmp_path / "one" / "a.gif")
    out = tmp_path / "out"
    sources = [tmp_path / "one", tmp_path / "two", tmp_path / "three" / "A.png"]
    assert maskwatch("detect", *sources, "--model", model, "--out", out).code == 0
    assert files_in(out) == ["A-4.png", "a-2.png", "a-3.png", "a.png", "detections.jsonl"]
    inside = [open_picture(out / name)[75, 70].argmax() for name in ("a-2.png", "a-3.png", "A-4.png")]
    assert inside == [1, 0, 2]


def test_a_drawing_never_lands_on_a_picture_that_is_looked_at(model: Path, folder: Path) -> None:
    before = (folder / "a.png").read_bytes()
    assert maskwatch("detect", folder / "a.png", "--model", model, "--out", folder).code == 0
    assert (folder / "a.png").read_bytes() == before
    assert (folder / "a-2.png").is_file()
    refused = maskwatch("detect", folder, "--model", model, "--out", folder)
    assert refused.code == 2
    assert "choose another" in refused.err


@pytest.mark.parametrize("name", UNUSUAL_NAMES)
def test_any_name_comes_back_as_it_was(model: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    path = save(tmp_path / "in" / name, mask=MASK)
    out = tmp_path / "out"
    roundabout = tmp_path / "in" / ".." / "in" / name
    (record,) = lines(maskwatch("detect", roundabout, "--model", model, "--jsonl").out)
    assert record["image"] == str(roundabout)
    rows = csv.DictReader(io.StringIO(maskwatch("detect", path, "--model", model, "--csv").out))
    assert [row["image"] for row in rows] == [str(path)]
    ran = maskwatch("detect", path, "--model", model, "--out", out)
    assert name in ran.out.replace("\n", "")
    assert files_in(out) == sorted([name, "detections.jsonl"])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows such names")
def test_a_name_that_is_no_unicode_survives(model: Path, tmp_path: Path) -> None:
    path = save(tmp_path / os.fsdecode(b"caf\xe9.png"), mask=MASK)
    (record,) = lines(maskwatch("detect", path, "--model", model, "--jsonl").out)
    assert open_picture(Path(record["image"])).shape == (120, 160, 3)
    assert maskwatch("detect", path, "--model", model, "--out", tmp_path / "out", "--csv").code == 0
    assert b"caf\xe9.png" in (tmp_path / "out" / "detections.csv").read_bytes()


def test_what_is_broken_is_reported_and_skipped_and_the_rest_is_done(model: Path, folder: Path) -> None:
    whole = (folder / "a.png").read_bytes()
    broken = {
        "zero.png": b"",
        "half.png": whole[: len(whole) // 2],
        "text.jpg": b"hello",
        "clip.mp4": b"hello",
    }
    for name, content in broken.items():
        (folder / name).write_bytes(content)
    out = folder.parent / "out"
    ran = maskwatch("detect", folder, "--model", model, "--out", out)
    assert ran.code == 1
    assert sorted(line.split(": ")[2] for line in ran.err.splitlines()) == sorted(str(folder / name) for name in broken)
    assert all(line.startswith("maskwatch: skipped: ") for line in ran.err.splitlines())
    assert "Skipped as broken: 4." in ran.out
    assert files_in(out) == ["a.png", "b.png", "deep/a.png", "detections.jsonl"]
    assert len(lines((out / "detections.jsonl").read_text())) == 3


def test_a_video_that_breaks_off_leaves_its_records_but_no_drawing(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = film(tmp_path / "clip.mp4", frames=40)
    content = bytearray(clip.read_bytes())
    middle = content.index(b"mdat") + (content.index(b"moov") - content.index(b"mdat")) // 2
    content[middle : content.index(b"moov") - 4] = bytes(content.index(b"moov") - 4 - middle)
    clip.write_bytes(content)
    ran = maskwatch("detect", clip, "--model", model, "--out", tmp_path / "out")
    assert ran.code == 1
    assert f"skipped: {clip}: damaged after" in ran.err
    assert files_in(tmp_path / "out") == ["detections.jsonl"]
    assert 5 < len(lines((tmp_path / "out" / "detections.jsonl").read_text())) < 40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.png"], "missing.png: there is no such file or folder."),
        (["*.png"], "*.png: matches no picture and no video."),
        (["empty"], "empty: there is no picture and no video in this folder."),
        (["a.png", "--model", "no.onnx"], "no.onnx: there is no such model file"),
        (["a.png", "--model", "a.png"], "a.png: not an ONNX model"),
        (["a.png", "--model", "a.safetensors"], "first: maskwatch export a.safetensors -o"),
        (["a.png", "--json", "--csv"], "one format at a time"),
        (["a.png", "--out", "a.png"], "--out a.png: that is a file"),
        (["a.png", "--device", "cuda"], "--device cuda"),
        (["a.png", "--score", "0"], "--score"),
        (["a.png", "--threads", "0"], "--threads"),
        ([], "SOURCE"),
    ],
)
def test_what_cannot_be_done_is_said_once_with_exit_code_2_and_nothing_is_written(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    room = tmp_path / "room"
    (room / "empty").mkdir(parents=True)
    monkeypatch.chdir(room)
    if "*.png" not in arguments:
        save(Path("a.png"), mask=MASK)
        Path("a.safetensors").touch()
    before = files_in(room)
    ran = maskwatch("detect", *arguments, *([] if "--model" in arguments else ["--model", model]))
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""
    assert files_in(room) == before


def test_score_goes_down_to_a_hundredth(model: Path, tmp_path: Path) -> None:
    picture = save(tmp_path / "faint.png", mask=MASK)
    assert lines(maskwatch("detect", picture, "--model", model, "--jsonl", "--score", 0.99).out)[0]["detections"] == []
    everything = lines(maskwatch("detect", picture, "--model", model, "--jsonl", "--score", 0.01).out)
    assert len(everything[0]["detections"]) == 1


def test_a_camera_and_a_stream_that_are_not_there_are_reported(model: Path) -> None:
    ran = maskwatch("detect", "97", "rtsp://me:secret@127.0.0.1:9/1", "--model", model)
    assert ran.code == 1
    assert "skipped: 97: cannot be opened as video" in ran.err
    assert "skipped: rtsp://127.0.0.1:9/1: cannot be opened" in ran.err
    assert "secret" not in ran.err + ran.out


class FakeCamera:
    """Three frames, and then the user has had enough."""

    expected_frames = None

    def __init__(self, source: str) -> None:
        self.source = source

    def __enter__(self) -> "FakeCamera":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        for index in range(3):
            yield Frame(rectangle_picture(160, 120, mask=MASK), index, index / 10)
        raise KeyboardInterrupt


def test_a_camera_that_is_interrupted_leaves_all_it_saw(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detect_run, "VideoReader", FakeCamera)
    ran = maskwatch("detect", "0", "--model", model, "--out", tmp_path / "out")
    assert ran.code == 0
    records = lines((tmp_path / "out" / "detections.jsonl").read_text())
    assert [(record["image"], record["frame"]) for record in records] == [("0", 0), ("0", 1), ("0", 2)]
    with VideoReader(str(tmp_path / "out" / "camera-0.webm")) as frames:
        assert len(list(frames)) == 3


def test_a_film_that_is_interrupted_leaves_nothing(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = film(tmp_path / "clip.webm")
    monkeypatch.setattr(detect_run, "VideoReader", FakeCamera)
    ran = maskwatch("detect", clip, "--model", model, "--out", tmp_path / "out")
    assert ran.code not in (0, 1)
    assert files_in(tmp_path / "out") == []


class FakeWindow:
    """Remembers what it was shown; closed by the user at the third picture."""

    shown: list[tuple[tuple[int, ...], bool]] = []

    def __init__(self, title: str) -> None:
        self.shown.clear()

    def __enter__(self) -> "FakeWindow":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def show(self, picture: np.ndarray, *, wait: bool = False) -> None:
        self.shown.append((picture.shape, wait))
        if len(self.shown) == 3:
            raise WindowClosed


def test_show_shows_drawings_until_the_window_is_closed(
    model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detect_run, "Window", FakeWindow)
    assert maskwatch("detect", folder / "a.png", folder / "b.png", "--model", model, "--show").code == 0
    assert FakeWindow.shown == [((120, 160, 3), True)] * 2
    monkeypatch.setattr(detect_run, "VideoReader", FakeCamera)
    assert maskwatch("detect", "0", "--model", model, "--show").code == 0
    assert FakeWindow.shown == [((120, 160, 3), False)] * 3


def test_show_without_a_screen_or_without_tk_is_one_sentence(
    model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    if sys.platform == "linux":
        ran = maskwatch("detect", folder, "--model", model, "--show")
        assert ran.code == 2
        assert "--show: " in ran.err
    monkeypatch.setitem(sys.modules, "tkinter", None)
    ran = maskwatch("detect", folder, "--model", model, "--show")
    assert ran.code == 2
    assert "no tkinter" in ran.err


needs_a_screen = pytest.mark.skipif(
    sys.platform == "linux" and not os.environ.get("DISPLAY"), reason="there is no screen here"
)


@needs_a_screen
@pytest.mark.timeout(60)
def test_a_window_fits_the_screen_waits_for_a_key_and_closes_at_q() -> None:
    picture = np.zeros((3000, 9000, 3), np.uint8)
    with Window("test") as window:
        root = window._root
        window.show(picture)
        root.focus_force()
        root.update()
        root.after(50, lambda: root.event_generate("<KeyPress-space>"))
        window.show(picture, wait=True)
        assert root.winfo_width() <= root.winfo_screenwidth()
        root.after(50, lambda: root.event_generate("<KeyPress-q>"))
        with pytest.raises(WindowClosed):
            window.show(picture, wait=True)


@needs_a_screen
@pytest.mark.timeout(60)
def test_a_window_that_waits_for_a_key_can_be_interrupted() -> None:
    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with Window("test") as window:
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            with pytest.raises(KeyboardInterrupt):
                window.show(np.zeros((30, 40, 3), np.uint8), wait=True)
    finally:
        signal.signal(signal.SIGALRM, before)


def start(*arguments: object, file_size: int | None = None) -> "subprocess.Popen[str]":
    """The command as a process of its own; `file_size` is the most that one file may grow to, in bytes.

    Writing beyond it fails as on a full disk, with another errno: no disk had to be filled for this test.
    """
    program = "from maskwatch.cli.main import run; run()"

    def limit() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell starts background jobs with it ignored
        if file_size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))

    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,
    )


@pytest.mark.parametrize("source", ["photos", "clip.webm", "many lines"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(
    model: Path, folder: Path, tmp_path: Path, source: str
) -> None:
    out = tmp_path / "out"
    arguments: list[object] = [tmp_path / source]
    if source == "clip.webm":
        film(tmp_path / source, frames=60)
    elif source == "many lines":
        arguments = [film(tmp_path / "clip.webm", frames=60), "--no-draw"]
    process = start("detect", *arguments, "--model", model, "--out", out, file_size=400)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 2, errors
    assert f"maskwatch: {out}" in errors
    assert "File too large; make room, or write elsewhere." in errors
    assert len(errors.splitlines()) == 1
    assert output == ""
    assert files_in(out) == []


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("long") / "film.webm", frames=1500)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_killed_leaves_no_file_that_looks_whole(
    model: Path, long_film: Path, tmp_path: Path, how: int
) -> None:
    out = tmp_path / "out"
    process = start("detect", long_film, "--model", model, "--out", out)
    waited = 0
    while not (out.is_dir() and len(files_in(out)) == 2) and waited < 300 and process.poll() is None:
        time.sleep(0.1)
        waited += 1
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert process.returncode not in (0, 1), errors
    assert "Traceback" not in errors
    visible = [name for name in files_in(out) if not Path(name).name.startswith(".")]
    assert visible == []
    if how != signal.SIGKILL:
        assert files_in(out) == []


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    path = write_fake_model(folder / "watch-nano.onnx", fake_metadata("watch-nano"))
    (folder / "SHA256SUMS").write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  watch-nano.onnx\n")
    (folder / "watch-nano.md").write_text("# watch-nano\n\nFaces 😷.\n", encoding="utf-8")
    monkeypatch.setattr(shipped, "MODELS_FOLDER", folder)
    return folder


def test_models_lists_what_is_shipped_and_prints_a_card(shelf: Path) -> None:
    ran = maskwatch("models")
    assert ran.code == 0
    assert "watch-nano" in ran.out
    assert "mask, no_mask, incorrect" in ran.out
    assert maskwatch("models", "watch-nano").out == "# watch-nano\n\nFaces 😷.\n\n"
    unknown = maskwatch("models", "watch-huge")
    assert unknown.code == 2
    assert "shipped models: watch-nano" in unknown.err


def test_without_a_model_the_shipped_one_is_taken_once_its_sum_is_right(shelf: Path, tmp_path: Path) -> None:
    picture = save(tmp_path / "a.png", mask=MASK)
    assert len(lines(maskwatch("detect", picture, "--jsonl").out)[0]["detections"]) == 1
    with (shelf / "watch-nano.onnx").open("ab") as file:
        file.write(b"\n")
    ran = maskwatch("detect", picture, "--jsonl")
    assert ran.code == 2
    assert "its SHA-256 is not the one in SHA256SUMS" in ran.err

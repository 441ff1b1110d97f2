"""Cameras over HTTP: MJPEG as small cameras send it, and HLS, which comes in gulps."""

import http.server
import io
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from av.codec.hwaccel import hwdevices_available
from PIL import Image

from camera_parts import Watchers
from parts import require_part
from watch_parts import noise

pytestmark = [pytest.mark.slow]


class MjpegHandler(http.server.BaseHTTPRequestHandler):
    """Ten pictures a second for ever, as `multipart/x-mixed-replace`."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for number in range(100_000):
            jpeg = io.BytesIO()
            Image.fromarray(noise(number, 160, 120)).save(jpeg, "JPEG")
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {jpeg.tell()}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + jpeg.getvalue() + b"\r\n")
            except OSError:
                return
            time.sleep(0.1)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def mjpeg() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), MjpegHandler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/video?user=me&password=hunter2"
    server.shutdown()
    server.server_close()


@pytest.fixture
def playlist(tmp_path: Path) -> Iterator[str]:
    """A live HLS stream of 10 frames/s in segments of two seconds, made by ffmpeg as it goes."""
    require_part("ffmpeg")
    command = "ffmpeg -v error -re -f lavfi -i testsrc=size=160x120:rate=10 -c:v libx264 -g 20 -tune zerolatency"
    command += " -preset ultrafast -f hls -hls_time 2 -hls_list_size 5 -hls_flags delete_segments live.m3u8"
    handler = partial(_SilentFiles, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with subprocess.Popen(command.split(), cwd=tmp_path) as encoder:
        deadline = time.monotonic() + 60
        while not (tmp_path / "live.m3u8").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield f"http://127.0.0.1:{server.server_port}/live.m3u8"
        encoder.kill()
    server.shutdown()
    server.server_close()


class _SilentFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


def test_mjpeg_frames_are_fresh_and_at_the_limited_rate(mjpeg: str) -> None:
    with Watchers([mjpeg], frames_per_s=5) as cameras:
        cameras.until_state("live")
        cameras.watch(2)
        assert cameras.frames_in(0, 6) <= 34
        cameras.goes_on(frames=20)
        frame = cameras.seen[0].last
        assert frame is not None
        assert frame.size == (160, 120)
        assert cameras.age_s(0) < 1.5


def test_hardware_that_nobody_knows_is_named(mjpeg: str) -> None:
    with Watchers([mjpeg], hardware="warp-drive") as cameras:
        cameras.until_state("lost")
        assert "knows no hardware 'warp-drive'" in cameras.seen[0].reasons()[-1]


def test_hardware_that_is_not_in_this_machine_leaves_the_work_to_the_processor(
    mjpeg: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Watchers([mjpeg], hardware=hwdevices_available()[0]) as cameras:
        cameras.until_state("live")
        cameras.goes_on(frames=5)
    assert all("cannot be used" in record.message for record in caplog.records)


def test_hls_frames_are_spread_over_the_time_they_show(playlist: str) -> None:
    with Watchers([playlist], frames_per_s=10) as cameras:
        cameras.until_state("live")
        cameras.watch(6)
        cameras.goes_on(frames=60)
        times = np.array(cameras.seen[0].frames_s[-60:])
    # Taken as they arrive, there would be one frame in two seconds.
    assert 0.05 < np.median(np.diff(times)) < 0.35

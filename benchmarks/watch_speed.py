"""What the watch costs, and how many cameras a machine holds: real RTSP cameras of 1280x720 at 15 frames/s.

    python benchmarks/watch_speed.py [--cameras 1 4 6 8] [--rates 5 10] [--seconds 25] [--threads N] [--model NAME]
                                     [--out docs/watch-speed.md] [--note WORDS]

The film is the demo's scene, encoded once with H.264 and sent by a GStreamer server that only copies it, so that the
processor is the watch's. Everybody moves all the time, so motion gating saves nothing here; a still scene costs next
to nothing beside decoding. Each run is a `maskwatch watch` as it is typed, left alone for some seconds before it is
measured. Processor time is that of the watch and its decoding processes; beside it stands that of `ffmpeg`, decoding
the same stream and doing nothing else. The delay of an event is from the capture of the deciding frame, as far as
the stream's time stamps tell it, to the commit. Needs the parts of `.ci/run`: ffmpeg and the RTSP server.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from watch_stages import STAGES, stages

from camera_parts import RtspServer, free_port
from maskwatch.demo.scene import DURATION_S, Scene
from maskwatch.files import replacing

WIDTH, HEIGHT, FRAMES_PER_S = 1280, 720, 15
_SETTLING_S = 8.0
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
Figures = dict[tuple[str, str], float]


@dataclass(frozen=True)
class Run:
    """One watch: cameras and rate asked for, processor seconds a second and camera, and what became of frames.

    Attributes:
        judged: frames a second and camera that were judged, of the slowest camera.
        stale: frames too old to be judged, of all cameras.
        age_p95_s: of the last frame judged, looked at all the time.
        delays_s: from capture to commit of each event that began.
    """

    cameras: int
    rate: float
    decoding: float
    judging: float
    judged: float
    dropped: float
    stale: float
    age_p95_s: float
    delays_s: Sequence[float]

    @property
    def holds(self) -> bool:
        """Whether no frame aged past the limit and the rate was kept but for a twentieth."""
        return not self.stale and self.judged >= 0.95 * self.rate


def make_film(path: Path, seconds: float) -> None:
    """The demo's scene in 720p again and again for so long."""
    scene, once = Scene(), path.with_name("once.mp4")
    size = f"{WIDTH}x{HEIGHT}"
    command = (
        f"ffmpeg -v error -y -f rawvideo -pix_fmt rgb24 -s {size} -r {FRAMES_PER_S} -i - -c:v libx264 -preset veryfast"
    )
    command += f" -pix_fmt yuv420p -g {2 * FRAMES_PER_S} -bf 0 {once}"
    with subprocess.Popen(command.split(), stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for index in range(round(DURATION_S * FRAMES_PER_S)):
            frame = Image.fromarray(scene.frame(index / FRAMES_PER_S)).resize((WIDTH, HEIGHT))
            noisy = np.asarray(frame, np.int16) + np.random.default_rng(index).integers(-2, 3, (HEIGHT, WIDTH, 1))
            encoder.stdin.write(noisy.clip(0, 255).astype(np.uint8).tobytes())
    again = f"ffmpeg -v error -y -stream_loop {int(seconds / DURATION_S) + 1} -i {once} -c copy {path}"
    subprocess.run(again.split(), check=True)


def run_watch(film: Path, cameras: int, rate: float, asked: argparse.Namespace) -> Run:
    """Watch so many cameras and measure."""
    with tempfile.TemporaryDirectory() as folder, RtspServer("film", file=film) as server:
        port = free_port()
        tables = [f'[[cameras]]\nname = "c{n}"\naddress = "{server.address("film")}"\n' for n in range(cameras)]
        head = f'frames_per_s = {rate}\nmetrics = "127.0.0.1:{port}"\n'
        rule = '[[rules]]\nname = "no mask"\nkind = "no_mask"\ncooldown_s = 0\n'
        (Path(folder) / "site.toml").write_text(head + "".join(tables) + rule)
        command = [
            sys.executable,
            "-m",
            "maskwatch",
            "watch",
            "--config",
            f"{folder}/site.toml",
            "--json-logs",
            "--no-web",
        ]
        command += ["--model", asked.model] if asked.model else []
        command += ["--threads", str(asked.threads)] if asked.threads else []
        with watching(command, Path(folder) / "log") as process:
            wait_until_live(port, cameras)
            time.sleep(_SETTLING_S)
            return measured(process.pid, port, cameras, rate, asked.seconds, Path(folder) / "log")


@contextmanager
def watching(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as stream, subprocess.Popen(command, stderr=stream) as process:
        try:
            yield process
        finally:
            process.terminate()


def wait_until_live(port: int, cameras: int) -> None:
    deadline = time.monotonic() + 60 + 5 * cameras
    while time.monotonic() < deadline:
        try:
            found = figures(port)
        except OSError:  # it does not listen yet
            found = {}
        live = [key for key, value in found.items() if key[0] == "maskwatch_camera_judged_total" and value > 5]
        if len(live) == cameras:
            return
        time.sleep(0.5)
    sys.exit("the cameras did not come up")


def figures(port: int) -> Figures:
    """Values by name and camera of `/metrics`."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(sample.name, sample.labels.get("camera", "")): sample.value for sample in samples}


def measured(pid: int, port: int, cameras: int, rate: float, seconds: float, log: Path) -> Run:
    said = log.stat().st_size
    before, spent_before, began_s = figures(port), processor_s(pid), time.monotonic()
    ages: list[float] = []
    while time.monotonic() - began_s < seconds:
        time.sleep(0.25)
        ages += [value for key, value in figures(port).items() if key[0] == "maskwatch_camera_frame_age_seconds"]
    after, spent, took_s = figures(port), processor_s(pid), time.monotonic() - began_s

    def grown(name: str) -> list[float]:
        return [after[key] - before[key] for key in after if key[0] == f"maskwatch_camera_{name}_total"]

    lines = [json.loads(line) for line in log.read_bytes()[said:].splitlines()]
    own, children = (now - then for now, then in zip(spent, spent_before, strict=True))
    return Run(
        cameras=cameras,
        rate=rate,
        decoding=children / took_s / cameras,
        judging=own / took_s / cameras,
        judged=min(grown("judged")) / took_s,
        dropped=sum(grown("dropped")),
        stale=sum(grown("stale")),
        age_p95_s=float(np.percentile(ages, 95)),
        delays_s=[line["delay_s"] for line in lines if "delay_s" in line],
    )


def processor_s(pid: int) -> tuple[float, float]:
    """Processor seconds of a process, and of its children that live."""
    children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return _spent_s(pid), sum(_spent_s(child) for child in children)


def _spent_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def ffmpeg_alone(film: Path, seconds: float) -> float:
    """Processor seconds a second that ffmpeg takes to decode the stream for nobody."""
    with RtspServer("film", file=film) as server:
        command = ["ffmpeg", "-v", "error", "-threads", "1", "-rtsp_transport", "tcp", "-i", server.address("film")]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*command, "-t", str(seconds), "-f", "null", "-"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / seconds


def processor_name() -> str:
    """As the system tells it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def page(runs: Sequence[Run], alone: float, spent: dict[str, float], delays: Sequence[float], note: str) -> str:
    """The figures in Markdown."""
    lines = [
        f"| {run.cameras} | {run.rate:g} | {run.decoding:.0%} | {run.judging:.0%} "
        f"| {(run.decoding + run.judging) / alone:.1f} | {run.judged:.1f} | {run.dropped:.0f} | {run.stale:.0f} "
        f"| {run.age_p95_s:.2f} | {'yes' if run.holds else 'no'} |"
        for run in runs
    ]
    held = [run.cameras for run in runs if run.holds and run.rate == 5]
    p50, p95 = (np.percentile(delays, share) if delays else float("nan") for share in (50, 95))
    rows = "\n".join(f"| {name} | {spent[name] * 1000:.1f} |" for name in STAGES)
    table = "\n".join(lines)
    busy = f"Load of the machine at the end: {os.getloadavg()[0]:.0f}."
    return f"""# What the watch costs

Made by `python benchmarks/watch_speed.py`; do not edit. RTSP over TCP, H.264, {WIDTH}x{HEIGHT} at {FRAMES_PER_S}
frames/s, two people who move all the time. {processor_name()}, {os.cpu_count()} cores. {note} {busy}

| cameras | frames/s asked | decoding | judging | times ffmpeg | judged/s | dropped | too old | age, 95 % s | holds |
|---|---|---|---|---|---|---|---|---|---|
{table}

- **Decoding**, **judging**: share of one core a camera, in the decoding process and in the watch. **Times ffmpeg**:
  both, in units of what ffmpeg takes to decode the stream and do nothing else ({alone:.0%} of a core).
- **Holds**: no frame aged past `max_frame_age_s` and the slowest camera was judged at 95 % of its rate or more.
  At 5 frames/s this machine held {max(held, default=0)} of the numbers of cameras tried.
- From the capture of the deciding frame to the committed event, over {len(delays)} events of the runs that hold:
  median {p50 * 1000:.0f} ms, 95 % {p95 * 1000:.0f} ms.

## By stage

Milliseconds of processor time for a frame that is judged:

| stage | ms |
|---|---|
{rows}

"Decoding" is of all frames that are decoded for one that is judged at 5 frames/s.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, nargs="+", default=[1, 4, 6, 8])
    parser.add_argument("--rates", type=float, nargs="+", default=[5, 10])
    parser.add_argument("--seconds", type=float, default=25)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--model")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--note", default="")
    asked = parser.parse_args()
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        make_film(film, 150)
        alone = ffmpeg_alone(film, min(10.0, asked.seconds))
        for cameras in asked.cameras:
            for rate in asked.rates if cameras == 1 else asked.rates[:1]:
                runs.append(run_watch(film, cameras, rate, asked))
                print(runs[-1], file=sys.stderr, flush=True)
        spent = stages(film, asked.model, asked.threads)
    delays = [delay for run in runs if run.holds for delay in run.delays_s]
    text = page(runs, alone, spent, delays, f"Network on {asked.threads or 'all'} threads. {asked.note}".strip())
    print(text)
    if asked.out:
        with replacing(asked.out) as temporary:
            temporary.write_text(text, encoding="utf-8")
    if delays:
        print(f"median delay {statistics.median(delays):.3f} s", file=sys.stderr)


if __name__ == "__main__":
    main()

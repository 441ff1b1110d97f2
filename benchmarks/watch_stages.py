"""Where the time of one judged frame goes, stage by stage, in one process: for `watch_speed.py`.

Processor time is measured, so that a machine with other things to do gives the same figures.
"""

import multiprocessing
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import av
from pydantic import SecretStr

from maskwatch import Detector
from maskwatch.config import Camera, Site
from maskwatch.pictures.video import upright
from maskwatch.watching.camera.frame import to_frame
from maskwatch.watching.camera.framing import Framing
from maskwatch.watching.camera.pace import RateLimit
from maskwatch.watching.camera.slot import FrameSlot, slot_bytes
from maskwatch.watching.judge import Judgement
from maskwatch.watching.nouns import Event, EventKind, Moment
from maskwatch.watching.store import Store

STAGES = (
    "decoding",
    "to RGB",
    "framing, thumbnail, fingerprint",
    "shared memory, in and out",
    "network and suppression",
    "tracks, verdicts, events",
    "commit of one event",
)
_FRAMES = 60
_RATE = 5.0


def stages(film: Path, model: str | None, threads: int | None) -> dict[str, float]:
    """Processor seconds of each stage, the mean over some frames."""
    spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def timed(stage: str) -> Iterator[None]:
        began = time.process_time()
        yield
        spent[stage] += time.process_time() - began

    detector = Detector(model, threads=threads)
    camera = Camera(name="film", address=SecretStr("film"))
    judgement = Judgement(camera, Site(cameras=(camera,)), detector.class_names, detector.metadata.default_score)
    detector.score = judgement.least_score
    wants, start = RateLimit(_RATE).wants, datetime.now(UTC)
    with av.open(str(film)) as container, tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store.sqlite")
        run = store.begin_run(start)
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        memory = SharedMemory(create=True, size=slot_bytes(stream.width, stream.height))
        slot = FrameSlot(memory, multiprocessing.Lock())
        images, done = container.decode(stream), 0
        detector.detect(upright(next(images)))  # the first look allocates
        while done < _FRAMES:
            with timed("decoding"):
                image = next(images)
            if not wants(image.time):
                continue
            done += 1
            with timed("to RGB"):
                pixels = upright(image)
            with timed("framing, thumbnail, fingerprint"):
                frame = to_frame(Framing().apply(pixels), done, image.time)
            with timed("shared memory, in and out"):
                slot.write(frame)
                taken = slot.read(done - 1)
            assert taken is not None
            with timed("network and suppression"):
                faces = detector.detect(taken.pixels)
            with timed("tracks, verdicts, events"):
                judgement.step(faces, Moment(start + timedelta(seconds=image.time), image.time), taken.pixels)
            with timed("commit of one event"):
                store.write(run, [Event(f"event-{done}", EventKind.NO_MASK, "film", None, 1, start)])
        slot.close()
        memory.unlink()
        store.close()
    return {name: spent[name] / _FRAMES for name in STAGES}

"""From the settings of a camera to its place in the watch."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from maskwatch.config import Camera, Site
from maskwatch.watching.camera.address import is_live
from maskwatch.watching.camera.capture import Connection
from maskwatch.watching.camera.feed import Feed
from maskwatch.watching.camera.file import FileCamera
from maskwatch.watching.camera.framing import Framing
from maskwatch.watching.camera.live import Limits, LiveCamera
from maskwatch.watching.camera.process import Order
from maskwatch.watching.camera.reader import ProcessReader
from maskwatch.watching.camera.recording import Film, recorded_frames, video_file
from maskwatch.watching.clock import Clock
from maskwatch.watching.looking import Judge
from maskwatch.watching.motion import MotionGate
from maskwatch.watching.station import Station


@dataclass(frozen=True)
class Surroundings:
    """What cameras are built into.

    Attributes:
        wake: wakes the loop.
        films: addresses that stand for a film made on the spot.
        fast: files and films go as fast as they can.
    """

    clock: Clock
    wake: Callable[[], None]
    films: Mapping[str, Film] = field(default_factory=dict)
    fast: bool = False
    limits: Limits = field(default_factory=Limits)


def build_station(camera: Camera, site: Site, judge: Judge, around: Surroundings) -> Station:
    """The camera with its judgement; nothing is opened yet."""
    return Station(build_feed(camera, site, around), judge, gate_of(camera), site.max_frame_age_s)


def build_feed(camera: Camera, site: Site, around: Surroundings) -> Feed:
    """The source of frames that the camera's address stands for."""
    address, frames_per_s = camera.address.get_secret_value(), site.frames_per_s_of(camera)
    framing = framing_of(camera)
    if address not in around.films and is_live(address):
        launch = _launcher(camera, frames_per_s, around.limits)
        return LiveCamera(camera.name, launch, around.clock, around.limits)
    film = around.films.get(address) or video_file(Path(address))
    frames = recorded_frames(film, framing, frames_per_s)
    return FileCamera(camera.name, frames, around.clock, around.fast, around.wake)


def gate_of(camera: Camera) -> MotionGate | None:
    """What leaves the network alone while nothing moves, if the camera is to have that."""
    return MotionGate() if camera.motion_gating else None


def framing_of(camera: Camera) -> Framing:
    """How the camera's picture is turned, cropped and blacked out."""
    crop = camera.crop
    part = (crop.left, crop.top, crop.right, crop.bottom) if crop else (0.0, 0.0, 1.0, 1.0)
    return Framing(camera.rotate, part, camera.black_out)


def _launcher(camera: Camera, frames_per_s: float, limits: Limits) -> Callable[[], ProcessReader]:
    connection = Connection(
        camera.address.get_secret_value(), limits.open_s, limits.read_s, camera.hardware_decoding, frames_per_s
    )

    def launch() -> ProcessReader:
        return ProcessReader(Order(connection, framing_of(camera), f"mw-{uuid.uuid4().hex[:12]}"))

    return launch

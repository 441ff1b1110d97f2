"""The settings of a site: what is watched, how it is judged, what is told."""

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr

from maskwatch.config.rules import DEFAULT_RULES, Rule, Seconds
from maskwatch.config.shapes import Crop, Line, Polygon, Settings, Share, Shift
from maskwatch.config.web import Web, host_and_port, is_socket

Name = Annotated[str, Field(min_length=1)]
FramesPerS = Annotated[float, Field(gt=0, le=60)]
FacePx = Annotated[float, Field(ge=4)]


def _is_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError; a folder is an OSError
        raise ValueError(f"there is no time zone {name!r}; write one as Europe/Paris") from error
    return name


class Zone(Settings):
    """A part of a camera's picture.

    Attributes:
        polygon: corners in shares of the picture; a face is inside if the middle of its box is.
        mask_required: whether a face without a mask is an event here.
        minimum_dwell_s: so long somebody has to be inside before anything is said.
        schedule: when it counts; empty is always.
    """

    name: Name
    polygon: Polygon
    mask_required: bool = True
    minimum_dwell_s: Annotated[float, Field(ge=0)] = 0.0
    schedule: tuple[Shift, ...] = ()


class Camera(Settings):
    """One source of frames. The picture is turned, then cropped, then blacked out; all shares are of what is left.

    Attributes:
        address: a stream's address, a camera's number, a video file, or `demo`.
        frames_per_s, min_face_px: in place of the site's.
        rotate: degrees clockwise.
        black_out: polygons that nothing ever sees.
        motion_gating: leave the network alone while nothing moves.
        hardware_decoding: FFmpeg's name of the hardware to decode with: `vaapi`, `cuda`, `videotoolbox`, ...
        collect_for_training: keep clear pictures of events, until somebody says on the page which were wrong.
        zones: without any, the whole picture is one zone without a name, where a mask is required.
    """

    name: Name
    address: SecretStr
    frames_per_s: FramesPerS | None = None
    min_face_px: FacePx | None = None
    rotate: Literal[0, 90, 180, 270] = 0
    crop: Crop | None = None
    black_out: tuple[Polygon, ...] = ()
    motion_gating: bool = True
    hardware_decoding: str | None = None
    collect_for_training: bool = False
    zones: tuple[Zone, ...] = ()
    lines: tuple[Line, ...] = ()


class Site(Settings):
    """Everything a watch is told.

    Attributes:
        time_zone: of schedules and reports.
        model: a shipped model's name or an `.onnx` file; None is the shipped default.
        score: least score of a face; None is the model's own default.
        store: the SQLite file.
        metrics: where Prometheus finds figures, `host:port`; None is nowhere.
        min_face_px: faces with a smaller side (square root of the area) are seen but not judged.
        min_observed_s: a face seen for less is no passage.
        max_frame_age_s: older frames of a live camera are not judged.
        frames_per_s: as many frames of a second are looked at, at most.
        disk_low_mb: with less free space beside the store, that is an event.
        snapshots: whether a picture of each event is kept, with faces `blurred` or `clear`.
        training_pictures: of those collected for training, so many are kept.
        web: the page and the API.
    """

    time_zone: Annotated[str, AfterValidator(_is_time_zone)] = "UTC"
    model: str | None = None
    score: Annotated[Share, Field(gt=0)] | None = None
    store: Path = Path("maskwatch.sqlite")
    retention_days: Annotated[int, Field(ge=1)] = 90
    metrics: Annotated[str, AfterValidator(is_socket)] | None = None
    min_face_px: FacePx = 20.0
    min_observed_s: Annotated[float, Field(ge=0)] = 0.5
    max_frame_age_s: Seconds = 2.0
    frames_per_s: FramesPerS = 5.0
    disk_low_mb: Annotated[int, Field(ge=0)] = 500
    snapshots: Literal["none", "blurred", "clear"] = "none"
    training_pictures: Annotated[int, Field(ge=1)] = 500
    web: Web = Web()
    cameras: Annotated[tuple[Camera, ...], Field(min_length=1)]
    rules: tuple[Rule, ...] = DEFAULT_RULES

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Host and port."""
        return None if self.metrics is None else host_and_port(self.metrics)

    def frames_per_s_of(self, camera: Camera) -> float:
        return self.frames_per_s if camera.frames_per_s is None else camera.frames_per_s

    def min_face_px_of(self, camera: Camera) -> float:
        return self.min_face_px if camera.min_face_px is None else camera.min_face_px

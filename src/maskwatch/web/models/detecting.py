"""What is found in pictures that are sent."""

from maskwatch.web.models.base import Model


class DetectionOut(Model):
    """A face; the box is x1, y1, x2, y2 in pixels."""

    label: str
    score: float
    box: tuple[float, float, float, float]


class PictureDetections(Model):
    """What is in one picture; `error` says why it could not be looked at."""

    image: str
    width: int | None = None
    height: int | None = None
    detections: tuple[DetectionOut, ...] = ()
    error: str | None = None


class FrameDetections(Model):
    """What is in one frame of a clip."""

    time_s: float
    detections: tuple[DetectionOut, ...]


class ClipDetections(Model):
    """Frames of a clip; `cut_short` if the clip is longer than what is looked at."""

    width: int
    height: int
    frames: tuple[FrameDetections, ...]
    cut_short: bool

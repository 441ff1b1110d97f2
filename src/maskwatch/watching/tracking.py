"""Faces followed from frame to frame, by where they are: ByteTrack of the `trackers` library."""

from maskwatch.detections import Detections
from maskwatch.errors import UserError

# A face that is not seen for longer is another one when it comes back.
LOST_S = 2.5

# `trackers` counts its buffer in frames of this many a second, whatever the camera's rate.
_BUFFER_FRAMES_PER_S = 30
# Many frames decide, so a track may start from a little less than what a single picture would show, and is
# continued by faces that are only half as certain.
_START, _CONTINUE = 0.85, 0.5
# Who walks across the picture moves by six face-heights a second, so at 5 frames/s two boxes of one face do not even
# touch. They are widened for comparison by this many of their sides, divided by the frame rate, on all four edges.
_WIDENED, _WIDENED_MOST = 4.5, 1.0
_LEAST_OVERLAP = 0.1
# Kept by one match after the first sight: two sightings with at most one miss between them.
_SIGHTINGS = 1


def least_score(default_score: float) -> float:
    """The score from which the detector has to report faces, given the model's default score."""
    return _CONTINUE * default_score


class FaceTracker:
    """Gives faces of successive frames numbers; the class plays no part, because a state may change.

    Args:
        default_score: the model's, from which all thresholds are taken.
        frames_per_s: how often `update` is called, about; the true times rule.

    Raises:
        UserError: where the library, or what it loads, is not installed.
    """

    def __init__(self, default_score: float, frames_per_s: float) -> None:
        byte_track, widened_overlap = _library()
        self._tracker = byte_track(
            lost_track_buffer=round(LOST_S * _BUFFER_FRAMES_PER_S),
            frame_rate=frames_per_s,
            track_activation_threshold=_START * default_score,
            minimum_consecutive_frames=_SIGHTINGS,
            minimum_iou_threshold=_LEAST_OVERLAP,
            high_conf_det_threshold=_START * default_score,
            iou=widened_overlap(min(_WIDENED / frames_per_s, _WIDENED_MOST)),
        )

    def update(self, faces: Detections, clock_s: float) -> Detections:
        """The faces that belong to a track, in any order, with `tracker_id`; `clock_s` has to grow.

        A face without a track yet is seen but not judged, so it is left out.
        """
        followed = self._tracker.update(faces, timestamp=clock_s)
        if followed.tracker_id is None or not len(followed):
            return Detections.empty()
        chosen = followed[followed.tracker_id >= 0]
        assert isinstance(chosen, Detections)  # rows chosen by a mask, not a column by its name
        return chosen


def require_tracker() -> None:
    """Raise UserError where the library, or what it loads, is not installed."""
    _library()


def _library() -> tuple[type, type]:
    """The tracker and its measure of overlap; the library loads OpenCV, so nobody else imports it."""
    try:
        from trackers import BIoU, ByteTrackTracker
    except ModuleNotFoundError as error:
        raise UserError(
            f"watching needs {error.name}, which is not installed; run: pip install 'maskwatch[watch]'"
        ) from error
    except ImportError as error:  # opencv-python, which trackers imports, finds a shared library missing
        raise UserError(
            f"watching needs two system libraries of OpenCV ({error}); "
            "on Debian or Ubuntu run: apt-get install libgl1 libglib2.0-0"
        ) from error
    return ByteTrackTracker, BIoU

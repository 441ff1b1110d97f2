"""Events as one line that people read."""

from datetime import tzinfo

from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.nouns import Event, EventKind

_OF_CAMERA = {
    CameraState.CONNECTING: "connecting",
    CameraState.NO_FRAMES: "connected, but no frames come",
    CameraState.FROZEN: "the picture is frozen",
    CameraState.BLACK: "the picture is black",
    CameraState.MOVED: "the camera shows another view",
    CameraState.SIZE_CHANGED: "the picture has another size",
    CameraState.LOST: "lost",
    CameraState.ENDED: "the file is over",
}
_OF_KIND = {
    EventKind.NO_MASK: "somebody without a mask",
    EventKind.INCORRECT: "somebody wears the mask wrongly",
    EventKind.SHARE_LOW: "few wear a mask",
    EventKind.COUNT_HIGH: "many people",
    EventKind.DISK_LOW: "the disk is nearly full",
    EventKind.MODEL_SLOW: "frames come faster than the model can look at them",
}
_SHOWN_DETAILS = (
    "reason",
    "count",
    "share",
    "passages",
    "held_back",
    "before",
    "after",
    "free_mb",
    "judged",
    "passed_over",
)


def timed_sentence(event: Event, time_zone: tzinfo) -> str:
    """The sentence after the time at which it happened, by the site's clock."""
    return f"{(event.ended or event.began).astimezone(time_zone):%H:%M:%S} {sentence(event)}"


def sentence(event: Event) -> str:
    """`entrance/desk: somebody without a mask (track 3, 87%)`."""
    where = "/".join(part for part in (event.camera, event.zone) if part) or "machine"
    notes = ", ".join(_notes(event))
    over = "" if event.ended is None or event.duration_s == 0 else " - over"
    return f"{where}: {what(event)}{over}" + (f" ({notes})" if notes else "")


def what(event: Event) -> str:
    """What happened, without where and when."""
    if event.kind is EventKind.CAMERA:
        return _OF_CAMERA[CameraState(event.details["state"])]
    return _OF_KIND[event.kind]


def _notes(event: Event) -> list[str]:
    notes = [f"track {event.track}"] if event.track is not None else []
    notes += [f"{event.score:.0%}"] if event.score is not None else []
    notes += [
        f"{name.replace('_', ' ')} {_shown(event.details[name])}" for name in _SHOWN_DETAILS if name in event.details
    ]
    return notes + ([f"{event.duration_s:.1f} s"] if event.duration_s else [])


def _shown(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)

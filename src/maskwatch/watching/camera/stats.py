"""Counts of one camera since the watch began."""

from dataclasses import dataclass


@dataclass
class CameraStats:
    """What became of its frames.

    Attributes:
        attempts: connections tried.
        decoded: pictures that came.
        taken: frames looked at or found too old.
        dropped: frames within the rate limit that a newer one replaced before anybody looked.
        stale: frames that were too old to be judged.
        judged: frames judged, of which `still` needed no network, because nothing had moved.
    """

    attempts: int = 0
    decoded: int = 0
    taken: int = 0
    dropped: int = 0
    stale: int = 0
    judged: int = 0
    still: int = 0

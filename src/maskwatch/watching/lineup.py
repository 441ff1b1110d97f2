"""The cameras of a running watch, and how changed settings are taken over without losing those that stay."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from maskwatch.config import Camera, Site
from maskwatch.watching.building import Surroundings, build_station, gate_of
from maskwatch.watching.looking import Judge
from maskwatch.watching.service import Watch
from maskwatch.watching.station import Station

JudgeOf = Callable[[Camera, Site], Judge]

# Settings of a site that a judgement depends on, and those that anything running can follow.
_OF_JUDGEMENT = ("time_zone", "score", "min_face_px", "min_observed_s", "frames_per_s", "rules")
_OF_PICTURES = ("snapshots", "training_pictures")
_FOLLOWED = (*_OF_JUDGEMENT, *_OF_PICTURES, "cameras", "max_frame_age_s", "retention_days", "disk_low_mb")


@dataclass
class Lineup:
    """Which station stands for which camera.

    Args:
        site: the settings that are in force.
        judge_of: makes a judgement for a camera.
        around: what cameras are built into.
    """

    site: Site
    judge_of: JudgeOf
    around: Surroundings
    stations: list[Station] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.stations = [self._new(camera, self.site) for camera in self.site.cameras]

    def take_over(self, site: Site, watch: Watch) -> None:
        """Go on with other settings; called by the watch's own loop, see `Watch.ask`.

        A camera whose address and picture are set as before stays connected. Who is in view is judged anew only
        where something about the judgement has changed.
        """
        pairs = zip(self.site.cameras, self.stations, strict=True)
        before = {camera.name: (camera, station) for camera, station in pairs}
        stations = []
        for camera in site.cameras:
            old, station = before.get(camera.name, (None, None))
            if old is None or station is None or _picture(old, self.site) != _picture(camera, site):
                stations.append(self._new(camera, site))
                continue
            if old != camera or _judged_by(self.site) != _judged_by(site):
                judge = self.judge_of(camera, site)
                watch.keep(station.rejudge(judge, gate_of(camera), site.max_frame_age_s))
            station.max_frame_age_s = site.max_frame_age_s
            stations.append(station)
        watch.exchange(stations)
        watch.writer.keep = timedelta(days=site.retention_days)
        watch.machine.disk_low_mb = site.disk_low_mb
        self.site, self.stations = site, stations

    def waits_for_restart(self, site: Site) -> list[str]:
        """Names of changed settings that a running watch cannot follow."""
        names = [name for name in Site.model_fields if name not in _FOLLOWED]
        return [name for name in names if getattr(site, name) != getattr(self.site, name)]

    def _new(self, camera: Camera, site: Site) -> Station:
        return build_station(camera, site, self.judge_of(camera, site), self.around)


def _picture(camera: Camera, site: Site) -> tuple[object, ...]:
    """Everything that the frames of a camera depend on."""
    parts = (camera.rotate, camera.crop, camera.black_out, camera.hardware_decoding)
    return camera.address.get_secret_value(), site.frames_per_s_of(camera), *parts


def _judged_by(site: Site) -> list[object]:
    return [getattr(site, name) for name in _OF_JUDGEMENT]

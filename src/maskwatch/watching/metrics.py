"""Figures for Prometheus."""

from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.live import frames_per_s, in_view
from maskwatch.watching.nouns import Event, State
from maskwatch.watching.service import Watch
from maskwatch.watching.station import Station

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """What is counted while the watch runs; what can be read off the stations is read when somebody asks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.looks = Histogram(
            "maskwatch_inference_seconds", "Time of one look of the network.", buckets=_SECONDS, registry=self.registry
        )
        self._delay = Histogram(
            "maskwatch_event_delay_seconds",
            "From the capture of the deciding frame to the committed event.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._events = Counter(
            "maskwatch_events", "Events that began.", ("kind", "camera", "zone"), registry=self.registry
        )

    def count(self, event: Event, waited_s: float) -> None:
        """An event was committed, so long after it was handed over."""
        if event.ended is None or event.duration_s == 0:
            self._events.labels(event.kind.value, event.camera, event.zone or "").inc()
            if event.frame_age_s is not None:
                self._delay.observe(event.frame_age_s + waited_s)

    def watch(self, watch: Watch) -> None:
        self.registry.register(_Stations(watch))


class _Stations:
    """Reads the cameras' figures off the running watch."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        stations, now_s = self._watch.stations, self._watch.clock.monotonic()
        yield _gauge("frames_per_second", "Frames judged a second.", stations, lambda s: frames_per_s(s, now_s))
        yield _gauge("frame_age_seconds", "Age of the last frame judged.", stations, lambda s: now_s - s.frame_s)
        for name, words in _COUNTS.items():
            yield _count(name, words, stations)
        yield _by_state("maskwatch_camera_state", "1 for the state the camera is in.", stations)
        yield _passages_in_view(stations)
        writer = self._watch.writer
        yield GaugeMetricFamily("maskwatch_store_waiting", "Records not committed yet.", writer.waiting())
        yield CounterMetricFamily("maskwatch_store_lost", "Records lost to a full disk.", writer.state.lost)
        failing = float(writer.state.trouble is not None)
        yield GaugeMetricFamily("maskwatch_store_failing", "1 while the store cannot be written.", failing)


_COUNTS = {
    "attempts": "Connections tried.",
    "decoded": "Pictures decoded.",
    "dropped": "Frames that a newer one replaced.",
    "stale": "Frames too old to be judged.",
    "judged": "Frames judged.",
    "still": "Frames judged without the network, because nothing had moved.",
}


def _gauge(name: str, words: str, stations: Sequence[Station], value: Callable[[Station], float]) -> Metric:
    family = GaugeMetricFamily(f"maskwatch_camera_{name}", words, labels=["camera"])
    for station in stations:
        family.add_metric([station.feed.name], value(station))
    return family


def _count(name: str, words: str, stations: Sequence[Station]) -> Metric:
    family = CounterMetricFamily(f"maskwatch_camera_{name}", words, labels=["camera"])
    for station in stations:
        family.add_metric([station.feed.name], getattr(station.feed.stats, name))
    return family


def _by_state(name: str, words: str, stations: Sequence[Station]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=["camera", "state"])
    for station in stations:
        for state in CameraState:
            family.add_metric([station.feed.name, state], float(station.feed.condition.state is state))
    return family


def _passages_in_view(stations: Sequence[Station]) -> Metric:
    family = GaugeMetricFamily("maskwatch_in_view", "Faces in the last frame.", labels=["camera", "state"])
    for station in stations:
        seen = in_view(station)
        for state in State:
            family.add_metric([station.feed.name, state], seen[state])
    return family

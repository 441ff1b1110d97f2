"""Figures for Prometheus, of the watch as it was last heard and of the server itself."""

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from maskwatch.watching.camera.condition import CameraState
from maskwatch.web.context import Context, Ctx
from maskwatch.web.guarding import Reader

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format"}},
)
async def metrics(ctx: Ctx, _holder: Reader) -> Response:
    """Everything that changes, for Prometheus; it needs the right to read, a token's say."""
    registry = CollectorRegistry()
    registry.register(_Figures(ctx))
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Figures(Collector):
    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> list[Metric]:
        hub, watch = self._context.hub, self._context.hub.watch
        families: list[Metric] = [
            GaugeMetricFamily("maskwatch_web_viewers", "Pages that look at live data.", hub.viewers),
            GaugeMetricFamily("maskwatch_web_hears_watch", "1 while the watch is heard.", float(hub.hears_watch)),
        ]
        if watch is None:
            return families
        rate = GaugeMetricFamily("maskwatch_camera_frames_per_second", "Frames judged a second.", labels=["camera"])
        age = GaugeMetricFamily("maskwatch_camera_frame_age_seconds", "Age of the last one.", labels=["camera"])
        state = GaugeMetricFamily("maskwatch_camera_state", "1 for the state it is in.", labels=["camera", "state"])
        seen = GaugeMetricFamily("maskwatch_in_view", "Faces in the last frame.", labels=["camera", "state"])
        for camera in watch.cameras:
            rate.add_metric([camera.name], camera.frames_per_s)
            if camera.frame_age_s is not None:
                age.add_metric([camera.name], camera.frame_age_s)
            for each in CameraState:
                state.add_metric([camera.name, each], float(camera.state is each))
            for name, count in camera.in_view.items():
                seen.add_metric([camera.name, name], count)
        looks = CounterMetricFamily("maskwatch_looks", "Times that the network looked.", watch.looks)
        waiting = GaugeMetricFamily("maskwatch_store_waiting", "Records not committed yet.", watch.store_waiting)
        return [*families, rate, age, state, seen, looks, waiting]

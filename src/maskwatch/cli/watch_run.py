"""The work behind `maskwatch watch`: everything built once, from top to bottom, then the loop."""

import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import timedelta
from types import FrameType

from rich.console import Console

from maskwatch.cli.watch_request import Request, demo_film
from maskwatch.cli.watch_web import address_of, feeder_of, keeper_of, open_door
from maskwatch.config import Camera, Site
from maskwatch.detection.detector import Detector
from maskwatch.watching.building import Surroundings
from maskwatch.watching.camera.address import DEMO
from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.clock import Clock, SystemClock
from maskwatch.watching.judge import Judgement
from maskwatch.watching.lineup import Lineup
from maskwatch.watching.live import LiveView
from maskwatch.watching.logs import event_fields, heard_by, set_up_logs
from maskwatch.watching.machine import MachineWatch
from maskwatch.watching.metrics import Metrics
from maskwatch.watching.metrics_server import serve
from maskwatch.watching.nouns import Event
from maskwatch.watching.sentences import sentence, timed_sentence
from maskwatch.watching.service import Watch
from maskwatch.watching.station import Station
from maskwatch.watching.store import Store
from maskwatch.watching.waker import Waker
from maskwatch.watching.writer import Announce, Writer

log = logging.getLogger(__name__)


def run_watch(request: Request) -> bool:
    """Watch until told to stop or all files are over; whether all was well."""
    set_up_logs(as_json=request.json_logs)
    waker, clock, console = Waker(), SystemClock(), Console(highlight=False)
    shows = console.is_terminal and not request.json_logs
    with ExitStack() as stack:
        stops = stack.enter_context(_stopped_by_signals(waker))
        site = request.site()
        detector = Detector(site.model, device=request.device, threads=request.threads)
        lineup = build_lineup(site, detector, clock, waker, fast=request.fast)
        door = open_door(request, site)
        metrics = Metrics()
        store = stack.enter_context(Store(site.store))
        heard = [_teller(site, metrics, console if shows else None)]
        keep = timedelta(days=site.retention_days)
        writer = Writer(store, store.begin_run(clock.utc()), clock, lambda *news: _tell_all(heard, *news), keep)
        machine = MachineWatch(site.disk_low_mb)
        watch = Watch(lineup.stations, detector.detect_batch, writer, machine, clock, waker, metrics.looks.observe)
        metrics.watch(watch)
        if site.metrics_address:
            stack.callback(serve(site.metrics_address, metrics, watch).shutdown)
        watch.judged.append(keeper_of(lineup, stack).judged)
        if door is not None:
            feeder = feeder_of(request, door, watch, lineup, detector.metadata.name, stack)
            watch.judged.append(feeder.judged)
            heard.append(lambda event, _: feeder.happened(event))
            stack.enter_context(heard_by(feeder.logged))
            feeder.start()
            log.info("the page is at %s", address_of(site.web))
        writer.start()
        stops(watch)
        with LiveView(watch.stations, clock).shown_on(console) if shows else nullcontext():
            stored = watch.run()
    _say_goodbye(console, watch, site, shows)
    return stored and not any(_broke_off(station) for station in watch.stations)


def build_lineup(site: Site, detector: Detector, clock: Clock, waker: Waker, *, fast: bool) -> Lineup:
    """A place for every camera; the detector is set to report what their judgements need."""

    def judge_of(camera: Camera, site: Site) -> Judgement:
        judgement = Judgement(camera, site, detector.class_names, detector.metadata.default_score)
        detector.score = judgement.least_score  # of the site, the same for all its cameras
        return judgement

    return Lineup(site, judge_of, Surroundings(clock, waker.wake, {DEMO: demo_film}, fast))


def _tell_all(heard: Sequence[Announce], event: Event, waited_s: float) -> None:
    for hear in heard:
        hear(event, waited_s)


def _teller(site: Site, metrics: Metrics, console: Console | None) -> Announce:
    """What hears of each event once it is committed."""

    def tell(event: Event, waited_s: float) -> None:
        metrics.count(event, waited_s)
        if console:
            console.print(timed_sentence(event, site.zone_info), markup=False)
        else:
            log.info(sentence(event), extra=event_fields(event, waited_s))

    return tell


@contextmanager
def _stopped_by_signals(waker: Waker) -> Iterator[Callable[[Watch], None]]:
    """SIGTERM and Ctrl-C stop the watch, also one that is still being built; a second one ends it at once."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {int(number): signal.getsignal(number) for number in numbers}
    asked: list[int] = []
    watches: list[Watch] = []

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, before[number])
        asked.append(number)
        waker.wake()
        for watch in watches:
            watch.stop()

    def take_on(watch: Watch) -> None:
        watches.append(watch)
        if asked:
            watch.stop()

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield take_on
    finally:
        for number in numbers:
            signal.signal(number, before[number])


def _broke_off(station: Station) -> bool:
    """Whether a file ended before its end."""
    return not station.feed.is_live and station.feed.condition.state is CameraState.LOST


def _say_goodbye(console: Console, watch: Watch, site: Site, shows: bool) -> None:
    counts = ", ".join(f"{count} {state}" for state, count in watch.passages.items())
    words = f"{watch.passages.total()} passages{': ' + counts if counts else ''}; kept in {site.store}"
    if shows:
        console.print(words, markup=False, soft_wrap=True)
    else:
        log.info(words)

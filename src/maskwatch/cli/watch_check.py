"""The work behind `maskwatch watch --check`: settings, model and every camera tried, nothing kept."""

from rich.console import Console
from rich.table import Table

from maskwatch.cli.watch_request import Request
from maskwatch.cli.watch_run import build_lineup
from maskwatch.detection.detector import Detector
from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.clock import SystemClock
from maskwatch.watching.reaching import reach
from maskwatch.watching.waker import Waker


def run_check(request: Request) -> bool:
    """Print how every camera is; whether each gave a picture."""
    waker, clock = Waker(), SystemClock()
    site = request.site()
    detector = Detector(site.model, device=request.device, threads=request.threads)
    feeds = [station.feed for station in build_lineup(site, detector, clock, waker, fast=False).stations]
    reached = reach(feeds, clock, waker)
    table = Table("camera", "", "picture", box=None, pad_edge=False)
    for name, found in reached.items():
        size = f"{found.size[0]}x{found.size[1]}" if found.size else ""
        told = "reached" if found.size else f"{found.state}{': ' + found.reason if found.reason else ''}"
        table.add_row(name, told, size)
    Console(highlight=False).print(table)
    return all(found.size and found.state is not CameraState.LOST for found in reached.values())

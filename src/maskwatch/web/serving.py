"""The server's process: built once, from top to bottom, then the event loop."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import uvicorn

from maskwatch.detections import Detect
from maskwatch.watching.logs import set_up_logs
from maskwatch.web.access.people import People
from maskwatch.web.app import create_app, shielded
from maskwatch.web.context import Context
from maskwatch.web.hub import Hub
from maskwatch.web.link import Link
from maskwatch.web.marking import Marking
from maskwatch.web.order import Order
from maskwatch.web.patient_protocol import PatientProtocol
from maskwatch.web.reading import Reading

DetectOf = Callable[[], tuple[Detect, float]]

_MOST_CONNECTIONS = 256
# The watch goes first where there is not enough of the processor for both.
_NICE = 5


def serve(order: Order, listening: socket.socket, connection: Connection, detect: DetectOf) -> None:
    """Serve until the watch is gone or says stop; for a process of its own."""
    for number in (signal.SIGINT, signal.SIGTERM):  # these reach the whole group; the watch ends us when it is ready
        signal.signal(number, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    set_up_logs(as_json=order.as_json)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    asyncio.run(_serve(order, listening, connection, detect))


class _Server(uvicorn.Server):
    """Leaves signals as they are."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(order: Order, listening: socket.socket, connection: Connection, detect: DetectOf) -> None:
    servers: list[_Server] = []

    def stop() -> None:
        for server in servers:
            server.should_exit = server.force_exit = True

    hub = Hub(lambda cameras: link.look_at(cameras))
    link = Link(connection, hub.hear, stop)
    reading = Reading(order.site.store)
    people = People(order.site.store)
    marking = Marking(order.site.store)
    context = Context(order, order.site, hub, link, reading, people, marking, detect)
    server = _Server(_configuration(context))
    servers.append(server)
    link.start(asyncio.get_running_loop())
    try:
        await server.serve([listening])
    finally:
        reading.close()
        people.close()
        marking.close()


def _configuration(context: Context) -> uvicorn.Config:
    web = context.site.web
    return uvicorn.Config(
        shielded(create_app(context)),
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=1,
        proxy_headers=bool(web.trusted_proxies),
        forwarded_allow_ips=[str(network) for network in web.trusted_proxies],
        ssl_certfile=web.certificate,
        ssl_keyfile=web.key,
    )

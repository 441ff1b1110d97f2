"""Metrics and a health check, served over HTTP from a thread."""

import json
import socket
import threading
from collections.abc import Callable, Iterable
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from maskwatch.errors import UserError
from maskwatch.watching.metrics import Metrics
from maskwatch.watching.service import Watch

_STUCK_S = 10.0
_SLOWEST_CLIENT_S = 10

Start = Callable[..., Any]


def health(watch: Watch) -> tuple[bool, dict[str, Any]]:
    """Whether the watch itself works, and how everything is. A lost camera is no illness of the watch."""
    silent_s = watch.clock.monotonic() - watch.pulse.turn_s
    trouble = watch.writer.state.trouble
    healthy = silent_s < _STUCK_S and trouble is None
    cameras = {station.feed.name: str(station.feed.condition.state) for station in watch.stations}
    return healthy, {"healthy": healthy, "loop_silent_s": round(silent_s, 3), "store": trouble, "cameras": cameras}


def serve(address: tuple[str, int], metrics: Metrics, watch: Watch) -> WSGIServer:
    """Serve `/metrics` and `/healthz` until the server is shut down; raises `UserError` where nobody can listen."""
    figures: Callable[[dict[str, Any], Start], Iterable[bytes]] = make_wsgi_app(metrics.registry)

    def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            return figures(environ, start_response)
        if path == "/healthz":
            return _answer_health(watch, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"There are /metrics and /healthz.\n"]

    host, port = address
    server_class = _ServerOverIpv6 if ":" in host else _Server
    try:
        server = make_server(host, port, application, server_class=server_class, handler_class=_Handler)
    except OSError as error:
        raise UserError(f"--metrics {host}:{port}: cannot listen there ({error.strerror}).") from error
    threading.Thread(target=server.serve_forever, name="serves metrics", daemon=True).start()
    return server


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """As the base class does, without asking the name server who we are, which may take a minute."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class _ServerOverIpv6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = _SLOWEST_CLIENT_S

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: a probe comes every few seconds."""


def _answer_health(watch: Watch, start_response: Start) -> Iterable[bytes]:
    healthy, told = health(watch)
    status = "200 OK" if healthy else "503 Service Unavailable"
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]

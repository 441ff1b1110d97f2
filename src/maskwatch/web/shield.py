"""What stands before every request, whatever it asks for: hosts, origins, limits, and headers of the answer."""

import asyncio
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maskwatch.config import Web
from maskwatch.web.problems import problem_response

# A page of ours loads nothing from anywhere else and runs no script but its own files. Plotly sets styles itself.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_A_YEAR_OF_HTTPS = "max-age=31536000"

_BODY_BYTES = 1_000_000
# Routes that take pictures and clips.
UPLOADS = {"/api/v1/detect": 64_000_000, "/api/v1/detect/clip": 200_000_000}
_LIVE = "/api/v1/live"
_LONGEST_S = 120.0
_MOST_VISITORS = 10_000


class TooLarge(Exception):
    """More was sent than the route takes."""


@dataclass
class Allowance:
    """Requests a minute of each visitor, by a bucket that fills up all the time."""

    a_minute: int
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict, init=False)

    def takes(self, visitor: str, now_s: float) -> bool:
        """Whether one more is allowed now."""
        left, last_s = self._buckets.pop(visitor, (float(self.a_minute), now_s))
        left = min(self.a_minute, left + (now_s - last_s) * self.a_minute / 60)
        self._buckets[visitor] = (left - 1 if left >= 1 else left, now_s)
        if len(self._buckets) > _MOST_VISITORS:
            self._buckets.popitem(last=False)
        return left >= 1


class Shield:
    """ASGI middleware round everything else."""

    def __init__(self, app: ASGIApp, web: Web) -> None:
        self._app = app
        self._hosts = {"localhost", web.socket[0].lower(), *web.hosts}
        self._root_path = web.root_path
        self._allowance = Allowance(web.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self._place(scope)
        guarded = _with_headers(send, secure=scope["scheme"] == "https")
        if answer := self._refusal(scope) or self._redirection(scope):
            await answer(scope, receive, guarded)
            return
        path = scope["path"].removeprefix(self._root_path)
        limited = _Limited(receive, UPLOADS.get(path, _BODY_BYTES))
        noting = _Noting(guarded)
        try:
            async with asyncio.timeout(None if path == _LIVE else _LONGEST_S):
                await self._app(scope, limited, noting)
        except TooLarge:
            if not noting.started:
                await problem_response(413, f"At most {limited.most} bytes are taken here.")(scope, receive, guarded)
        except TimeoutError:
            if noting.started:
                raise
            await problem_response(504, "The request took too long.")(scope, receive, guarded)

    def _place(self, scope: Scope) -> None:
        """Some proxies cut off what they put before every path, others leave it; both are answered."""
        root_path = self._root_path
        if root_path and scope["path"] != root_path and not scope["path"].startswith(f"{root_path}/"):
            scope["path"] = f"{root_path}{scope['path']}"
        scope["root_path"] = root_path

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        if not self.knows_host(headers.get("host", "")):
            return problem_response(421, "This host name is not one of this server's; see hosts in the settings.")
        if not self._is_own(headers, scope["scheme"]):
            return problem_response(403, "The request comes from another site's page.")
        visitor = scope["client"][0] if scope.get("client") else ""
        if not self._allowance.takes(visitor, time.monotonic()):
            return problem_response(429, "Too many requests; wait a moment.", headers={"Retry-After": "2"})
        path = scope["path"].removeprefix(self._root_path)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > UPLOADS.get(path, _BODY_BYTES):
            return problem_response(413, f"At most {UPLOADS.get(path, _BODY_BYTES)} bytes are taken here.")
        return None

    def _redirection(self, scope: Scope) -> ASGIApp | None:
        """Links of the pages are relative, which needs the slash at the end of a root path."""
        return RedirectResponse(f"{self._root_path}/") if scope["path"] == self._root_path else None

    def knows_host(self, host: str) -> bool:
        """Names are rebound to other machines by whoever owns them, so only ours are answered; numbers cannot be."""
        name = _host_name(host)
        if name is None:
            return False
        return name in self._hosts or _is_number(name)

    def _is_own(self, headers: Headers, scheme: str) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin") or _is_plain_visit(headers)
        return origin.lower() == f"{scheme}://{headers.get('host', '').lower()}"


def _is_plain_visit(headers: Mapping[str, str]) -> bool:
    """A link from another site to a page of ours may be followed, but nothing of ours is loaded into theirs."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


def _host_name(host: str) -> str | None:
    """Without the port; None for what is no host."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    if parts.path or parts.query or parts.fragment or parts.username is not None or not parts.hostname:
        return None
    return parts.hostname.lower().rstrip(".")


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class _Limited:
    """`receive` that counts what comes."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self.most, self._seen = receive, most, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self.most:
            raise TooLarge
        return message


class _Noting:
    """`send` that knows whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send, self.started = send, False

    async def __call__(self, message: Message) -> None:
        self.started = True
        await self._send(message)


def _with_headers(send: Send, *, secure: bool) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
            if secure:
                headers.setdefault("Strict-Transport-Security", _A_YEAR_OF_HTTPS)
        await send(message)

    return sending

"""HTTP as uvicorn speaks it, with an end to patience: who does not read or does not ask in time is dropped."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

# A viewer whose connection takes nothing for so long is gone or stalled.
_STALLED_S = 10.0
# A connection that has not sent the head of a request by then has nothing to say.
_SILENT_S = 15.0


class PatientProtocol(H11Protocol):
    """One connection. What is written waits in a buffer of 64 KiB; beyond it the writer waits, up to `_STALLED_S`."""

    _stalled: asyncio.TimerHandle | None = None
    _silent: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._silent = self.loop.call_later(_SILENT_S, self._drop)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle: Any = self.cycle
        in_request = cycle is not None and not cycle.response_complete
        if in_request and self._silent is not None:
            self._silent.cancel()
            self._silent = None
        elif not in_request and self._silent is None:  # a later request has begun, but not all of its head is here
            self._silent = self.loop.call_later(_SILENT_S, self._drop)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._stalled, self._silent):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(_STALLED_S, self._drop)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()

    def _drop(self) -> None:
        self.transport.abort()

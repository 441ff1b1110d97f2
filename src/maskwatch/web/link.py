"""The server's end of the connection to the watch."""

import asyncio
import itertools
import json
import threading
from collections.abc import Callable, Collection
from multiprocessing.connection import Connection
from typing import Any

from maskwatch.errors import UserError
from maskwatch.web.messages import Message, receive, send
from maskwatch.web.models import FieldFault

_ANSWER_S = 30.0


class Link:
    """Hears the watch in a thread, and asks it in the server's event loop.

    Args:
        connection: to the watch.
        hear: called in the event loop with every message that is no answer.
        hung_up: called in the event loop when the watch is gone.
    """

    def __init__(self, connection: Connection, hear: Callable[[Message], None], hung_up: Callable[[], None]) -> None:
        self._connection = connection
        self._hear, self._hung_up = hear, hung_up
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[list[FieldFault]]] = {}
        self._sending = threading.Lock()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        threading.Thread(target=self._listen, args=(loop,), name="hears the watch", daemon=True).start()

    def look_at(self, cameras: Collection[str]) -> None:
        """Say whose pictures are wanted; what is said is a few bytes, which the watch always takes."""
        self._send(Message("looking", json.dumps(sorted(cameras)).encode()))

    async def take_over(self) -> list[FieldFault]:
        """Have the watch read its settings again; what it could not take over.

        Raises:
            UserError: when it does not answer in time.
        """
        number = next(self._numbers)
        answer: asyncio.Future[list[FieldFault]] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self._send(Message("settings", str(number).encode()))
            async with asyncio.timeout(_ANSWER_S):
                return await answer
        except TimeoutError:
            raise UserError("the settings are written, but the watch has not taken them over yet.") from None
        finally:
            del self._asked[number]

    def _send(self, message: Message) -> None:
        try:
            with self._sending:
                send(self._connection, message)
        except OSError:
            return  # the watch is gone, which the listening thread tells

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while True:
                message = receive(self._connection)
                loop.call_soon_threadsafe(self._take, message)
        except (EOFError, OSError):
            loop.call_soon_threadsafe(self._hung_up)

    def _take(self, message: Message) -> None:
        if message.kind != "answer":
            self._hear(message)
            return
        told: dict[str, Any] = message.value
        waiting = self._asked.get(told["to"])
        if waiting is not None and not waiting.done():
            waiting.set_result([FieldFault.model_validate(fault) for fault in told["faults"]])

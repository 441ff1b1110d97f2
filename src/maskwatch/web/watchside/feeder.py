"""The watch's end of the server: starts its process, feeds it what is newest, starts it again if it dies.

Nothing here ever holds up the loop: it leaves references behind and goes on; a thread encodes and sends. While
the server does not read, only that thread waits, and what is newest takes the place of what is not sent yet.
"""

import json
import logging
import multiprocessing
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from maskwatch.watching.nouns import Event
from maskwatch.watching.service import Watch
from maskwatch.watching.station import Outcome, Station
from maskwatch.web.events import event_out
from maskwatch.web.messages import Message, receive, send
from maskwatch.web.models import FieldFault
from maskwatch.web.watchside.shots import Faces, Shots, picture_message
from maskwatch.web.watchside.snapshot import watch_live

log = logging.getLogger(__name__)

# How the watch is, is told this often while somebody looks, and rarely otherwise.
_LOOKED_AT_S, _ALONE_S = 0.5, 2.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_GOODBYE_S = 2.0
_EVENTS_KEPT, _LOG_LINES_KEPT = 1000, 200

Serve = Callable[[Connection], BaseProcess]
TakeOver = Callable[[], list[FieldFault]]


@dataclass
class Feeder:
    """Between the loop and the server.

    Args:
        serve: starts the server's process, given its end of the pair of sockets.
        take_over: applies changed settings; what could not be taken over. Called in a thread.
        faces: how faces are shown.
        model: what the model is called.
        began: when the watch did.
    """

    watch: Watch
    serve: Serve
    take_over: TakeOver
    faces: Faces
    model: str
    began: datetime
    shots: Shots = field(default_factory=Shots, init=False)
    starts: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._news = threading.Condition()
        self._closing = threading.Event()
        self._events: deque[Message] = deque(maxlen=_EVENTS_KEPT)
        self._lines: deque[Message] = deque(maxlen=_LOG_LINES_KEPT)
        self._answers: deque[Message] = deque()
        self._process: BaseProcess | None = None
        self._thread = threading.Thread(target=self._work, name="feeds the server", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the server, which hears that nobody talks to it any more; one that hears nothing is killed."""
        self._closing.set()
        self._ring()
        self._thread.join(_GOODBYE_S)
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._thread.join()

    def judged(self, station: Station, _outcome: Outcome) -> None:
        """Called by the loop after each judged frame."""
        if self.shots.put(station, self.watch.clock.monotonic()):
            self._ring()

    def happened(self, event: Event) -> None:
        """Called once an event is committed; its number is found by whoever reads the store."""
        self._events.append(Message("event", event_out(event).model_dump_json().encode()))
        self._ring()

    def logged(self, line: str) -> None:
        """Called with each line of the log, which holds no addresses."""
        self._lines.append(Message("log", json.dumps(line).encode()))
        self._ring()

    def _ring(self) -> None:
        with self._news:
            self._news.notify()

    def _work(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._closing.is_set():
            began_s = self.watch.clock.monotonic()
            ours, theirs = multiprocessing.Pipe()
            self._process = self.serve(theirs)
            self.starts += 1
            theirs.close()
            self._feed(ours)
            ours.close()
            self.shots.looked_at = ()
            self._process.join(_GOODBYE_S)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            lasted_s = self.watch.clock.monotonic() - began_s
            pause_s = _FIRST_PAUSE_S if lasted_s > _LONGEST_PAUSE_S else min(_LONGEST_PAUSE_S, 2 * pause_s)
            if not self._closing.is_set():
                log.warning("the page's server has ended (code %s); started again", self._process.exitcode)
            self._closing.wait(pause_s)

    def _feed(self, server: Connection) -> None:
        """Until the server is gone."""
        listener = threading.Thread(target=self._listen, args=(server,), name="hears the server", daemon=True)
        listener.start()
        told_s = float("-inf")
        try:
            while not self._closing.is_set() and listener.is_alive():
                every_s = _LOOKED_AT_S if self.shots.looked_at else _ALONE_S
                if self.watch.clock.monotonic() - told_s >= every_s:
                    told_s = self.watch.clock.monotonic()
                    now = watch_live(self.watch, self.model, self.began)
                    send(server, Message("watch", now.model_dump_json().encode()))
                if not self._send_news(server):
                    with self._news:
                        self._news.wait(min(every_s, 0.25))
        except OSError:
            return  # the server is gone, and what follows is the caller's

    def _send_news(self, server: Connection) -> bool:
        """Send what is newest; whether there was anything."""
        sent = False
        for waiting in (self._answers, self._events, self._lines):
            while waiting:
                send(server, waiting[0])
                waiting.popleft()
                sent = True
        for shot in self.shots.take():
            send(server, picture_message(shot, self.faces, self.watch.clock))
            sent = True
        return sent

    def _listen(self, server: Connection) -> None:
        """Hear what the server asks for, until it is gone."""
        try:
            while True:
                asked = receive(server)
                if asked.kind == "looking":
                    self.shots.looked_at = frozenset(asked.value)
                elif asked.kind == "settings":
                    self._answer(asked.value)
        except (EOFError, OSError):
            self._ring()

    def _answer(self, question: int) -> None:
        faults = [fault.model_dump() for fault in self.take_over()]
        self._answers.append(Message("answer", json.dumps({"to": question, "faults": faults}).encode()))
        self._ring()

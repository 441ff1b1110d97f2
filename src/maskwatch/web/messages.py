"""What the watch and the server say to each other: a line of JSON, then bytes. Nobody but the two can listen.

They talk over a pair of connected local sockets without a name, made before the server's process is started.
"""

import json
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Literal

Kind = Literal["watch", "picture", "event", "log", "answer", "looking", "settings"]


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        kind: from the watch: how it is (`watch`), a judged `picture`, an `event` just committed, a `log` line, the
            `answer` to a question; from the server: which cameras somebody is `looking` at, new `settings`.
        head: JSON text, UTF-8, as it is handed on to whoever looks.
        body: a JPEG, or nothing.
        received_s: when it was made or received, by this process's monotonic clock.
    """

    kind: Kind
    head: bytes
    body: bytes = b""
    received_s: float = field(default_factory=time.monotonic, compare=False)

    @property
    def value(self) -> Any:
        """The head, parsed."""
        return json.loads(self.head)


def send(connection: Connection, message: Message) -> None:
    """Send; raises OSError when nobody is there any more. Waits while the other side does not read."""
    connection.send_bytes(b"\n".join((message.kind.encode(), message.head, message.body)))


def receive(connection: Connection) -> Message:
    """The next message; raises EOFError or OSError when none can follow."""
    kind, head, body = connection.recv_bytes().split(b"\n", 2)
    return Message(kind.decode(), head, body)  # type: ignore[arg-type]  # both sides are this file

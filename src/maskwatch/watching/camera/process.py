"""The decoding process: connects once, puts each wanted frame in its place, says so, and ends with the connection."""

import multiprocessing
import os
import signal
import socket
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.shared_memory import SharedMemory
from multiprocessing.synchronize import Lock
from urllib.parse import urlsplit

import av

from maskwatch.errors import UserError
from maskwatch.pictures.video import failure_reason
from maskwatch.watching.camera.address import without_secrets
from maskwatch.watching.camera.capture import Connection, LiveCapture
from maskwatch.watching.camera.frame import CapturedFrame, to_frame
from maskwatch.watching.camera.framing import Framing
from maskwatch.watching.camera.messages import Ended, FrameReady, Message, NewMemory, Opened, Started
from maskwatch.watching.camera.slot import FrameSlot, slot_bytes

# Messages stay small enough for a pipe to take them whole.
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Order:
    """What one decoding process is to do; shared memory is named `memory_name-0`, `memory_name-1`, ..."""

    connection: Connection
    framing: Framing
    memory_name: str


def read_camera(order: Order, pipe: Pipe, lock: Lock) -> None:
    """Main function of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the watch ends us when it is ready
    threading.Thread(target=_end_with_parent, daemon=True).start()
    teller = _Teller(pipe)
    teller.tell(Started())
    teller.tell(Ended(_read(order, teller, lock)[:_LONGEST_REASON]))


def _read(order: Order, teller: "_Teller", lock: Lock) -> str:
    """Read until the connection ends; why it did."""
    try:
        _look_up(order.connection.address)
        with LiveCapture(order.connection) as capture:
            teller.tell(Opened(capture.remark))
            places = _Places(order.memory_name, lock, teller)
            for sequence, picture in enumerate(capture, start=1):
                places.put(to_frame(order.framing.apply(picture.pixels), sequence, picture.captured_s))
                teller.tell(FrameReady(sequence, picture.decoded))
    except av.error.ExitError:  # what FFmpeg makes of a time limit
        return "nothing came in time"
    except (av.FFmpegError, OSError) as error:
        return without_secrets(failure_reason(error))
    except (UserError, ValueError) as error:  # PyAV raises ValueError for hardware it does not know
        return without_secrets(str(error))
    return "the stream ended"


def _look_up(address: str) -> None:
    """Ask for the host's number, because FFmpeg calls an unknown name an input/output error."""
    try:
        host = urlsplit(address).hostname
        if host:
            socket.getaddrinfo(host, None)
    except socket.gaierror as error:
        raise UserError(f"the name {host} is not known ({error.strerror})") from error


class _Teller:
    """Speaks to the watch; once that no longer listens there is nothing left to do."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def tell(self, message: Message) -> None:
        try:
            self._pipe.send(message)
        except OSError:
            os._exit(0)


class _Places:
    """Shared memory for frames, made anew when they become larger."""

    def __init__(self, name: str, lock: Lock, teller: _Teller) -> None:
        self._name, self._lock, self._teller = name, lock, teller
        self._slot: FrameSlot | None = None
        self._size = 0
        self._made = 0

    def put(self, frame: CapturedFrame) -> None:
        needed = slot_bytes(*frame.size)
        if self._slot is None or needed > self._size:
            if self._slot:
                self._slot.close()
            memory = SharedMemory(f"{self._name}-{self._made}", create=True, size=needed)
            self._slot, self._size, self._made = FrameSlot(memory, self._lock), needed, self._made + 1
            self._teller.tell(NewMemory(memory.name))
        self._slot.write(frame)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)

"""The log: one line a record, for people or as JSON for machines, and never with an address in it."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from maskwatch.watching.camera.address import without_secrets
from maskwatch.watching.nouns import Event

# What every record has; the rest was handed over with `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _Stderr(logging.Handler):
    """Writes to whatever standard error is at the moment, because a live display replaces it."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr, flush=True)


class PlainFormatter(logging.Formatter):
    """`14:03:22 WARNING the store can be written again`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and whatever was handed over with `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **extra,
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps({name: _clean(value) for name, value in fields.items()}, ensure_ascii=False, default=str)


def set_up_logs(*, as_json: bool) -> None:
    """Send what maskwatch logs to standard error, and nobody else's."""
    handler = _Stderr()
    handler.setFormatter(JsonFormatter() if as_json else PlainFormatter())
    logger = logging.getLogger("maskwatch")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


@contextmanager
def heard_by(hear: Callable[[str], None]) -> Iterator[None]:
    """Inside, every line of the log is handed over too, as people read it."""
    handler = _Handing(hear)
    handler.setFormatter(PlainFormatter())
    logger = logging.getLogger("maskwatch")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _Handing(logging.Handler):
    def __init__(self, hear: Callable[[str], None]) -> None:
        super().__init__()
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        self._hear(self.format(record))


def event_fields(event: Event, waited_s: float) -> dict[str, Any]:
    """What a log line says of an event beside its sentence, for `extra`.

    Of one that begins with a frame, `delay_s` is the time from the capture of that frame to the committed event,
    which was handed over `waited_s` ago.
    """
    values = {name: value for name, value in asdict(event).items() if value is not None}
    times = {name: values[name].isoformat() for name in ("began", "ended") if name in values}
    begins = event.ended is None and event.frame_age_s is not None
    delay = {"delay_s": round((event.frame_age_s or 0.0) + waited_s, 4)} if begins else {}
    return {"event": values | times, **delay}


def _clean(value: object) -> object:
    """Without addresses, however deep they are."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {name: _clean(each) for name, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list | tuple) else value

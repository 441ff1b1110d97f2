"""Addresses are shown without anything secret."""

import logging

import pytest

from maskwatch.watching.camera.address import is_live, short_name, without_secrets
from maskwatch.watching.logs import JsonFormatter, PlainFormatter


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://viewer:hunter2@192.0.2.1:554/stream", "rtsp://192.0.2.1:554"),
        ("rtsp://viewer:hun@ter2@host/1", "rtsp://host"),
        ("rtsp://viewer:hun/ter2@host/1", "rtsp://host"),
        ("http://host/snap.cgi?user=me&password=hunter2", "http://host"),
        ("rtsp://host/user=me&password=hunter2&channel=1", "rtsp://host"),
        ("cannot open 'rtsp://me:hunter2@host/1': refused", "cannot open 'rtsp://host refused"),
        ("[2001:db8::1] at rtsp://me:hunter2@[2001:db8::1]:554/1", "[2001:db8::1] at rtsp://[2001:db8::1"),
        ("no address here: me:hunter@home", "no address here: me:hunter@home"),
    ],
)
def test_an_address_is_cut_down_to_its_host(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    ("address", "name", "live"),
    [
        ("rtsp://me:hunter2@host:554/1", "host:554", True),
        ("http://host/video", "host", True),
        ("0", "camera-0", True),
        ("clips/door.mp4", "door", False),
        ("demo", "demo", False),
    ],
)
def test_a_source_without_a_name_gets_one(address: str, name: str, live: bool) -> None:
    assert short_name(address) == name
    assert is_live(address) is live


@pytest.mark.parametrize("formatter", [PlainFormatter(), JsonFormatter()], ids=["plain", "json"])
def test_no_log_line_holds_a_password(formatter: logging.Formatter) -> None:
    address = "rtsp://me:hunter2@host/1?key=hunter2"
    try:
        raise OSError(f"refused: {address}")
    except OSError as error:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "f", 1, "failed: %s", (address,), (type(error), error, error.__traceback__)
        )
    record.event = {"details": {"reason": f"at {address}", "list": [address]}}
    line = formatter.format(record)
    assert "hunter2" not in line
    assert "rtsp://host" in line

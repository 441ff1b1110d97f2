"""Settings changed over the API: comments stay, faults are told by field, secrets are never seen again."""

import stat
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from maskwatch.client import ApiError, Client
from maskwatch.config import load_site
from maskwatch.web.settings.addresses import refusal
from web_parts import SITE, Served, served


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as each:
        yield each


def changed(client: Client, **values: Any) -> dict[str, Any]:
    return client.site().settings | values


def put(client: Client, **values: Any) -> None:
    told = client.site()
    client.put_site(told.version, told.settings | values)


def faults(error: ApiError) -> dict[str, str]:
    return {each.field: each.message for each in error.problem.errors}


def test_what_is_put_back_unchanged_changes_no_byte_but_the_secrets(site: Served) -> None:
    put(site.client())
    text = site.config.read_text()
    assert text == SITE.replace("rtsp://viewer:hunter2@192.0.2.10/one", "${CORRIDOR_ADDRESS}")
    assert load_site(site.config).cameras == site.context.order.site.cameras


def test_a_change_keeps_every_comment_and_the_old_file(site: Served) -> None:
    client = site.client()
    cameras = client.site().settings["cameras"]
    cameras[0]["zones"][0]["name"] = "counter"
    cameras[0]["zones"].append({"name": "door", "polygon": [[0.5, 0], [1, 0], [1, 1]], "mask_required": False})
    put(client, frames_per_s=3.5, cameras=cameras, time_zone="Europe/Rome")
    text = site.config.read_text()
    for comment in ("# the entrance of the clinic", "# this machine", "# by the street", "# keep this remark"):
        assert comment in text
    now = load_site(site.config)
    assert (now.frames_per_s, now.time_zone) == (3.5, "Europe/Rome")
    assert [zone.name for zone in now.cameras[0].zones] == ["counter", "door"]
    assert load_site(site.config.with_suffix(".old.toml")) == site.context.order.site
    assert site.link.taken_over == 1
    assert site.context.site.frames_per_s == 3.5


def test_no_password_is_shown_or_left_in_any_file_but_the_secrets(site: Served) -> None:
    client = site.client()
    before = client.site()
    assert "hunter2" not in str(before)
    assert before.settings["cameras"][1]["address_shown"] == "rtsp://192.0.2.10"
    cameras = before.settings["cameras"]
    cameras[0] |= {"address": "rtsp://me:s3cr3t@127.0.0.1/x"}
    put(client, cameras=cameras)
    after = client.site()
    assert "s3cr3t" not in str(after)
    secrets = site.folder / "secrets.toml"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    for path in site.folder.iterdir():
        content = path.read_bytes()
        assert (b"s3cr3t" in content or b"hunter2" in content) == (path == secrets), path
    assert load_site(site.config).cameras[0].address.get_secret_value() == "rtsp://me:s3cr3t@127.0.0.1/x"
    assert stat.S_IMODE(site.config.stat().st_mode) == 0o640


def test_cameras_are_added_renamed_and_removed(site: Served) -> None:
    client = site.client()
    first, second = client.site().settings["cameras"]
    new = {"name": "gate", "address": "rtsp://127.0.0.1:8554/gate"}
    put(client, cameras=[new, second | {"name": "hall", "was": "corridor"}])
    now = load_site(site.config)
    assert [camera.name for camera in now.cameras] == ["gate", "hall"]
    assert now.cameras[1].address.get_secret_value().endswith("hunter2@192.0.2.10/one")
    assert first["name"] not in [camera.name for camera in now.cameras]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"frames_per_s": 0}, "frames_per_s", "greater than 0"),
        ({"frame_per_s": 1}, "frame_per_s", "did you mean frames_per_s"),
        ({"time_zone": "Mars"}, "time_zone", "no time zone"),
        ({"store": "/etc/passwd"}, "store", "in site.toml only"),
        ({"web": {"camera_networks": ["0.0.0.0/0"]}}, "web", "in site.toml only"),
        ({"model": "/tmp/other.onnx"}, "model", "in site.toml only"),
        ({"cameras": []}, "cameras", "at least 1"),
        ({"cameras": [{"name": "a"}]}, "cameras.0.address", "missing"),
        ({"cameras": [{"name": "a", "address": "/etc/passwd"}]}, "cameras.0.address", "files only in site.toml"),
        ({"cameras": [{"name": "a", "address": "${HOME}"}]}, "cameras.0.address", "written out"),
        ({"cameras": [{"name": "a", "address": "rtsp://10.0.0.9/"}]}, "cameras.0.address", "private or special"),
        ({"cameras": [3]}, "cameras.0", "dictionary"),
        ({"cameras": [{"name": {"a": 1}, "address": "demo"}]}, "cameras.0.name", "string"),
        ({"rules": [{"name": "x", "kind": "no_mask", "cameras": ["nowhere"]}]}, "rules.0.cameras", "no camera"),
    ],
)
def test_faults_are_told_beside_their_fields_and_nothing_is_written(
    site: Served, change: dict[str, Any], field: str, words: str
) -> None:
    before = {path.name: path.read_bytes() for path in site.folder.glob("*.toml")}
    with pytest.raises(ApiError) as caught:
        put(site.client(), **change)
    assert caught.value.problem.status == 422
    assert words in faults(caught.value)[field]
    assert {path.name: path.read_bytes() for path in site.folder.glob("*.toml")} == before
    assert site.link.taken_over == 0


def test_a_setting_that_is_nothing_is_left_out_of_the_file(site: Served) -> None:
    put(site.client(), score=None, cameras=[{"name": "a", "address": "demo", "frames_per_s": None}])
    assert "score" not in site.config.read_text()
    assert load_site(site.config).cameras[0].frames_per_s is None


def test_nobody_undoes_what_somebody_else_has_just_changed(site: Served) -> None:
    client = site.client()
    stale = client.site()
    put(client, frames_per_s=4)
    with pytest.raises(ApiError, match="changed meanwhile"):
        client.put_site(stale.version, stale.settings)
    assert load_site(site.config).frames_per_s == 4


def test_an_operator_draws_zones_and_changes_nothing_else(site: Served) -> None:
    client = site.signed_in("ann", "operator")
    told = client.site()
    shapes = {
        "version": told.version,
        "zones": [{"name": "a", "polygon": [[0, 0], [1, 0], [1, 1]]}],
        "lines": [{"name": "l", "start": [0, 0], "end": [1, 1]}],
    }
    client._change("PUT", "cameras/corridor/shapes", json=shapes)
    now = load_site(site.config).cameras[1]
    assert (now.zones[0].name, now.lines[0].name) == ("a", "l")
    assert now.address.get_secret_value().endswith("hunter2@192.0.2.10/one")
    with pytest.raises(ApiError, match="right to admin"):
        client.put_site(told.version, told.settings)
    bad = shapes | {"version": client.site().version, "zones": [{"name": "a", "polygon": [[0, 0], [2, 0], [1, 1]]}]}
    with pytest.raises(ApiError) as caught:
        client._change("PUT", "cameras/corridor/shapes", json=bad)
    assert list(faults(caught.value)) == ["zones.0.polygon.1.0"]


def test_without_a_settings_file_nothing_can_be_changed_and_nothing_is_shown(tmp_path: Path) -> None:
    with served(tmp_path, with_file=False) as site:
        client = site.client()
        told = client.site()
        assert not told.editable
        assert "hunter2" not in str(told)
        assert "192.0.2.10" not in str(told)
        with pytest.raises(ApiError, match="--config"):
            client.put_site(told.version, told.settings)


def test_a_watch_that_takes_over_part_of_it_says_what_waits(site: Served) -> None:
    from maskwatch.web.models import FieldFault

    site.link.answer = [FieldFault(field="model", message="takes effect at the next start")]
    client = site.client()
    told = client.site()
    assert client.put_site(told.version, told.settings).waiting[0].field == "model"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "/dev/sda",
        "concat:/etc/passwd",
        "rtsp://",
        "http://169.254.169.254/latest/meta-data",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fe80::1]/",
        "http://0.0.0.0/",
        "http://100.100.100.200/",
        "http://127.0.0.1/",
        "rtsp://10.1.2.3/",
        "rtsp://192.168.1.1/",
        "rtsp://2130706433/",
        "rtsp://0x7f.1/",
        "rtsp://224.0.0.1/",
        "udp://127.0.0.1:1",
        "rtsp://a\nb/",
        "rtsp://[::1/",
    ],
)
def test_addresses_that_the_page_may_not_give(address: str) -> None:
    assert refusal(address, [])


def test_private_networks_open_where_the_admin_says_and_metadata_services_never() -> None:
    everything = [ip_network("0.0.0.0/0"), ip_network("::/0")]
    assert refusal("rtsp://10.1.2.3/", [ip_network("10.1.0.0/16")]) is None
    assert refusal("rtsp://10.2.2.3/", [ip_network("10.1.0.0/16")])
    assert refusal("rtsp://127.0.0.1:8554/x", everything) is None
    for address in ("http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://0.0.0.0/"):
        assert refusal(address, everything)
    assert refusal("demo", []) is None
    assert refusal("0", []) is None
    assert refusal("rtsp://8.8.8.8/one", []) is None

"""Pictures, clips and counts over the API."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwatch.client import ApiError
from maskwatch.pictures.video_writing import writing_video
from maskwatch.watching.nouns import State
from maskwatch.watching.summary import summarise as summarise_passages
from maskwatch.web.clips import container_format
from watch_parts import NOON
from web_parts import Served, served


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("site")) as each:
        yield each


def picture(width: int, height: int, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(file, kind, **options)
    return file.getvalue()


def test_pictures_are_answered_in_their_order_with_a_threshold_that_moves(site: Served) -> None:
    client = site.client()
    sent = [("a.png", picture(60, 50)), ("no picture", b"nonsense"), ("b.jpg", picture(50, 60, "JPEG"))]
    first, broken, last = client.detect(sent)
    assert [(each.image, each.width, each.height) for each in (first, last)] == [("a.png", 60, 50), ("b.jpg", 50, 60)]
    assert [(face.label, face.score, face.box) for face in first.detections] == [("mask", 0.9, (1, 2, 30, 40))]
    assert broken.error is not None
    assert "no picture" in broken.error
    assert len(client.detect(sent[:1], score=0.05)[0].detections) == 2


def test_a_picture_turned_by_exif_is_turned(site: Served) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    told = site.client().detect([("a.jpg", picture(60, 40, "JPEG", exif=exif))])[0]
    assert (told.width, told.height) == (40, 60)


def test_a_picture_that_says_it_is_huge_is_refused_before_it_is_decoded(site: Served) -> None:
    bomb = bytearray(picture(10, 10, "BMP"))
    bomb[18:26] = (9_000).to_bytes(4, "little") * 2
    error = site.client().detect([("bomb.bmp", bytes(bomb))])[0].error
    assert error is not None
    assert "more than 50 megapixels" in error


def test_too_many_pictures_and_scores_out_of_range_are_problems(site: Served) -> None:
    client = site.client()
    with pytest.raises(ApiError, match="32 pictures"):
        client.detect([("a.png", picture(8, 8))] * 33)
    with pytest.raises(ApiError, match="score"):
        client.detect([("a.png", picture(8, 8))], score=0.01)


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    path = tmp_path / "clip.webm"
    with writing_video(path) as writer:
        for index in range(20):
            writer.write(np.full((48, 64, 3), index * 10, np.uint8), index / 10)
    return path.read_bytes()


def test_a_clip_is_looked_at_five_times_a_second(site: Served, clip: bytes) -> None:
    told = site.client()._change("POST", "detect/clip", files={"clip": ("c.webm", clip)}).json()
    assert [frame["time_s"] for frame in told["frames"]] == pytest.approx([0.2 * n for n in range(10)], abs=0.01)
    assert (told["width"], told["height"], told["cut_short"]) == (64, 48, False)
    assert len(told["frames"][0]["detections"]) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"",
        b"\x1aE\xdf\xa3" * 9,
    ],
)
def test_what_is_no_clip_of_itself_is_refused(site: Served, content: bytes) -> None:
    answer = site.client()
    with pytest.raises(ApiError) as caught:
        answer._change("POST", "detect/clip", files={"clip": ("c.mp4", content)})
    assert caught.value.problem.status == 422


def test_containers_are_told_by_how_they_begin() -> None:
    assert container_format(b"\0\0\0\x18ftypmp42") == "mov"
    assert container_format(b"RIFF\0\0\0\0AVI ") == "avi"
    assert container_format(b"RIFF\0\0\0\0WAVE") is None


@pytest.mark.parametrize("by", ["hour", "day"])
def test_counts_are_those_of_the_report(site: Served, by: str) -> None:
    start, end = NOON - timedelta(days=1), NOON + timedelta(days=2)
    told = site.client().summary(by, apart=("camera", "zone"), start=start, end=end)  # type: ignore[arg-type]
    from maskwatch.watching.store import Store

    with Store(site.context.site.store, create=False) as store:
        lines = summarise_passages(store.passages(), by, site.context.site.zone_info)  # type: ignore[arg-type]
    assert len(told.lines) == len(lines)
    for line, expected in zip(told.lines, lines, strict=True):
        assert (line.begins, line.camera, line.zone) == (expected.begins, expected.camera, expected.zone)
        assert line.passages == expected.passages
        assert (line.share, line.low, line.high) == (
            expected.wearing.share,
            expected.wearing.low,
            expected.wearing.high,
        )
    assert sum(told.total.passages.values()) == 30


def test_hours_of_the_week_are_by_the_sites_clock(site: Served) -> None:
    told = site.client().summary("weekday_hour", start=NOON, end=NOON + timedelta(hours=1))
    assert [(line.weekday, line.hour) for line in told.lines] == [(0, 13)]  # noon in UTC, a Monday, in Paris


def test_the_hour_that_happens_twice_is_two_lines(tmp_path: Path) -> None:
    from maskwatch.watching.nouns import Passage
    from maskwatch.watching.store import Kept, Store

    with served(tmp_path) as site, Store(site.context.site.store) as store:
        autumn = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        began = [autumn, autumn + timedelta(hours=1)]
        passages = [Passage("entrance", None, 1, each, each, 1.0, State.MASK) for each in began]
        store.write(store.begin_run(NOON), [], [Kept(each) for each in passages])
        lines = site.client().summary("hour", start=autumn - timedelta(hours=1), end=autumn + timedelta(hours=3)).lines
        assert [line.begins.isoformat() for line in lines if line.begins] == [
            "2026-10-25T02:00:00+02:00",
            "2026-10-25T02:00:00+01:00",
        ]


def test_two_periods_are_compared_with_an_interval(site: Served) -> None:
    asked = {
        "first_start": NOON.isoformat(),
        "first_end": (NOON + timedelta(hours=5)).isoformat(),
        "second_start": (NOON + timedelta(hours=5)).isoformat(),
        "second_end": (NOON + timedelta(hours=10)).isoformat(),
    }
    told = site.http().get("/api/v1/summary/compare", params=asked).json()
    assert told["low"] < told["difference"] < told["high"]
    assert told["difference"] == pytest.approx(told["second"]["share"] - told["first"]["share"])
    empty = asked | {"second_start": "2020-01-01T00:00:00Z", "second_end": "2020-01-02T00:00:00Z"}
    assert site.http().get("/api/v1/summary/compare", params=empty).json()["difference"] is None


def test_newcombes_own_example(tmp_path: Path) -> None:
    """56 of 70 and 48 of 80: .2 from .0524 to .3339 (Newcombe 1998, table II, method 10)."""
    from maskwatch.watching.nouns import Passage
    from maskwatch.watching.store import Kept, Store

    with served(tmp_path) as site, Store(site.context.site.store) as store:
        later = NOON + timedelta(days=400)
        made = [
            Passage("b", None, n, NOON + timedelta(days=day, seconds=n), later, 1.0, state)
            for day, masked, whole in ((100, 48, 80), (200, 56, 70))
            for n, state in enumerate([State.MASK] * masked + [State.NO_MASK] * (whole - masked))
        ]
        store.write(store.begin_run(NOON), [], [Kept(each) for each in made])
        days = {n: (NOON + timedelta(days=n)).isoformat() for n in (99, 150, 250)}
        asked = {"first_start": days[99], "first_end": days[150], "second_start": days[150], "second_end": days[250]}
        told = site.http().get("/api/v1/summary/compare", params=asked).json()
        assert (told["low"], told["difference"], told["high"]) == pytest.approx((0.0524, 0.2, 0.3339), abs=5e-5)


def test_a_period_that_ends_before_it_begins_is_a_problem(site: Served) -> None:
    with pytest.raises(ApiError, match="ends before it begins"):
        site.client().summary(start=NOON, end=NOON)


def test_the_table_for_a_spreadsheet_has_the_same_numbers(site: Served) -> None:
    asked = {"by": "day", "start": NOON.isoformat(), "end": (NOON + timedelta(days=1)).isoformat()}
    lines = site.http().get("/api/v1/summary.csv", params=asked).text.splitlines()
    told = site.http().get("/api/v1/summary", params=asked).json()
    assert len(lines) == len(told["lines"]) + 1
    assert f",{told['lines'][0]['passages']['mask']}," in lines[1]

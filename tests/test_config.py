"""Settings of a site: what is read, and what is said of every fault."""

import os
import re
from pathlib import Path

import pytest

from maskwatch.config import DEFAULT_RULES, Camera, ShareRule, initial_site, load_site
from maskwatch.config.toml_lines import line_of, lines_of
from maskwatch.errors import UserError

CAMERA = '[[cameras]]\nname = "door"\naddress = "demo"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    """What is said of a faulty file, without its path."""
    path = write(folder, text)
    with pytest.raises(UserError) as caught:
        load_site(path, {})
    return [line.removeprefix(str(path)).removeprefix(":") for line in str(caught.value).splitlines()]


def test_the_file_that_init_writes_is_valid_and_shows_the_defaults(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, initial_site()), {})
    bare = load_site(write(tmp_path, CAMERA), {})
    assert site.model_dump(exclude={"cameras", "rules"}) == bare.model_dump(exclude={"cameras", "rules"})
    assert site.rules == bare.rules == DEFAULT_RULES


def test_every_line_that_init_comments_out_is_valid_too(tmp_path: Path) -> None:
    lines = []
    for line in initial_site().splitlines():
        bare = line.removeprefix("# ")
        is_setting = bare != line and re.match(r"\w+ = |\[\[|  \{|\]", bare)
        lines.append(bare if is_setting else line)
    text = "\n".join(lines).replace('address = "demo"\n', "")
    site = load_site(write(tmp_path, text), {"ENTRANCE_PASSWORD": "x"})
    camera = site.cameras[0]
    assert camera.rotate == 90
    assert camera.crop is not None
    assert camera.hardware_decoding == "vaapi"
    assert len(camera.black_out) == 1
    assert len(camera.zones[0].schedule) == 2
    assert camera.lines[0].name == "door"
    assert [rule.kind for rule in site.rules] == ["no_mask", "incorrect", "share_low", "count_high"]


def test_paths_are_meant_from_the_folder_of_the_file(tmp_path: Path) -> None:
    text = 'model = "own.onnx"\nstore = "data/watch.sqlite"\n' + CAMERA.replace("demo", "clip.mp4")
    site = load_site(write(tmp_path, text), {})
    assert site.model == str(tmp_path / "own.onnx")
    assert site.store == tmp_path / "data" / "watch.sqlite"
    assert site.cameras[0].address.get_secret_value() == str(tmp_path / "clip.mp4")


@pytest.mark.parametrize("address", ["rtsp://host/1", "http://host:80/a.mjpg", "0", "demo"])
def test_what_is_no_file_keeps_its_address(tmp_path: Path, address: str) -> None:
    site = load_site(write(tmp_path, CAMERA.replace("demo", address)), {})
    assert site.cameras[0].address.get_secret_value() == address


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # A misspelt setting, at every depth.
        ("frame_per_s = 3\n" + CAMERA, "1: frame_per_s: unknown setting; did you mean frames_per_s?"),
        (CAMERA + "rotat = 90", "4: cameras[1].rotat: unknown setting; did you mean rotate?"),
        (CAMERA + "crop = { lef = 0.1 }", "4: cameras[1].crop.lef: unknown setting; did you mean left?"),
        (
            CAMERA + '[[rules]]\nname = "x"\nkind = "no_mask"\nbelow = 0.5',
            "7: rules[1].below: unknown setting; there are cameras, cooldown_s, kind, name, zones.",
        ),
        # Values out of range or of another kind.
        ("retention_days = 0\n" + CAMERA, "1: retention_days: this should be greater than or equal to 1."),
        (CAMERA + "rotate = 45", "4: cameras[1].rotate: this should be 0, 90, 180 or 270."),
        ('time_zone = "Mars/X"\n' + CAMERA, "1: time_zone: there is no time zone 'Mars/X'; write one as Europe/Paris."),
        ('metrics = "9464"\n' + CAMERA, "1: metrics: an address to serve at is written as 127.0.0.1:9464."),
        # Shapes.
        (
            CAMERA + '[[cameras.zones]]\nname = "z"\npolygon = [[0.1, 0.1], [0.9, 0.9]]',
            "6: cameras[1].zones[1].polygon: a polygon has three corners or more, this one has 2.",
        ),
        (
            CAMERA + '[[cameras.zones]]\nname = "z"\npolygon = [[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]]',
            "6: cameras[1].zones[1].polygon: the corners of this polygon enclose (almost) nothing.",
        ),
        (
            CAMERA + '[[cameras.zones]]\nname = "z"\npolygon = [\n [0.1, 0.1],\n [320, 0.1],\n [0.9, 0.9]]',
            "6: cameras[1].zones[1].polygon[2][1]: this should be less than or equal to 1.",
        ),
        (
            CAMERA + '[[cameras.lines]]\nname = "l"\nstart = [0.5, 0.5]\nend = [0.5, 0.5]',
            "4: cameras[1].lines[1]: start and end of a line are two places.",
        ),
        # Times.
        (
            CAMERA
            + '[[cameras.zones]]\nname = "z"\npolygon = [[0,0],[1,0],[1,1]]\nschedule = [{ start = "7" }]',
            '7: cameras[1].zones[1].schedule[1].start: a time is written as "07:30".',
        ),
        # Between tables.
        (CAMERA + CAMERA, "5: cameras[2].name: the name 'door' is given twice among the cameras."),
        (
            CAMERA + '[[rules]]\nname = "x"\nkind = "no_mask"\ncameras = ["dor"]',
            "7: rules[1].cameras: there is no camera named 'dor'; did you mean door?",
        ),
        (
            CAMERA + '[[rules]]\nname = "x"\nkind = "no_mask"\nzones = ["hall"]',
            "7: rules[1].zones: there is no zone named 'hall'; there is none.",
        ),
        (
            CAMERA + '[[rules]]\nname = "x"',
            "4: rules[1]: kind is missing; it is one of no_mask, incorrect, share_low, count_high.",
        ),
        (CAMERA + '[[rules]]\nname = "x"\nkind = "share_low"', "4: rules[1].below: this setting is missing."),
        ("", " cameras: this setting is missing."),
        ("cameras = []", "1: cameras: Tuple should have at least 1 item after validation, not 0."),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line_and_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    assert faults(tmp_path, text) == [said]


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = 'scor = 0.3\n[[cameras]]\nname = ""\naddress = 3\n' + CAMERA + "frames_per_s = 0\n"
    assert [line.split(":")[0] for line in faults(tmp_path, text)] == ["1", "3", "4", "8"]


def test_broken_toml_and_a_missing_file_are_one_sentence(tmp_path: Path) -> None:
    assert "line 1" in faults(tmp_path, "a = = 1")[0]
    with pytest.raises(UserError, match="--init"):
        load_site(tmp_path / "none.toml")


class TestSecrets:
    TEXT = '[[cameras]]\nname = "a"\naddress = "rtsp://viewer:${PASS}@host:554/live?x=${KEY}"\n'

    def address(self, folder: Path, environment: dict[str, str]) -> str:
        return load_site(write(folder, self.TEXT), environment).cameras[0].address.get_secret_value()

    def test_come_from_the_environment_before_the_file(self, tmp_path: Path) -> None:
        secrets = tmp_path / "secrets.toml"
        secrets.write_text('PASS = "of-file"\nKEY = "k"\n')
        secrets.chmod(0o600)
        assert self.address(tmp_path, {}) == "rtsp://viewer:of-file@host:554/live?x=k"
        assert self.address(tmp_path, {"PASS": "own"}) == "rtsp://viewer:own@host:554/live?x=k"

    def test_may_hold_any_character(self, tmp_path: Path) -> None:
        assert (
            self.address(tmp_path, {"PASS": "a@b/c:d", "KEY": "1"}) == "rtsp://viewer:a%40b%2Fc%3Ad@host:554/live?x=1"
        )

    def test_may_be_the_whole_address(self, tmp_path: Path) -> None:
        text = '[[cameras]]\nname = "a"\naddress = "${CAMERA}"\n'
        site = load_site(write(tmp_path, text), {"CAMERA": "rtsp://u:p@host/1"})
        assert site.cameras[0].address.get_secret_value() == "rtsp://u:p@host/1"

    def test_that_are_missing_are_named_with_the_line(self, tmp_path: Path) -> None:
        said = "3: cameras[1].address: PASS, KEY is neither in the environment nor in secrets.toml."
        assert faults(tmp_path, self.TEXT) == [said]

    @pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
    def test_that_others_may_read_are_refused(self, tmp_path: Path, mode: int) -> None:
        (tmp_path / "secrets.toml").write_text('PASS = "x"\n')
        (tmp_path / "secrets.toml").chmod(mode)
        with pytest.raises(UserError, match="chmod 600"):
            self.address(tmp_path, {"PASS": "y", "KEY": "z"})

    @pytest.mark.parametrize("text", ["PASS = 5", "PASS = hunter2", "[PASS]\nx = 1"])
    def test_that_are_no_texts_are_refused_without_being_shown(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "secrets.toml").write_text(text)
        (tmp_path / "secrets.toml").chmod(0o600)
        with pytest.raises(UserError) as caught:
            self.address(tmp_path, {})
        assert "hunter2" not in str(caught.value)

    def test_never_show(self, tmp_path: Path) -> None:
        site = load_site(write(tmp_path, self.TEXT), {"PASS": "hunter2", "KEY": "k3y"})
        shown = f"{site!r} {site} {site.model_dump_json()} {site.cameras[0]!r}"
        assert "hunter2" not in shown
        assert "k3y" not in shown

    def test_are_not_repeated_by_a_fault_of_the_same_camera(self, tmp_path: Path) -> None:
        path = write(tmp_path, self.TEXT + "rotate = 1\n")
        with pytest.raises(UserError) as caught:
            load_site(path, {"PASS": "hunter2", "KEY": "k3y"})
        assert "hunter2" not in str(caught.value)


def test_a_camera_may_differ_from_its_site(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, CAMERA + "frames_per_s = 12\n" + CAMERA.replace("door", "hall")), {})
    assert [site.frames_per_s_of(camera) for camera in site.cameras] == [12, 5]
    assert [site.min_face_px_of(camera) for camera in site.cameras] == [20, 20]


def test_no_rules_is_not_the_default_rules(tmp_path: Path) -> None:
    assert load_site(write(tmp_path, "rules = []\n" + CAMERA), {}).rules == ()


def test_settings_cannot_be_changed_after_reading() -> None:
    camera = Camera.model_validate({"name": "a", "address": "0"})
    with pytest.raises(ValueError, match="frozen"):
        camera.name = "b"  # type: ignore[misc]


def test_a_rule_has_the_settings_of_its_kind(tmp_path: Path) -> None:
    rule = load_site(write(tmp_path, CAMERA + '[[rules]]\nname = "few"\nkind = "share_low"\nbelow = 0.8'), {}).rules[0]
    assert isinstance(rule, ShareRule)
    assert rule.below == 0.8


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("a = 1\nb = 2", ("b",), 2),
        ("a = [\n1,\n2]\nb = 2", ("b",), 4),
        ("a = [\n1,\n2]\nb = 2", ("a", 1), 1),
        ('a = """\n[x]\nb = 1\n"""\nb = 2', ("b",), 5),
        ("a = '''\n# ]\n'''\nb = 2", ("b",), 4),
        ('a = "x # ["\nb = 2', ("b",), 2),
        ("# [no]\n[yes] # ]\nb = 2", ("yes", "b"), 3),
        ("[[t]]\nx = 1\n[[t]]\nx = 1", ("t", 1, "x"), 4),
        ("[[t]]\n[[t.u]]\n[[t]]\n[[t.u]]\n[[t.u]]\nx = 1", ("t", 1, "u", 1, "x"), 6),
        ("[[t]]\n[t.s]\nx = 1", ("t", 0, "s", "x"), 3),
        ('"a.b" = 1\n[c."d e"]\nx = 1', ("c", "d e", "x"), 3),
        ("a = 1", ("none",), None),
    ],
)
def test_lines_of_settings_are_found(text: str, place: tuple[str | int, ...], line: int | None) -> None:
    assert line_of(place, lines_of(text)) == line

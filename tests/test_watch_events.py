"""Rules and the ledger of events: which conditions hold, and what becomes of them over time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskwatch.config import CountRule, FaceRule, Rule, ShareRule
from maskwatch.watching.events import Ledger
from maskwatch.watching.nouns import Event, EventKind, Moment, Passage, State
from maskwatch.watching.rules import Condition, Situation, Standing, conditions
from maskwatch.watching.zones import Area, Presence

BARE = FaceRule(name="bare", kind="no_mask", cooldown_s=0)
DESK = Area("desk")
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(time_s: float) -> Moment:
    return Moment(START + timedelta(seconds=time_s), 500 + time_s)


def standing(
    track: int, state: State, entered_s: float | None = 0.0, since_s: float = 0.0, zone: str = "desk"
) -> Standing:
    stay = Presence() if entered_s is None else Presence(500 + entered_s, 500 + entered_s)
    return Standing(track, state, 500 + since_s, 0.8, {zone: stay})


def holding(
    rule: Rule,
    people: Sequence[Standing],
    now_s: float = 10.0,
    area: Area = DESK,
    passed: Sequence[tuple[float, Passage]] = (),
) -> list[Condition]:
    return list(conditions([rule], Situation(500 + now_s, [area], people, passed)))


@pytest.mark.parametrize(
    ("kind", "person", "area", "holds"),
    [
        ("no_mask", standing(1, State.NO_MASK), Area("desk"), True),
        ("no_mask", standing(1, State.MASK), Area("desk"), False),
        ("no_mask", standing(1, State.UNSURE), Area("desk"), False),
        ("no_mask", standing(1, State.INCORRECT), Area("desk"), False),
        ("incorrect", standing(1, State.INCORRECT), Area("desk"), True),
        ("incorrect", standing(1, State.NO_MASK), Area("desk"), False),
        ("no_mask", standing(1, State.NO_MASK), Area("desk", mask_required=False), False),
        ("no_mask", standing(1, State.NO_MASK, entered_s=None), Area("desk"), False),  # not in the zone
        ("no_mask", standing(1, State.NO_MASK, entered_s=8.5), Area("desk", minimum_dwell_s=2), False),
        ("no_mask", standing(1, State.NO_MASK, entered_s=8.0), Area("desk", minimum_dwell_s=2), True),
    ],
)
def test_who_breaks_a_face_rule(kind: str, person: Standing, area: Area, holds: bool) -> None:
    rule = FaceRule.model_validate({"name": "r", "kind": kind})
    assert bool(holding(rule, [person], area=area)) is holds


@pytest.mark.parametrize(("entered_s", "since_s", "began_s"), [(2.0, 5.0, 5.0), (6.0, 5.0, 6.0)])
def test_it_is_broken_since_the_state_or_the_entry_whichever_came_later(
    entered_s: float, since_s: float, began_s: float
) -> None:
    (condition,) = holding(BARE, [standing(1, State.NO_MASK, entered_s, since_s)])
    assert condition.since_s == 500 + began_s


@pytest.mark.parametrize(("zones", "holds"), [((), True), (("desk",), True), (("hall",), False)])
def test_a_rule_keeps_to_its_zones(zones: tuple[str, ...], holds: bool) -> None:
    rule = FaceRule(name="r", kind="no_mask", zones=zones)
    assert bool(holding(rule, [standing(1, State.NO_MASK)])) is holds


@pytest.mark.parametrize(
    ("states", "count"), [([], 0), (["mask"] * 2, 0), (["mask", "no_mask", "unsure"], 3), (["unsure"] * 5, 5)]
)
def test_a_crowd_is_more_than_so_many_whatever_their_state(states: list[str], count: int) -> None:
    people = [standing(number, State(state)) for number, state in enumerate(states)]
    found = holding(CountRule(name="crowd", kind="count_high", above=2), [*people, standing(99, State.MASK, None)])
    assert [condition.details["count"] for condition in found] == ([count] if count > 2 else [])


def passage(state: str, zone: str | None = "desk", over_s: float = 9.0) -> tuple[float, Passage]:
    return 500 + over_s, Passage("door", zone, 1, at(over_s - 1).utc, at(over_s).utc, 1.0, State(state))


@pytest.mark.parametrize(
    ("passed", "share"),
    [
        ([passage("mask")] * 7 + [passage("no_mask")] * 3, 0.7),
        ([passage("mask")] * 8 + [passage("no_mask")] * 2, None),  # just at the limit
        ([passage("mask")] * 5 + [passage("no_mask")] * 4, None),  # too few
        ([passage("mask")] * 6 + [passage("incorrect")] * 4, 0.6),  # worn wrongly is not worn
        ([passage("mask")] * 9 + [passage("no_mask")] * 1 + [passage("unsure")] * 9, None),  # unsure is left out
        ([passage("no_mask", over_s=-1.0)] * 9 + [passage("mask")] * 10, None),  # over before the period
        ([passage("no_mask", zone="hall")] * 9 + [passage("mask")] * 10, None),  # elsewhere
    ],
)
def test_a_low_share_is_of_enough_judged_passages_of_the_period(
    passed: list[tuple[float, Passage]], share: float | None
) -> None:
    rule = ShareRule(name="few", kind="share_low", below=0.8, period_s=10, minimum_passages=10)
    found = holding(rule, [], passed=passed)
    assert [condition.details["share"] for condition in found] == ([] if share is None else [share])
    assert all(c.details["low"] < c.details["share"] < c.details["high"] for c in found)


def condition(track: int = 1, since_s: float = 0.0, **changes: object) -> Condition:
    base = Condition(EventKind.NO_MASK, "bare", "desk", track, 0.0, 500 + since_s, 0.0, 3.0, 0.7)
    return replace(base, **changes)  # type: ignore[arg-type]


def played(
    ledger: Ledger, frames: Sequence[tuple[float, Sequence[Condition]]]
) -> tuple[list[tuple[float, Event]], list[tuple[float, Event]]]:
    """Events that began and ended, with when it was told."""
    began, ended = [], []
    for time_s, held in frames:
        new, over = ledger.step(held, at(time_s))
        began += [(time_s, event) for event in new]
        ended += [(time_s, event) for event in over]
    return began, ended


class TestLedger:
    def test_an_event_begins_once_and_ends_when_its_condition_last_held(self) -> None:
        held = [(index / 2, [condition(since_s=0.0)] if index < 5 else []) for index in range(20)]
        began, ended = played(Ledger("door"), held)
        assert [time_s for time_s, _ in began] == [0.0]
        assert [time_s for time_s, _ in ended] == [5.0]  # three seconds of grace
        (_, first), (_, last) = began[0], ended[0]
        assert (first.id, first.began, first.ended) == (last.id, START, None)
        assert last.ended == at(2.0).utc
        assert last.duration_s == pytest.approx(2.0)

    def test_it_begins_when_the_condition_did_not_when_it_was_noticed(self) -> None:
        began, _ = played(Ledger("door"), [(5.0, [condition(since_s=4.2)])])
        assert began[0][1].began == at(4.2).utc

    def test_a_break_shorter_than_the_grace_is_no_end(self) -> None:
        frames = [(time_s, [] if 2 <= time_s < 4 else [condition()]) for time_s in (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)]
        began, ended = played(Ledger("door"), frames)
        assert (len(began), len(ended)) == (1, 0)

    @pytest.mark.parametrize(("state", "ends"), [(State.MASK, True), (State.INCORRECT, True), (State.NO_MASK, False)])
    def test_whoever_is_known_to_be_in_another_state_is_not_waited_for(self, state: State, ends: bool) -> None:
        ledger = Ledger("door")
        ledger.step([condition(1)], at(0.0), {1: State.NO_MASK})
        _, over = ledger.step([], at(1.0), {1: state, 2: State.MASK})
        assert [event.ended for event in over] == ([at(0.0).utc] if ends else [])

    def test_the_best_score_is_kept(self) -> None:
        frames = [(0.0, [condition()]), (1.0, [condition(score=0.9)]), (2.0, [condition(score=0.5)]), (6.0, [])]
        _, ended = played(Ledger("door"), frames)
        assert ended[0][1].score == 0.9

    def test_what_has_to_last_is_told_when_it_has_and_dated_from_its_beginning(self) -> None:
        frames = [(time_s, [condition(since_s=time_s, takes_s=2.0)]) for time_s in (0.0, 1.0, 2.0)]
        began, _ = played(Ledger("door"), frames)
        assert [(time_s, event.began) for time_s, event in began] == [(2.0, START)]

    def test_what_does_not_last_is_not_told_and_starts_anew(self) -> None:
        frames = [
            (time_s, [] if time_s == 1.0 else [condition(since_s=time_s, takes_s=2.0)])
            for time_s in (0.0, 1.0, 2.0, 3.0)
        ]
        assert played(Ledger("door"), frames) == ([], [])

    def test_in_a_cool_down_others_wait_and_are_told_of(self) -> None:
        cool = {"cooldown_s": 10.0}
        frames = [
            (0.0, [condition(1, **cool)]),
            (1.0, [condition(2, 1.0, **cool), condition(3, 1.0, **cool)]),
            (11.0, [condition(2, 1.0, **cool)]),  # still there when it is over
        ]
        began, _ = played(Ledger("door"), frames)
        assert [(time_s, event.track) for time_s, event in began] == [(0.0, 1), (11.0, 2)]
        assert began[1][1].details == {"rule": "bare", "held_back": 1}
        assert began[1][1].began == at(1.0).utc

    @pytest.mark.parametrize(("change", "count"), [({}, 1), ({"rule": "other"}, 2), ({"zone": "hall"}, 2)])
    def test_cool_downs_are_per_rule_and_zone(self, change: dict[str, str], count: int) -> None:
        first = condition(1, cooldown_s=60.0)
        second = replace(condition(2, cooldown_s=60.0), **change)  # type: ignore[arg-type]
        began, _ = played(Ledger("door"), [(0.0, [first]), (1.0, [first, second])])
        assert len(began) == count

    def test_finishing_ends_everything_where_it_last_held(self) -> None:
        ledger = Ledger("door")
        played(ledger, [(0.0, [condition(1), condition(2)]), (1.0, [condition(1)])])
        ended = ledger.finish(at(2.0))
        assert [(event.track, event.duration_s) for event in ended] == [(1, 1.0), (2, 0.0)]
        assert ledger.lasting == []

    def test_the_same_events_have_the_same_ids_and_others_have_others(self) -> None:
        def ids(camera: str, track: int, since_s: float) -> list[str]:
            return [event.id for _, event in played(Ledger(camera), [(5.0, [condition(track, since_s)])])[0]]

        assert ids("door", 1, 0.0) == ids("door", 1, 0.0)
        assert (
            len({ids(*each)[0] for each in (("door", 1, 0.0), ("hall", 1, 0.0), ("door", 2, 0.0), ("door", 1, 0.5))})
            == 4
        )

    def test_a_clock_on_the_wall_that_is_set_bends_no_duration(self) -> None:
        ledger = Ledger("door")
        ledger.step([condition()], at(0.0))
        jumped = Moment(at(4.0).utc - timedelta(hours=1), at(4.0).clock_s)
        (event,) = ledger.step([], jumped)[1]
        assert event.duration_s == 0.0

    @settings(deadline=None)
    @given(st.lists(st.sets(st.integers(1, 4)), max_size=40), st.sampled_from([0.0, 2.0, 7.0]))
    def test_every_event_that_begins_ends_once_and_never_before_it_began(
        self, present: list[set[int]], cooldown_s: float
    ) -> None:
        ledger = Ledger("door")
        frames = [
            (float(index), [condition(track, float(index), cooldown_s=cooldown_s) for track in sorted(tracks)])
            for index, tracks in enumerate(present)
        ]
        began, ended = played(ledger, frames)
        over = [event for _, event in ended] + ledger.finish(at(len(present)))
        assert sorted(event.id for _, event in began) == sorted(event.id for event in over)
        assert all(event.ended is not None and event.ended >= event.began for event in over)
        times = sorted(time_s for time_s, _ in began)
        assert all(b - a >= cooldown_s for a, b in zip(times, times[1:], strict=False))

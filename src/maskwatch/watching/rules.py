"""What the rules of a site find to be so at a moment: pure functions, with no memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maskwatch.config import CountRule, FaceRule, Rule, ShareRule
from maskwatch.watching.nouns import EventKind, Passage, State
from maskwatch.watching.passages import GONE_AFTER_S
from maskwatch.watching.summary import wilson
from maskwatch.watching.zones import Area, Presence, present

# A crowd is over when it was smaller for as long as it took to be one, but for this at least.
_COUNT_LINGERS_S = 1.0
# A share that moves about its limit is one event, not twenty.
_SHARE_LINGERS = 0.1


@dataclass(frozen=True)
class Condition:
    """Something that a rule finds to be so in a frame.

    Attributes:
        rule: the rule's name; with zone and track it tells conditions apart.
        since_s: since when it has been so.
        takes_s: so long it has to be so before it is an event.
        lingers_s: for so long it may not be so without being over.
        score: how certain, 0..1, or None.
    """

    kind: EventKind
    rule: str
    zone: str | None
    track: int | None
    cooldown_s: float
    since_s: float
    takes_s: float
    lingers_s: float
    score: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """Somebody who is in the picture.

    Attributes:
        state: what is declared; since_s: since when that probably holds.
        score: class score of that state in this frame, 0..1.
        stays: presence by the name of the zone.
    """

    track: int
    state: State
    since_s: float
    score: float
    stays: Mapping[str | None, Presence]


@dataclass(frozen=True)
class Situation:
    """All that the rules of a camera look at: the time, the zones that count now, who is there, who has passed.

    `passed` holds passages with the time by the camera's clock at which each was over.
    """

    now_s: float
    areas: Sequence[Area]
    standings: Sequence[Standing]
    passed: Sequence[tuple[float, Passage]]


def conditions(rules: Iterable[Rule], situation: Situation) -> Iterator[Condition]:
    """Everything that any rule finds."""
    for rule in rules:
        areas = [area for area in situation.areas if not rule.zones or area.name in rule.zones]
        for area in areas:
            if isinstance(rule, FaceRule):
                yield from _faces(rule, area, situation)
            elif isinstance(rule, ShareRule):
                yield from _share(rule, area, situation)
            else:
                yield from _count(rule, area, situation)


def _faces(rule: FaceRule, area: Area, situation: Situation) -> Iterator[Condition]:
    """Whoever is in the zone without a mask, or with one worn wrongly, where it is required."""
    for each in situation.standings if area.mask_required else ():
        stay = each.stays[area.name]
        if each.state == rule.kind and present(stay, area, situation.now_s):
            assert stay.entered_s is not None  # who is present has come in
            yield Condition(
                kind=EventKind(rule.kind),
                rule=rule.name,
                zone=area.name,
                track=each.track,
                cooldown_s=rule.cooldown_s,
                since_s=max(each.since_s, stay.entered_s),
                takes_s=0.0,
                lingers_s=GONE_AFTER_S,
                score=each.score,
            )


def _share(rule: ShareRule, area: Area, situation: Situation) -> Iterator[Condition]:
    """Too few masks among the passages of the last while; who could not be judged is left out."""
    states = [
        passage.state
        for over_s, passage in situation.passed
        if over_s > situation.now_s - rule.period_s and passage.zone == area.name and passage.state is not State.UNSURE
    ]
    wearing = wilson(states.count(State.MASK), len(states))
    if len(states) >= rule.minimum_passages and wearing.share is not None and wearing.share < rule.below:
        yield Condition(
            kind=EventKind.SHARE_LOW,
            rule=rule.name,
            zone=area.name,
            track=None,
            cooldown_s=rule.cooldown_s,
            since_s=situation.now_s,
            takes_s=0.0,
            lingers_s=rule.period_s * _SHARE_LINGERS,
            details={
                "passages": len(states),
                "share": round(wearing.share, 4),
                "low": round(wearing.low or 0.0, 4),
                "high": round(wearing.high or 0.0, 4),
            },
        )


def _count(rule: CountRule, area: Area, situation: Situation) -> Iterator[Condition]:
    """Too many faces at a time."""
    count = sum(present(each.stays[area.name], area, situation.now_s) for each in situation.standings)
    if count > rule.above:
        yield Condition(
            kind=EventKind.COUNT_HIGH,
            rule=rule.name,
            zone=area.name,
            track=None,
            cooldown_s=rule.cooldown_s,
            since_s=situation.now_s,
            takes_s=rule.duration_s,
            lingers_s=max(rule.duration_s, _COUNT_LINGERS_S),
            details={"count": count},
        )

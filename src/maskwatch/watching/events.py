"""From what holds at each moment to events with a beginning and an end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from uuid import NAMESPACE_URL, uuid5

from maskwatch.watching.nouns import Event, Moment, State
from maskwatch.watching.rules import Condition

Key = tuple[str, str | None, int | None]
Cooling = tuple[str, str | None]

_NOBODY: Mapping[int, State] = MappingProxyType({})


@dataclass
class _Open:
    """An event that lasts, and when its condition was last so."""

    event: Event
    began_s: float
    last_s: float
    lingers_s: float


@dataclass
class _Cooldown:
    """When a rule last spoke in a zone, and whom it has passed over since."""

    spoke_s: float
    held_back: set[Key] = field(default_factory=set)


class Ledger:
    """The events of one camera: which last, which are cooling down. Fed with conditions; knows no clock."""

    def __init__(self, camera: str) -> None:
        self._camera = camera
        self._open: dict[Key, _Open] = {}
        self._waiting: dict[Key, float] = {}
        self._cooldowns: dict[Cooling, _Cooldown] = {}

    def step(
        self, conditions: Iterable[Condition], moment: Moment, declared: Mapping[int, State] = _NOBODY
    ) -> tuple[list[Event], list[Event]]:
        """Events that begin and events that are over.

        Args:
            conditions: all that holds at the moment.
            declared: states of the tracks of which one is declared now; whoever is known to be in another state
                than an event says is not waited for.
        """
        now_s = moment.clock_s
        holding = {(each.rule, each.zone, each.track): each for each in conditions}
        self._waiting = {key: self._waiting.get(key, each.since_s) for key, each in holding.items()}
        began = []
        for key, condition in holding.items():
            if key in self._open:
                self._go_on(self._open[key], condition, now_s)
            elif now_s - self._waiting[key] >= condition.takes_s and self._may_speak(key, condition, now_s):
                began.append(self._begin(key, condition, moment))
        over = [
            key
            for key, each in self._open.items()
            if now_s - each.last_s >= each.lingers_s or _is_refuted(each.event, declared)
        ]
        return began, [self._end(key, moment) for key in over]

    def finish(self, moment: Moment) -> list[Event]:
        """End all that lasts, when the camera is no longer watched."""
        self._waiting.clear()
        return [self._end(key, moment) for key in list(self._open)]

    @property
    def lasting(self) -> Sequence[Event]:
        """Events that have begun and are not over."""
        return [each.event for each in self._open.values()]

    def _go_on(self, lasting: _Open, condition: Condition, now_s: float) -> None:
        lasting.last_s = now_s
        scores = [score for score in (lasting.event.score, condition.score) if score is not None]
        lasting.event = replace(lasting.event, score=max(scores, default=None))

    def _may_speak(self, key: Key, condition: Condition, now_s: float) -> bool:
        cooldown = self._cooldowns.get(key[:2])
        if cooldown is None or now_s - cooldown.spoke_s >= condition.cooldown_s:
            return True
        cooldown.held_back.add(key)
        return False

    def _begin(self, key: Key, condition: Condition, moment: Moment) -> Event:
        began_s = self._waiting[key]
        began = moment.earlier(moment.clock_s - began_s).utc
        last = self._cooldowns.get(key[:2])
        held_back = len(last.held_back - {key}) if last else 0
        details = {"rule": condition.rule, **condition.details} | ({"held_back": held_back} if held_back else {})
        name = "/".join(str(part) for part in (self._camera, *key, began.isoformat()))
        event = Event(
            id=str(uuid5(NAMESPACE_URL, f"maskwatch:{name}")),  # of what it is, so that a replay gives the same
            kind=condition.kind,
            camera=self._camera,
            zone=condition.zone,
            track=condition.track,
            began=began,
            score=condition.score,
            details=details,
        )
        self._open[key] = _Open(event, began_s, moment.clock_s, condition.lingers_s)
        self._cooldowns[key[:2]] = _Cooldown(moment.clock_s)
        return event

    def _end(self, key: Key, moment: Moment) -> Event:
        over = self._open.pop(key)
        ended = moment.earlier(moment.clock_s - over.last_s).utc
        return replace(over.event, ended=ended, duration_s=over.last_s - over.began_s)


def _is_refuted(event: Event, declared: Mapping[int, State]) -> bool:
    """Whether the face that an event is about is known to be in another state."""
    return event.track is not None and declared.get(event.track, event.kind) != event.kind

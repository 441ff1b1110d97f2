"""Growing pauses after wrong passwords: for who guesses, and for who is guessed at."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_FREE = 3
_FIRST_S, _LONGEST_S = 1.0, 900.0
_FORGOTTEN_S = 3600.0
_MOST = 10_000


@dataclass
class _Failures:
    count: int
    last_s: float

    @property
    def pause_s(self) -> float:
        return 0.0 if self.count < _FREE else min(_LONGEST_S, _FIRST_S * 2.0 ** (self.count - _FREE))


@dataclass
class Pauses:
    """Failures by whatever they are counted by; the third in a row is followed by a second's pause, each next by two
    times as long, up to a quarter of an hour."""

    now: Callable[[], float] = time.monotonic
    _failures: OrderedDict[str, _Failures] = field(default_factory=OrderedDict, init=False)

    def left_s(self, keys: Sequence[str]) -> float:
        """Seconds until any of these may try again."""
        now_s = self.now()
        known = [self._failures[key] for key in keys if key in self._failures]
        return max((each.last_s + each.pause_s - now_s for each in known), default=0.0)

    def failed(self, keys: Sequence[str]) -> None:
        now_s = self.now()
        for key in keys:
            before = self._failures.pop(key, None)
            again = before is not None and now_s - before.last_s < _FORGOTTEN_S
            self._failures[key] = _Failures(before.count + 1 if again and before else 1, now_s)
            if len(self._failures) > _MOST:
                self._failures.popitem(last=False)

    def succeeded(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._failures.pop(key, None)

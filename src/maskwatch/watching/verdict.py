"""From many looks at a face to a state that is declared, kept and withdrawn.

Evidence for each state is gathered over time, not over frames, so that a camera of 10 frames/s comes to the same
verdict at the same time as one of 5. It is a cumulative sum test (Page, "Continuous inspection schemes", 1954)
with a slow leak: it never falls below nothing, so that a change of state is noticed as soon as a new face would
be judged, however long the old state lasted.
"""

import math
from dataclasses import dataclass, replace

from maskwatch.watching.evidence import LOUDEST, STATES, Triple
from maskwatch.watching.nouns import Doubt, State

# Evidence in log-odds times seconds. A look that speaks as loud as it may declares a state in 0.4 s.
DECLARED_FROM = 0.8
WITHDRAWN_BELOW = 0.25
_MOST = 1.2
# Evidence that nothing renews halves in about three seconds.
_LEAK_S = 4.0
# A look counts for the time since the last one, up to this: what was not seen is not known. With it, one look
# is worth at most 0.5, so one wrong frame never declares anything, at whatever frame rate.
LONGEST_LOOK_S = 0.25
# So long a face may be looked at before it is said to be contradictory.
_NEW_FOR_S = 1.5

assert LOUDEST * LONGEST_LOOK_S < DECLARED_FROM


@dataclass(frozen=True)
class Verdict:
    """What is thought of a face.

    Attributes:
        evidence: one number a state, in the order of `STATES`.
        rose_s: when each evidence last began to rise from nothing: the best guess of when that state began.
        state: what is declared.
        doubt: why nothing is.
        judged_s: for how long it was looked at with any weight.
    """

    evidence: tuple[float, ...] = (0.0,) * len(STATES)
    rose_s: tuple[float, ...] = (math.inf,) * len(STATES)
    state: State = State.UNSURE
    doubt: Doubt | None = Doubt.NEW
    judged_s: float = 0.0

    def began_s(self) -> float | None:
        """Since when the declared state probably holds."""
        return None if self.state is State.UNSURE else self.rose_s[STATES.index(self.state)]


def observe(
    verdict: Verdict, voices: Triple, weight: float, why_not: Doubt | None, now_s: float, elapsed_s: float
) -> Verdict:
    """The verdict after one more look.

    Args:
        verdict: before it.
        voices: how far the look speaks for each state.
        weight: how much it counts, 0..1.
        why_not: what makes it worthless, if it is.
        now_s: the frame's time.
        elapsed_s: since the last look at this face.
    """
    looked_s = min(elapsed_s, LONGEST_LOOK_S)
    unseen = math.exp(-(elapsed_s - looked_s) / _LEAK_S)
    evidence, rose_s = [], []
    for before, since_s, voice in zip(verdict.evidence, verdict.rose_s, voices, strict=True):
        after = min(_MOST, max(0.0, _leaking_sum(before * unseen, voice * weight, looked_s)))
        evidence.append(after)
        rose_s.append(math.inf if after == 0 else now_s - looked_s if before == 0 else since_s)
    gathered = replace(
        verdict,
        evidence=tuple(evidence),
        rose_s=tuple(rose_s),
        judged_s=verdict.judged_s + (looked_s if weight > 0 else 0.0),
    )
    return _decided(gathered, why_not)


def _leaking_sum(before: float, drive: float, seconds: float) -> float:
    """The exact solution of d evidence / dt = drive - evidence / leak, so that splitting a time changes nothing."""
    kept = math.exp(-seconds / _LEAK_S)
    return before * kept + drive * _LEAK_S * (1 - kept)


def _decided(verdict: Verdict, why_not: Doubt | None) -> Verdict:
    strongest = max(range(len(STATES)), key=lambda each: verdict.evidence[each])
    if verdict.evidence[strongest] >= DECLARED_FROM:
        return replace(verdict, state=STATES[strongest], doubt=None)
    if verdict.state is not State.UNSURE and verdict.evidence[STATES.index(verdict.state)] >= WITHDRAWN_BELOW:
        return verdict
    new = Doubt.NEW if verdict.judged_s < _NEW_FOR_S else Doubt.CONTRADICTORY
    return replace(verdict, state=State.UNSURE, doubt=why_not or new)

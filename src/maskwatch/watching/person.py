"""Somebody in the picture: everything that is remembered of one passage while it lasts."""

from dataclasses import dataclass, field

from maskwatch.boxes import Floats
from maskwatch.watching.evidence import STATES, Look, Triple, trust, voices
from maskwatch.watching.nouns import Moment, Passage, State, Track
from maskwatch.watching.passages import Place, place_of
from maskwatch.watching.rules import Standing
from maskwatch.watching.verdict import Verdict, observe
from maskwatch.watching.zones import Area, Footing, Presence, stay


@dataclass
class Person:
    """One passage, from the first frame to the last.

    Attributes:
        number: the track's.
        began, last: moments of its first and its last frame.
        box: (4,) xyxy pixels, where it was last seen.
        looked_s: when it was last looked at, or known to be as it was.
        declared: the last state declared.
        stays: presence by the name of the zone.
        zone_s: for how long it was seen in each zone.
        footings: by the name of the line.
        scores: class scores of the last look, in the order of `STATES`.
    """

    number: int
    began: Moment
    last: Moment
    box: Floats
    looked_s: float
    observed_s: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)
    declared: State = State.UNSURE
    stays: dict[str | None, Presence] = field(default_factory=dict)
    zone_s: dict[str | None, float] = field(default_factory=dict)
    footings: dict[str, Footing] = field(default_factory=dict)
    scores: Triple = (0.0, 0.0, 0.0)

    @property
    def place(self) -> Place:
        return place_of(self.box, self.last.clock_s)

    def move(self, box: Floats, moment: Moment, longest_s: float) -> float:
        """Note where it is seen now; the seconds that this adds to what was seen of it."""
        seen_s = min(moment.clock_s - self.last.clock_s, longest_s)
        self.observed_s += seen_s
        self.box, self.last = box, moment
        return seen_s

    def look(self, look: Look, min_face_px: float) -> None:
        """Judge it by how it looks in the frame it was moved to."""
        now_s = self.last.clock_s
        weight, why_not = trust(look, min_face_px)
        elapsed_s = now_s - self.looked_s
        self.verdict = observe(self.verdict, voices(look.scores), weight, why_not, now_s, elapsed_s)
        self.looked_s, self.scores = now_s, look.scores
        if self.verdict.state is not State.UNSURE:
            self.declared = self.verdict.state

    def be_in(self, area: Area, is_inside: bool, seen_s: float) -> None:
        """Note whether it is in a zone."""
        self.stays[area.name] = stay(self.stays.get(area.name, Presence()), is_inside, self.last.clock_s)
        self.zone_s[area.name] = self.zone_s.get(area.name, 0.0) + (seen_s if is_inside else 0.0)

    def standing(self) -> Standing:
        """As the rules see it."""
        began_s = self.verdict.began_s()
        state = self.verdict.state
        score = 0.0 if state is State.UNSURE else self.scores[STATES.index(state)]
        since_s = self.last.clock_s if began_s is None else began_s
        return Standing(self.number, state, since_s, score, self.stays)

    def track(self, now_s: float) -> Track:
        """As it is shown."""
        x1, y1, x2, y2 = (float(edge) for edge in self.box)
        return Track(
            number=self.number,
            box=(x1, y1, x2, y2),
            state=self.verdict.state,
            doubt=self.verdict.doubt,
            score=max(self.scores),
            zones=tuple(name for name, each in self.stays.items() if name and each.entered_s is not None),
            seen=self.last.clock_s == now_s,
            observed_s=self.observed_s,
        )

    def passage(self, camera: str, min_observed_s: float) -> Passage:
        """As it is counted, in the zone in which it was seen longest."""
        zones = [(seconds, name) for name, seconds in self.zone_s.items() if seconds >= min_observed_s]
        zone = max(zones, key=lambda each: each[0])[1] if zones else None
        return Passage(
            camera=camera,
            zone=zone,
            track=self.number,
            began=self.last.earlier(self.last.clock_s - self.began.clock_s).utc,  # the wall's clock may have been set
            ended=self.last.utc,
            observed_s=self.observed_s,
            state=self.declared,
        )

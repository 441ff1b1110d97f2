"""The judgement of one camera: faces of successive frames in; tracks, events, passages and crossings out.

It knows no clock, thread, file or network: the same frames at the same moments give the same results, whether a
camera gives them or a recording.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maskwatch.config import Camera, Site
from maskwatch.detections import Detections
from maskwatch.watching.events import Ledger
from maskwatch.watching.evidence import Look, state_columns, state_scores, visible_share
from maskwatch.watching.following import Following, Sight
from maskwatch.watching.nouns import Crossing, Event, Moment, Passage, State, Track
from maskwatch.watching.passages import GONE_AFTER_S
from maskwatch.watching.person import Person
from maskwatch.watching.rules import Situation, conditions
from maskwatch.watching.schedule import is_active
from maskwatch.watching.sharpness import blur
from maskwatch.watching.tracking import FaceTracker, least_score
from maskwatch.watching.zones import Area, Footing, areas_of, step_over

Pixels = NDArray[np.uint8]

# Not seen for longer, somebody is no longer counted as being there.
_THERE_S = 1.0


@dataclass(frozen=True)
class StepResult:
    """What one frame has led to.

    Attributes:
        tracks: everybody followed, also those not seen in this frame.
        began, ended: events; one that ends has the id with which it began. Their `frame_age_s` is left to
            whoever has a clock.
        passages: of those who are gone, if they were seen for long enough.
        crossings: of lines.
    """

    tracks: tuple[Track, ...] = ()
    began: tuple[Event, ...] = ()
    ended: tuple[Event, ...] = ()
    passages: tuple[Passage, ...] = ()
    crossings: tuple[Crossing, ...] = ()


class Judgement:
    """Everything that is thought of one camera's picture.

    Args:
        camera: the camera's settings.
        site: the site's settings.
        class_names: the model's K classes, in the order of `data["class_scores"]`.
        default_score: the model's own least score; `site.score` takes its place.

    Attributes:
        least_score: from which score on the detector has to report faces.

    Raises:
        UserError: for a model that does not know the states, or a machine without what tracking needs.
    """

    def __init__(self, camera: Camera, site: Site, class_names: Sequence[str], default_score: float) -> None:
        self._camera, self._site = camera, site
        self._columns = state_columns(class_names)
        score = default_score if site.score is None else site.score
        frames_per_s = site.frames_per_s_of(camera)
        self.least_score = least_score(score)
        self._following = Following(FaceTracker(score, frames_per_s), 1 / frames_per_s)
        self._areas = areas_of(camera)
        self._rules = [rule for rule in site.rules if not rule.cameras or camera.name in rule.cameras]
        self._longest_rule_s = max((getattr(rule, "period_s", 0.0) for rule in self._rules), default=0.0)
        self._ledger = Ledger(camera.name)
        self._passed: list[tuple[float, Passage]] = []
        self._last: Moment | None = None
        self._faces = Detections.empty()
        self._size = (1, 1)

    def step(
        self, faces: Detections, moment: Moment, frame: Pixels | None = None, *, size: tuple[int, int] | None = None
    ) -> StepResult:
        """Judge a frame.

        Args:
            faces: what the detector found from `least_score` on, in pixels of the frame, with
                `data["class_scores"]` (N, K).
            moment: when the frame was taken. One that is not later than the last is passed over.
            frame: (H, W, 3) uint8 RGB, to tell how blurred faces are; without it that is not asked.
            size: width and height of the frame, where it is not given.
        """
        if frame is None and size is None:
            raise ValueError("without the frame its size has to be given")
        if self._last is not None and moment.clock_s <= self._last.clock_s:
            return self._result(self._last)
        if frame is not None:
            size = (frame.shape[1], frame.shape[0])
        self._faces, self._size = faces, size or self._size
        sights = self._following.step(faces, moment)
        for sight in sights:
            sight.person.look(self._look(sight, frame), self._site.min_face_px_of(self._camera))
        return self._conclude(sights, moment)

    def still(self, moment: Moment) -> StepResult:
        """Note that nothing has moved since the last frame: everybody is where they were, and as they were.

        Nothing is looked at again, so a frame that misled does not mislead more by standing still.
        """
        if self._last is None or moment.clock_s <= self._last.clock_s:
            return self._result(moment)
        sights = self._following.step(self._faces, moment)
        for sight in sights:
            sight.person.looked_s = moment.clock_s
        return self._conclude(sights, moment)

    def finish(self) -> StepResult:
        """End everything at the last frame: the camera was lost, the file is over, the watch stops."""
        if self._last is None:
            return StepResult()
        ended = self._ledger.finish(self._last)
        passages = self._passages(self._following.leave_all())
        self._remember(passages, self._last.clock_s)
        return StepResult(ended=tuple(ended), passages=passages)

    def _look(self, sight: Sight, frame: Pixels | None) -> Look:
        width, height = self._size
        box = sight.person.box
        return Look(
            scores=state_scores(sight.class_scores, self._columns),
            side_px=sight.person.place.side_px,
            visible=visible_share(box, width, height),
            blur=None if frame is None else blur(frame, box),
        )

    def _conclude(self, sights: Sequence[Sight], moment: Moment) -> StepResult:
        """All that follows once it is known who is where and what is thought of them."""
        active = [area for area in self._areas if is_active(area.schedule, moment.utc, self._site.zone_info)]
        crossings = [each for sight in sights for each in self._place(sight, active)]
        passages = self._passages(self._following.leave(moment.clock_s - GONE_AFTER_S))
        self._remember(passages, moment.clock_s)
        there = [person for person in self._following.people if moment.clock_s - person.last.clock_s <= _THERE_S]
        situation = Situation(moment.clock_s, active, [person.standing() for person in there], self._passed)
        declared = {each.track: each.state for each in situation.standings if each.state is not State.UNSURE}
        began, ended = self._ledger.step(conditions(self._rules, situation), moment, declared)
        self._last = moment
        return replace(
            self._result(moment),
            began=tuple(began),
            ended=tuple(ended),
            passages=passages,
            crossings=tuple(crossings),
        )

    def _place(self, sight: Sight, active: Sequence[Area]) -> list[Crossing]:
        """Note the zones somebody is in, and the lines just crossed."""
        person, place, (width, height) = sight.person, sight.person.place, self._size
        for area in self._areas:
            is_inside = area in active and area.holds((place.x / width, place.y / height))
            person.be_in(area, is_inside, sight.seen_s)
        crossings = []
        for line in self._camera.lines:
            before = person.footings.get(line.name, Footing())
            after, inward = step_over(before, line, self._size, (place.x, place.y), place.side_px)
            person.footings[line.name] = after
            if inward is not None:
                utc = person.last.utc
                crossing = Crossing(self._camera.name, line.name, person.number, utc, inward, person.declared)
                crossings.append(crossing)
        return crossings

    def _passages(self, gone: Sequence[Person]) -> tuple[Passage, ...]:
        least_s = self._site.min_observed_s
        return tuple(person.passage(self._camera.name, least_s) for person in gone if person.observed_s >= least_s)

    def _remember(self, passages: Sequence[Passage], now_s: float) -> None:
        self._passed = [
            each
            for each in [*self._passed, *((now_s, passage) for passage in passages)]
            if each[0] > now_s - self._longest_rule_s
        ]

    def _result(self, moment: Moment) -> StepResult:
        return StepResult(tracks=tuple(person.track(moment.clock_s) for person in self._following.people))

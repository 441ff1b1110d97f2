"""From looks to a declared state: tables of single looks, and properties of the sum over time."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskwatch.errors import UserError
from maskwatch.watching.evidence import LOUDEST, Look, Triple, state_columns, state_scores, trust, visible_share, voices
from maskwatch.watching.nouns import Doubt, State
from maskwatch.watching.verdict import LONGEST_LOOK_S, Verdict, observe

MASKED, BARE, WRONG = (0.9, 0.04, 0.03), (0.05, 0.88, 0.02), (0.1, 0.03, 0.8)
SIZE = 20.0
TRIPLES = st.tuples(*[st.floats(0, 1)] * 3)
NONE = (0.0, 0.0, 0.0)


def watch(verdict: Verdict, scores: Triple, seconds: float, frames_per_s: float, start_s: float) -> Verdict:
    """Look at a clear face with these scores for so long, from `start_s` on."""
    step = 1 / frames_per_s
    for index in range(round(seconds * frames_per_s)):
        verdict = observe(verdict, voices(scores), 1.0, None, start_s + (index + 1) * step, step)
    return verdict


def seconds_until(state: State, verdict: Verdict, scores: Triple, frames_per_s: float) -> float:
    """How long it takes to declare a state."""
    for index in range(200):
        verdict = watch(verdict, scores, 1 / frames_per_s, frames_per_s, index / frames_per_s)
        if verdict.state is state:
            return (index + 1) / frames_per_s
    return math.inf


@pytest.mark.parametrize("frames_per_s", [5, 10, 25])
@pytest.mark.parametrize(("scores", "state"), [(MASKED, "mask"), (BARE, "no_mask"), (WRONG, "incorrect")])
def test_a_clear_face_is_declared_within_the_time_promised(scores: Triple, state: str, frames_per_s: float) -> None:
    assert seconds_until(State(state), Verdict(), scores, frames_per_s) <= 0.7


@pytest.mark.parametrize("frames_per_s", [5, 10, 25])
@pytest.mark.parametrize("before_s", [1, 10, 60])
def test_a_change_of_state_is_declared_as_soon_however_long_the_old_one_lasted(
    before_s: float, frames_per_s: float
) -> None:
    masked = watch(Verdict(), MASKED, before_s, frames_per_s, 0)
    assert masked.state is State.MASK
    assert seconds_until(State.NO_MASK, masked, BARE, frames_per_s) <= 0.7


@settings(deadline=None)
@given(
    wrong=TRIPLES,
    gap_s=st.floats(0.01, 60),
    frames_per_s=st.sampled_from([1, 2, 5, 10, 30]),
    before_s=st.sampled_from([0.0, 0.4, 5.0]),
)
def test_one_wrong_frame_never_declares_anything(
    wrong: Triple, gap_s: float, frames_per_s: float, before_s: float
) -> None:
    before = watch(Verdict(), MASKED, before_s, frames_per_s, 0)
    after = observe(before, voices(wrong), 1.0, None, before_s + gap_s, gap_s)
    assert after.state in (before.state, State.UNSURE, State.MASK)
    assert after.state is not State.NO_MASK
    assert after.state is not State.INCORRECT


@settings(deadline=None)
@given(
    scores=TRIPLES,
    weight=st.floats(0, 1),
    seconds=st.floats(0.01, LONGEST_LOOK_S),
    share=st.floats(0, 1),
    held_s=st.sampled_from([0.0, 0.3, 2.0]),
)
def test_a_time_split_in_two_gives_the_same_evidence(
    scores: Triple, weight: float, seconds: float, share: float, held_s: float
) -> None:
    before = watch(Verdict(), BARE, held_s, 10, 0)
    voice = voices(scores)
    whole = observe(before, voice, weight, None, 10 + seconds, seconds)
    half = observe(before, voice, weight, None, 10 + share * seconds, share * seconds)
    split = observe(half, voice, weight, None, 10 + seconds, (1 - share) * seconds)
    assert whole.evidence == pytest.approx(split.evidence, abs=1e-9)


@settings(deadline=None)
@given(pieces=st.lists(st.tuples(st.sampled_from([MASKED, BARE, WRONG, (0.3, 0.25, 0.2)]), st.sampled_from([1, 2, 4]))))
def test_the_frame_rate_makes_no_difference(pieces: list[tuple[Triple, int]]) -> None:
    states = []
    for frames_per_s in (4, 8, 40):
        verdict, now_s = Verdict(), 0.0
        states.append([])
        for scores, seconds in pieces:
            verdict = watch(verdict, scores, seconds, frames_per_s, now_s)
            now_s += seconds
            states[-1].append(verdict.state)
    assert states[0] == states[1] == states[2]


@pytest.mark.parametrize("frames_per_s", [5, 10])
def test_nineteen_of_twenty_changes_are_declared_in_time_through_noise_and_misses(frames_per_s: float) -> None:
    """The limits of the issue: 1 s at 10 frames/s, 1.5 s at 5, with one frame in six missed and scores that vary."""
    chance, times = random.Random(5), []
    for _ in range(300):
        verdict = watch(Verdict(), MASKED, 3, frames_per_s, 0)
        last_s, index = 3.0, 0
        while verdict.state is not State.NO_MASK:
            index += 1
            if chance.random() < 1 / 6:
                continue
            now_s = 3 + index / frames_per_s
            bare = min(0.97, max(0.05, chance.gauss(0.7, 0.18)))
            look = (chance.uniform(0.02, 0.25), bare, chance.uniform(0.01, 0.1))
            verdict = observe(verdict, voices(look), 1.0, None, now_s, now_s - last_s)
            last_s = now_s
        times.append(last_s - 3)
    assert np.percentile(times, 95) <= {5: 1.5, 10: 1.0}[frames_per_s]


class TestWithdrawal:
    def test_a_state_is_kept_through_looks_that_say_nothing_and_withdrawn_if_they_go_on(self) -> None:
        declared = watch(Verdict(), BARE, 2, 10, 0)
        assert watch(declared, (0.4, 0.4, 0.1), 2, 10, 2).state is State.NO_MASK
        later = watch(declared, (0.4, 0.4, 0.1), 20, 10, 2)
        assert later.state is State.UNSURE
        assert later.doubt is Doubt.CONTRADICTORY

    def test_scores_that_contradict_each_other_in_turns_are_never_declared(self) -> None:
        verdict = Verdict()
        for index in range(100):
            verdict = watch(verdict, MASKED if index % 2 else BARE, 0.1, 10, index * 0.1)
            assert verdict.state is State.UNSURE
        assert verdict.doubt is Doubt.CONTRADICTORY

    @pytest.mark.parametrize("doubt", [Doubt.SMALL, Doubt.BLURRED, Doubt.CUT])
    def test_worthless_looks_give_their_reason(self, doubt: Doubt) -> None:
        verdict = Verdict()
        for index in range(50):
            verdict = observe(verdict, voices(BARE), 0.0, doubt, index * 0.1, 0.1)
        assert (verdict.state, verdict.doubt) == (State.UNSURE, doubt)

    def test_a_face_just_come_is_new_not_contradictory(self) -> None:
        assert watch(Verdict(), BARE, 0.2, 10, 0).doubt is Doubt.NEW

    def test_two_seconds_unseen_do_not_withdraw_a_state(self) -> None:
        declared = watch(Verdict(), BARE, 2, 5, 0)
        assert observe(declared, voices((0.3, 0.35, 0.1)), 1.0, None, 4.0, 2.0).state is State.NO_MASK


def test_the_beginning_of_a_state_is_told_from_its_evidence_not_from_its_declaration() -> None:
    masked = watch(Verdict(), MASKED, 5, 10, 0)
    bare = watch(masked, BARE, 2, 10, 5)
    assert masked.began_s() == pytest.approx(0.0)
    assert bare.began_s() == pytest.approx(5.0)
    assert Verdict().began_s() is None


@pytest.mark.parametrize(
    ("scores", "loudest"),
    [
        (MASKED, 0),
        (BARE, 1),
        (WRONG, 2),
    ],
)
def test_one_state_at_most_is_spoken_for_and_not_too_loud(scores: Triple, loudest: int) -> None:
    voice = voices(scores)
    assert [each > 0 for each in voice].index(True) == loudest
    assert sum(each > 0 for each in voice) == 1
    assert all(abs(each) <= LOUDEST for each in voice)


def test_a_doubtful_face_speaks_more_softly_than_a_sure_one_of_the_same_odds() -> None:
    assert voices((0.02, 0.2, 0.02))[1] < 0.5 * voices((0.08, 0.8, 0.08))[1]


def test_equal_scores_speak_for_nobody() -> None:
    assert voices((0.5, 0.5, 0.1))[:2] == (0.0, 0.0)


def test_what_does_not_look_like_a_face_speaks_for_nobody() -> None:
    assert max(voices(NONE)) < 0
    assert max(voices((0.1, 0.1, 0.1))) < 0


@pytest.mark.parametrize(
    ("look", "doubt", "weight"),
    [
        (Look(NONE, 19.9), Doubt.SMALL, 0.0),
        (Look(NONE, 20.0), None, 0.5),
        (Look(NONE, 40.0), None, 1.0),
        (Look(NONE, 400.0), None, 1.0),
        (Look(NONE, 40.0, visible=0.5), Doubt.CUT, 0.0),
        (Look(NONE, 40.0, visible=0.775), None, 0.5),
        (Look(NONE, 40.0, visible=1.4), None, 1.0),
        (Look(NONE, 40.0, blur=0.9), Doubt.BLURRED, 0.0),
        (Look(NONE, 40.0, blur=0.735), None, 0.5),
        (Look(NONE, 40.0, blur=0.4), None, 1.0),
        (Look(NONE, 20.0, visible=0.775, blur=0.735), None, 0.125),
    ],
)
def test_how_much_a_look_counts(look: Look, doubt: Doubt | None, weight: float) -> None:
    found = trust(look, SIZE)
    assert found == (pytest.approx(weight, abs=1e-6), doubt)


@pytest.mark.parametrize(
    ("box", "share"),
    [
        ((100, 100, 140, 150), 1.0),  # inside: whatever its shape
        ((100, 100, 140, 120), 1.0),
        ((0, 100, 40, 150), 1.0),  # touches the edge with its proper shape
        ((0, 100, 20, 150), 0.5),  # left half missing
        ((620, 100, 640, 150), 0.5),
        ((100, 0, 140, 25), 0.5),
        ((100, 335, 140, 360), 0.5),  # the chin and the mask are below the picture
        ((0, 0, 20, 50), 0.5),
    ],
)
def test_how_much_of_a_face_is_in_the_picture(box: tuple[int, ...], share: float) -> None:
    assert visible_share(np.array(box, np.float32), 640, 360) == pytest.approx(share, abs=0.01)


def test_columns_follow_the_names_of_the_model() -> None:
    columns = state_columns(("incorrect", "mask", "no_mask"))
    assert state_scores(np.array([0.1, 0.2, 0.3], np.float32), columns) == pytest.approx((0.2, 0.3, 0.1))
    without = state_columns(("no_mask", "mask"))
    assert state_scores(np.array([0.3, 0.2], np.float32), without) == pytest.approx((0.2, 0.3, 0.0))


def test_a_model_without_the_two_states_is_refused() -> None:
    with pytest.raises(UserError, match="helmet"):
        state_columns(("helmet", "mask"))

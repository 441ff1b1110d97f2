"""How evidence gathers over a track: the demo's scene, looked at by the shipped model."""

from pathlib import Path

import numpy as np

from figures.canvas import BARE, MASKED, PLAIN, chart_figure, scene, write
from maskwatch import Detector
from maskwatch import boxes as box_math
from maskwatch.demo.scene import DURATION_S, HEIGHT, WIDTH
from maskwatch.watching.evidence import STATES, Look, state_columns, state_scores, trust, visible_share, voices
from maskwatch.watching.nouns import State
from maskwatch.watching.sharpness import blur
from maskwatch.watching.verdict import DECLARED_FROM, WITHDRAWN_BELOW, Verdict, observe

FRAME_S = 0.2
PERSON = "Grace Hopper"
MIN_FACE_PX = 20.0
# The scores of this frame are exchanged, as if the network had been wrong once.
WRONG_FRAME = 7


def looks(detector: Detector) -> list[tuple[float, Look]]:
    """What the model sees of one person, at each time; a frame in which it finds nobody is left out."""
    columns, seen = state_columns(detector.class_names), []
    for index in range(round(DURATION_S / FRAME_S)):
        time_s = index * FRAME_S
        frame = scene().frame(time_s)
        face = next(truth.box for truth in scene().truth(time_s) if truth.person == PERSON)
        found = detector.detect(frame)
        overlap = box_math.iou(face[None], np.asarray(found.xyxy, np.float32))[0]
        if not len(overlap) or overlap.max() < 0.3:
            continue
        best = int(overlap.argmax())
        box = np.asarray(found.xyxy[best], np.float32)
        mask, no_mask, incorrect = state_scores(found.data["class_scores"][best], columns)
        scores = (no_mask, mask, incorrect) if index == WRONG_FRAME else (mask, no_mask, incorrect)
        side_px = float(box_math.side(box[None])[0])
        seen.append((time_s, Look(scores, side_px, visible_share(box, WIDTH, HEIGHT), blur(frame, box))))
    return seen


def evidence_over_time(path: Path) -> None:
    verdict, times, evidence, states = Verdict(), [], [], []
    for time_s, look in looks(Detector(threads=1)):
        weight, why_not = trust(look, MIN_FACE_PX)
        elapsed_s = time_s - times[-1] if times else 0.0
        verdict = observe(verdict, voices(look.scores), weight, why_not, time_s, elapsed_s)
        times.append(time_s)
        evidence.append(verdict.evidence)
        states.append(verdict.state)
    figure, axes = chart_figure(4.0)
    for state, colour in ((State.MASK, MASKED), (State.NO_MASK, BARE)):
        own = [each[STATES.index(state)] for each in evidence]
        axes.plot(times, own, color=colour, lw=2, label=f"evidence for {state.value}")
        declared = [each is state for each in states]
        axes.fill_between(times, 1.28, 1.36, where=declared, step="post", color=colour, lw=0)
    for height, words in ((DECLARED_FROM, "declared from here on"), (WITHDRAWN_BELOW, "withdrawn below")):
        axes.axhline(height, color=PLAIN, lw=0.8, ls="--")
        axes.text(DURATION_S, height + 0.02, words, ha="right", fontsize=8, color=PLAIN)
    start_s, end_s = scene().masked_s(PERSON)
    axes.axvspan(start_s, end_s, color=MASKED, alpha=0.08, lw=0)
    axes.axvline(WRONG_FRAME * FRAME_S, color=PLAIN, lw=0.8, ls=":")
    axes.text(WRONG_FRAME * FRAME_S + 0.05, 1.12, "one wrong frame", fontsize=8, color=PLAIN)
    axes.text(start_s + 0.6, 0.05, "mask really on", fontsize=8, color=PLAIN)
    axes.set(xlabel="seconds", ylabel="evidence", xlim=(0, DURATION_S), ylim=(0, 1.4))
    axes.legend(frameon=False, loc="center left", fontsize=8)
    write(figure, path)

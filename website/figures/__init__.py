"""The pictures of the pages by file name, each with what draws it into a path.

People are the two portraits of the demo, which are in the public domain.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from figures import counting, looking, measuring, verdicts

FIGURES: Mapping[str, Callable[[Path], None]] = {
    "pyramid.jpg": looking.pyramid,
    "anchors.jpg": looking.anchors_of_a_face,
    "suppression.jpg": looking.suppression,
    "focal-loss.svg": measuring.focal_losses,
    "overlap.jpg": measuring.overlaps,
    "precision-recall.svg": measuring.precision_recall,
    "verdict.svg": verdicts.evidence_over_time,
    "interval.svg": counting.intervals,
}

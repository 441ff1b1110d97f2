"""Measuring a network in the middle of training, by the same rule as `maskwatch evaluate`."""

from collections.abc import Sequence

from maskwatch.data.samples import Sample
from maskwatch.evaluation.measure import measure
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet.network import RetinaNet
from maskwatch.training.loop import Judge
from maskwatch.training.torch_detector import TorchDetector

QUOTED_SCORE = 0.5


def make_judge(samples: Sequence[Sample], class_names: tuple[str, ...], preprocessing: Preprocessing) -> Judge:
    """A function from a network to its AP on `samples`."""

    def judge(network: RetinaNet) -> float:
        detector = TorchDetector(network, class_names, preprocessing)
        measured = measure(samples, detector.detect_batch, class_names, score=QUOTED_SCORE)
        return measured.ap or 0.0

    return judge

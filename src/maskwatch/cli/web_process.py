"""What the server's process runs: the one place where it meets the detector."""

import socket
from functools import cache
from multiprocessing.connection import Connection

from maskwatch.detections import Detect
from maskwatch.web.order import Order
from maskwatch.web.routes.detect import LOWEST_SCORE
from maskwatch.web.serving import serve


def run_web(order: Order, listening: socket.socket, connection: Connection) -> None:
    """Main function of the process."""

    @cache
    def detect() -> tuple[Detect, float]:
        # The network takes memory that a server which is never asked for it should not.
        from maskwatch.detection.detector import Detector

        site = order.site
        detector = Detector(site.model, device=order.device, threads=order.threads, score=LOWEST_SCORE)
        return detector.detect_batch, detector.metadata.default_score

    serve(order, listening, connection, detect)

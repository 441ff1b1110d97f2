"""The real keras-retinanet's side of keras_retinanet_speed.py; runs in the environment of tests/keras_retinanet_env.sh.

    python benchmarks/keras_retinanet_peer.py MODEL.h5 THREADS

Loads a training file as its users do, then answers one line of standard input after the other: `raw H W`, `detect H W`
and `many H W` with the seconds of one picture, `train H W` with those of one step, `memory` with the most bytes used.
"""

import os
import resource
import sys
import time

BEGAN = time.monotonic()
THREADS = int(sys.argv[2])
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["OMP_NUM_THREADS"] = str(THREADS)

import keras_resnet.layers  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow  # noqa: E402
from tensorflow import keras  # noqa: E402

tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)
tensorflow.config.threading.set_inter_op_parallelism_threads(1)


def _in_inference(self, inputs, training=None):
    """keras-resnet and Keras 2.15 both pass `training`; the layer is frozen, so this is what it does."""
    return keras.layers.BatchNormalization.call(self, inputs, training=False)


keras_resnet.layers.BatchNormalization.call = _in_inference

from keras_retinanet import losses, models  # noqa: E402
from keras_retinanet.utils.anchors import anchor_targets_bbox, anchors_for_shape  # noqa: E402

MANY = 0.001  # a score that thousands of anchors pass


class Peer:
    def __init__(self, path):
        self.training = models.load_model(path, backbone_name="resnet50")
        self.detector = models.convert_model(self.training)
        self.many = None
        self.compiled = False

    def raw(self, height, width):
        return self._predicted(self.training, height, width)

    def detect(self, height, width):
        return self._predicted(self.detector, height, width)

    def many_boxes(self, height, width):
        if self.many is None:
            self.many = models.convert_model(self.training, score_threshold=MANY)
        return self._predicted(self.many, height, width)

    def train(self, height, width):
        if not self.compiled:
            optimizer = keras.optimizers.Adam(learning_rate=1e-5, clipnorm=0.001)
            own = {"regression": losses.smooth_l1(), "classification": losses.focal()}
            self.training.compile(loss=own, optimizer=optimizer)
            self.compiled = True
        image = _pixels(height, width)[0]
        boxes = {"bboxes": np.array([[60.0, 60, 260, 260], [300, 200, 420, 330]]), "labels": np.array([0.0, 1.0])}
        classes = self.training.output_shape[1][-1]
        targets = anchor_targets_bbox(anchors_for_shape(image.shape), [image], [boxes], classes)
        began = time.perf_counter()
        self.training.train_on_batch(image[None], list(targets))
        return time.perf_counter() - began

    def _predicted(self, model, height, width):
        pixels = _pixels(height, width)
        began = time.perf_counter()
        model.predict_on_batch(pixels)
        return time.perf_counter() - began


def _pixels(height, width):
    coarse = np.random.RandomState(0).randint(0, 256, (-(-height // 16), -(-width // 16), 3))
    picture = coarse.repeat(16, 0).repeat(16, 1)[:height, :width].astype(np.float32)
    return (picture - [103.939, 116.779, 123.68]).astype(np.float32)[None]


def main():
    peer = Peer(sys.argv[1])
    actions = {"raw": peer.raw, "detect": peer.detect, "many": peer.many_boxes, "train": peer.train}
    for line in sys.stdin:
        what, *sides = line.split()
        if what == "memory":
            answer = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        elif what == "started":
            answer = time.monotonic() - BEGAN
        else:
            answer = actions[what](*map(int, sides))
        print(f"= {answer}", flush=True)


if __name__ == "__main__":
    main()

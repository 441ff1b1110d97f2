"""The real keras-retinanet's side of the comparisons; runs in the environment of tests/keras_retinanet_env.sh.

    python tests/keras_retinanet_side.py PLAN.json

The plan is a list of cases, each a dictionary with `do`, the name of a function below, and its arguments.
Results are written as .npz or .json files; models as .h5 files, all with weights by the formula.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras_resnet.layers
import numpy as np
import tensorflow
from tensorflow import keras

import formula_weights

THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))
tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)
tensorflow.config.threading.set_inter_op_parallelism_threads(1)


def _in_inference(self, inputs, training=None):
    """keras-resnet 0.1 and Keras 2.15 both pass `training`; the layer is frozen, so this is what it does."""
    return keras.layers.BatchNormalization.call(self, inputs, training=False)


keras_resnet.layers.BatchNormalization.call = _in_inference

from keras_retinanet import losses, models  # noqa: E402
from keras_retinanet.utils.anchors import AnchorParameters, anchor_targets_bbox, anchors_for_shape  # noqa: E402
from keras_retinanet.utils.config import (  # noqa: E402
    parse_anchor_parameters,
    parse_pyramid_levels,
    read_config_file,
)
from keras_retinanet.utils.image import (  # noqa: E402
    TransformParameters,
    VisualEffect,
    adjust_transform_for_image,
    apply_transform,
    preprocess_image,
    resize_image,
)
from keras_retinanet.utils.transform import random_transform, transform_aabb  # noqa: E402


def _configuration(ini):
    if not ini:
        return AnchorParameters.default, None
    config = read_config_file(ini)
    levels = parse_pyramid_levels(config) if "pyramid_levels" in config else None
    return parse_anchor_parameters(config), levels


def _training_model(depth, classes, ini):
    anchors, levels = _configuration(ini)
    model = models.backbone(f"resnet{depth}").retinanet(
        num_classes=classes, num_anchors=anchors.num_anchors(), pyramid_levels=levels
    )
    _fill(model)
    return model


def _fill(model):
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _fill(layer)
        elif layer.weights:
            parts = [weight.name.rpartition("/")[2].partition(":")[0] for weight in layer.weights]
            shapes = [tuple(weight.shape) for weight in layer.weights]
            layer.set_weights(
                [formula_weights.tensor(layer.name, part, shape) for part, shape in zip(parts, shapes)]  # noqa: B905
            )


def _inference_model(model, ini, options):
    anchors, levels = _configuration(ini)
    return models.convert_model(model, anchor_params=anchors, pyramid_levels=levels, **options)


def _pixels(name, height, width):
    return preprocess_image(formula_weights.picture(name, height, width)[:, :, ::-1])[None]


def model(
    depth, classes=formula_weights.CLASSES, ini=None, save=None, filters=None, save_inference=None, sizes=(), out=None
):
    """Build, save as asked, and run on the formula's picture of each size.

    `out` gets, for the size HxW, `raw HxW box`, `raw HxW class` and for each name in `filters` (whose values are
    options of keras-retinanet's `convert_model`) `NAME HxW boxes|scores|labels`.
    """
    training = _training_model(depth, classes, ini)
    for kind, path in (save or {}).items():
        training.save_weights(path) if kind == "weights" else training.save(path)
    inference = {name: _inference_model(training, ini, options) for name, options in (filters or {}).items()}
    for name, path in (save_inference or {}).items():
        inference[name].save(path)
    results = {}
    for height, width in sizes:
        size = f"{height}x{width}"
        box, scores = training.predict_on_batch(_pixels(size, height, width))
        results |= {f"raw {size} box": box[0], f"raw {size} class": scores[0]}
        for name, network in inference.items():
            found = network.predict_on_batch(_pixels(size, height, width))
            for what, values in zip(("boxes", "scores", "labels"), found):  # noqa: B905
                results[f"{name} {size} {what}"] = values[0]
    if out:
        np.savez_compressed(out, **results)


def losses_of_batch(depth, pictures, out, classes=formula_weights.CLASSES):
    """Targets and losses of a batch of pictures [name, height, width, number of faces], padded as the generator
    pads it; and how the losses' sum changes with some of the weights."""
    network = _training_model(depth, classes, None)
    batch, box_target, class_target = _batch(pictures, classes)
    wanted = ["conv1", "res5c_branch2b", "C3_reduced", "P6"]
    variables = [network.get_layer(name).kernel for name in wanted]
    with tensorflow.GradientTape() as tape:
        box, scores = network(batch, training=False)
        box_loss = losses.smooth_l1()(tensorflow.constant(box_target), box)
        class_loss = losses.focal()(tensorflow.constant(class_target), scores)
        total = box_loss + class_loss
    gradients = tape.gradient(total, variables)
    sums = {
        f"gradient {name}": np.array([tensorflow.norm(gradient), tensorflow.reduce_sum(gradient)])
        for name, gradient in zip(wanted, gradients)  # noqa: B905
    }
    found = class_target[..., -1] == 1
    np.savez_compressed(
        out,
        losses=np.array([class_loss, box_loss]),
        state=class_target[..., -1].astype(np.int8),
        box_targets=box_target[found][:, :4].astype(np.float32),
        labels=class_target[found][:, :-1].argmax(-1).astype(np.int8),
        **sums,
    )


def _batch(pictures, classes):
    """Pictures [name, height, width, number of faces] padded as the generator pads them, and their targets."""
    images = [_pixels(name, height, width)[0] for name, height, width, _ in pictures]
    annotations = []
    for name, height, width, count in pictures:
        boxes, labels = formula_weights.faces(name, height, width, count)
        annotations.append({"bboxes": boxes, "labels": labels})
    shape = tuple(max(image.shape[axis] for image in images) for axis in range(3))
    batch = np.zeros((len(images), *shape), np.float32)
    for row, image in enumerate(images):
        batch[row, : image.shape[0], : image.shape[1]] = image
    return (batch, *anchor_targets_bbox(anchors_for_shape(shape), images, annotations, classes))


def steps_of_training(depth, pictures, steps, out, classes=formula_weights.CLASSES):
    """How some weights move in some steps of keras-retinanet's optimiser on a batch, as for `losses_of_batch`."""
    network = _training_model(depth, classes, None)
    optimizer = keras.optimizers.Adam(learning_rate=1e-5, clipnorm=0.001)
    network.compile(loss={"regression": losses.smooth_l1(), "classification": losses.focal()}, optimizer=optimizer)
    batch, box_target, class_target = _batch(pictures, classes)
    layers = ("conv1", "res5c_branch2b", "C3_reduced")
    before = {name: network.get_layer(name).kernel.numpy() for name in layers}
    for _ in range(steps):
        network.train_on_batch(batch, [box_target, class_target])
    moved = {name: network.get_layer(name).kernel.numpy() - before[name] for name in layers}
    frozen = network.get_layer("bn_conv1").get_weights()
    np.savez_compressed(out, frozen=np.stack(frozen), **moved)


def transforms(seeds, name, height, width, out):
    """What becomes of a picture of the formula and its boxes by the random transform of each seed, without vertical
    mirroring; and by the largest visual effects."""
    picture = formula_weights.picture(name, height, width)[:, :, ::-1]
    boxes, _ = formula_weights.faces(name, height, width, 5)
    results = {"brighter": VisualEffect(1.1, 0.1, 0.05, 1.05)(picture.copy())[:, :, ::-1]}
    for seed in seeds:
        ranges = {
            "min_rotation": -0.1, "max_rotation": 0.1, "min_shear": -0.1, "max_shear": 0.1,
            "min_translation": (-0.1, -0.1), "max_translation": (0.1, 0.1),
            "min_scaling": (0.9, 0.9), "max_scaling": (1.1, 1.1), "flip_x_chance": 0.5, "flip_y_chance": 0.0,
        }  # fmt: skip
        matrix = random_transform(prng=np.random.RandomState(seed), **ranges)
        matrix = adjust_transform_for_image(matrix, picture, True)
        results[f"{seed} matrix"] = matrix
        results[f"{seed} boxes"] = np.array([transform_aabb(matrix, box) for box in boxes])
        results[f"{seed} picture"] = apply_transform(matrix, picture, TransformParameters())[:, :, ::-1]
    np.savez_compressed(out, **results)


def resized(pictures, out, min_side=800, max_side=1333):
    """Pictures [name, height, width] as keras-retinanet resizes them, RGB, and the scale."""
    results = {}
    for name, height, width in pictures:
        image, scale = resize_image(formula_weights.picture(name, height, width)[:, :, ::-1], min_side, max_side)
        results |= {name: image[:, :, ::-1], f"{name} scale": scale}
    np.savez_compressed(out, **results)


def structure(depth, out, classes=formula_weights.CLASSES, ini=None):
    """The layout of saved files: descriptions of the training and the inference model, and every layer's weights
    with their shapes."""
    anchors, levels = _configuration(ini)
    network = models.backbone(f"resnet{depth}").retinanet(
        num_classes=classes, num_anchors=anchors.num_anchors(), pyramid_levels=levels
    )
    layers = {layer.name: [[weight.name, list(weight.shape)] for weight in layer.weights] for layer in network.layers}
    described = {
        "training": json.loads(network.to_json()),
        "inference": json.loads(_inference_model(network, ini, {}).to_json()),
        "layers": layers,
    }
    with open(out, "w") as file:
        json.dump(described, file)


def average_precision(cases, out):
    """keras-retinanet's own `evaluate` on detections and truths made elsewhere."""
    from keras_retinanet.utils.eval import evaluate

    results = []
    for case in cases:
        precisions, _ = evaluate(_Truths(case), _Detections(case))
        results.append({str(label): [float(value), int(count)] for label, (value, count) in precisions.items()})
    with open(out, "w") as file:
        json.dump(results, file)


class _Truths:
    """As much of a generator as `evaluate` asks for; the pictures are empty, one pixel for one pixel."""

    def __init__(self, case):
        self.case = case

    def size(self):
        return len(self.case["pictures"])

    def num_classes(self):
        return self.case["classes"]

    def has_label(self, label):
        return label < self.case["classes"]

    def load_image(self, index):
        return np.full((2, 2, 3), index, np.uint8)

    def resize_image(self, image):
        return image, 1

    def preprocess_image(self, image):
        return image

    def load_annotations(self, index):
        truths = np.array(self.case["pictures"][index]["truths"], np.float64).reshape(-1, 5)
        return {"bboxes": truths[:, :4], "labels": truths[:, 4]}


class _Detections:
    """As much of a model: each picture's pixels are its number, by which its detections are found."""

    def __init__(self, case):
        self.case = case

    def predict_on_batch(self, batch):
        rows = self.case["pictures"][int(batch[0, 0, 0, 0])]["detections"]
        rows = np.array(rows, np.float32).reshape(-1, 6)
        return rows[None, :, :4].copy(), rows[None, :, 4], rows[None, :, 5].astype(np.int32)


if __name__ == "__main__":
    with open(sys.argv[1]) as plan:
        for step in json.load(plan):
            globals()[step.pop("do")](**step)

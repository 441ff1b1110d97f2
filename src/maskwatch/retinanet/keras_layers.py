"""What the description of a Keras model says of a RetinaNet: anchors, filter, padding, and how old it is."""

from typing import Any, Self

from maskwatch.anchors import AnchorSettings
from maskwatch.retinanet.padding import Padding
from maskwatch.retinanet.settings import SuppressionSettings

# Layers of the tags 0.1 and 0.2, which trained offsets of centre and logarithms of sides.
OLD_LAYERS = ("NonMaximumSuppression", "TensorReshape", "FocalLoss")

Layer = dict[str, Any]


class KerasLayers:
    """The configurations of a model's layers by their class; none for a file of weights alone."""

    def __init__(self, layers: dict[str, list[Layer]]) -> None:
        self._layers = layers

    @classmethod
    def of(cls, model_config: dict[str, Any] | None) -> Self:
        """From `model_config`; raises KeyError or TypeError for one that is none."""
        found: dict[str, list[Layer]] = {}
        for layer in model_config["config"]["layers"] if model_config else []:
            found.setdefault(layer["class_name"], []).append({"name": layer.get("name", ""), **layer["config"]})
        return cls(found)

    @property
    def is_inference(self) -> bool:
        return "FilterDetections" in self._layers

    def mark_of_age(self) -> str | None:
        """The layer by which a model is one of tag 0.1 or 0.2, or cannot be told from one."""
        old = next((name for name in OLD_LAYERS if name in self._layers), None)
        regress = self._layers.get("RegressBoxes")
        if old or not regress:
            # Those tags' training models gave anchors too.
            return old or ("Anchors" if "Anchors" in self._layers else None)
        return None if len(set(regress[0].get("std", ()))) == 1 else "RegressBoxes"

    def stem_padding(self) -> Padding:
        """keras-resnet up to 0.1 padded evenly in a layer of its own; from 0.2 on the convolution does."""
        explicit = any(layer["name"] == "padding_conv1" for layer in self._layers.get("ZeroPadding2D", []))
        return "symmetric" if explicit else "same"

    def anchors(self) -> AnchorSettings | None:
        """The anchors of an inference file, which stand in its layers anchors_0, anchors_1, ..."""
        own = sorted(self._layers.get("Anchors", []), key=lambda layer: str(layer["name"]))
        if not own:
            return None
        return AnchorSettings(
            sizes=tuple(float(layer["size"]) for layer in own),
            strides=tuple(int(layer["stride"]) for layer in own),
            ratios=tuple(float(ratio) for ratio in own[0]["ratios"]),
            scales=tuple(float(scale) for scale in own[0]["scales"]),
        )

    def box_mean_and_std(self) -> tuple[set[float], set[float]]:
        """The different values of the normalisation of box offsets; empty sets where nothing is said."""
        regress = self._layers.get("RegressBoxes", [{}])[0]
        return set(regress.get("mean", ())), set(regress.get("std", ()))

    def suppression(self) -> SuppressionSettings:
        """An inference file's filter; keras-retinanet's default for the others."""
        own = self._layers.get("FilterDetections", [{}])[0]
        # An overlap is never above 1, so that nothing is suppressed at this threshold.
        overlap = float(own.get("nms_threshold", 0.5)) if own.get("nms", True) else 1.0
        return SuppressionSettings(
            per_class=bool(own.get("class_specific_filter", True)),
            candidates=None,
            most=int(own.get("max_detections", 300)),
            score=float(own.get("score_threshold", 0.05)),
            iou=overlap,
        )

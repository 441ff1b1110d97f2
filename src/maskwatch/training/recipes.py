"""What each network is trained by where the user says nothing: recipes, as values."""

from dataclasses import dataclass

from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.training.settings import TrainingSettings, WholePictureSettings


@dataclass(frozen=True)
class Recipe:
    """How to train, and how pictures are scaled in use.

    Attributes:
        settings: of one epoch; how many there are is decided by the data.
        fine_tuning_rate: the highest learning rate where training begins with a trained network's weights.
        preprocessing: of the network in use.
    """

    settings: TrainingSettings
    fine_tuning_rate: float
    preprocessing: Preprocessing


WATCH = Recipe(TrainingSettings(epochs=1), fine_tuning_rate=5e-4, preprocessing=Preprocessing())

# keras-retinanet's: bin/train.py (Adam, clipnorm, ReduceLROnPlateau, random transform) and what it calls. Keras's
# Adam has an epsilon of 1e-7. The weights that training leaves are the ones that are used, not an average.
CLASSIC = Recipe(
    TrainingSettings(
        epochs=1,
        batch=1,
        learning_rate=1e-5,
        final_rate=1.0,
        warmup_steps=0,
        weight_decay=0.0,
        epsilon=1e-7,
        epsilon_first=True,
        clip_norm=1e-3,
        clip_each=True,
        plateau_patience=2,
        average_decay=0.0,
        matching="classic",
        box_loss="smooth_l1",
        box_weight=1.0,
        repeat_share=0.0,
        alike=True,
        augment=WholePictureSettings(),
    ),
    fine_tuning_rate=1e-5,
    preprocessing=WholePictureSettings().preprocessing,
)

_OWN = {f"classic-resnet{depth}": CLASSIC for depth in (50, 101, 152)}


def recipe_of(variant: str) -> Recipe:
    """The recipe of a named network; the watch networks' for any other."""
    return _OWN.get(variant, WATCH)

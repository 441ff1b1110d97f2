"""maskwatch: finds faces with and without a mask, in pictures and camera streams."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maskwatch.detection.detector import Detector as Detector

__version__ = "0.1.0"
__all__ = ["Detector", "__version__"]


def __getattr__(name: str) -> object:
    """Load the detector when somebody asks for it, so that `import maskwatch` alone costs nothing."""
    if name == "Detector":
        from maskwatch.detection.detector import Detector

        return Detector
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Settings derived from the data, where the user gave none."""

import os
from collections.abc import Sequence

from maskwatch.data.samples import Sample
from maskwatch.errors import UserError

# A slim network from scratch still gains after a hundred thousand crops; a trained one needs far fewer.
CROPS_FROM_SCRATCH = 150_000
CROPS_FINE_TUNING = 20_000
FEWEST_EPOCHS, MOST_EPOCHS = 3, 600
CACHE_SHARE = 0.4  # of the memory that is free


def class_names_of(samples: Sequence[Sample]) -> tuple[str, ...]:
    """The names that occur, in alphabetical order, so that the same data always gives the same order."""
    return tuple(sorted({name for sample in samples for name in sample.labels}))


def default_epochs(pictures: int, fine_tuning: bool) -> int:
    """Epochs that make about the number of crops a slim network needs."""
    wanted = CROPS_FINE_TUNING if fine_tuning else CROPS_FROM_SCRATCH
    return min(MOST_EPOCHS, max(FEWEST_EPOCHS, round(wanted / pictures)))


def default_workers(cores: int | None = None) -> int:
    """Loader processes: one for two cores, since the network needs the others."""
    return min(12, max(1, (cores or usable_cores()) // 2))


def usable_cores() -> int:
    """Those that this process may run on, where the system tells; else all."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_cache_bytes() -> int:
    """Room for decoded pictures: a share of what memory is free, 2 GB where the system does not tell."""
    if not hasattr(os, "sysconf") or "SC_AVPHYS_PAGES" not in os.sysconf_names:
        return 2 * 10**9
    return int(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * CACHE_SHARE)


def require_classes(samples: Sequence[Sample], class_names: Sequence[str], what: str) -> None:
    """Raise UserError if `samples` hold a class that is not among `class_names`."""
    for sample in samples:
        for row, name in enumerate(sample.labels):
            if name not in class_names:
                line = f":{sample.box_lines[row]}" if sample.box_lines else ""
                raise UserError(
                    f"{sample.origin.file}{line}: {what} holds the class {name!r}, training data only "
                    f"{', '.join(class_names)}; rename it with --map {name}=NAME"
                )

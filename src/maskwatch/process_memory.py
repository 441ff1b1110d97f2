"""How much memory a process has held, as its system tells it."""

import re
import sys
from pathlib import Path

PROC = Path("/proc/self")


def own_peak_bytes() -> int:
    """The most that this process has held so far, its children not counted; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    status = PROC / "status"
    # Linux's ru_maxrss would begin at what the process held that started this one.
    if status.exists() and (own := told_bytes(status.read_text(), "VmHWM")):
        return own
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def told_bytes(account: str, field: str) -> int:
    """A size in one of Linux's accounts of a process; 0 where it is not told."""
    found = re.search(rf"^{field}:\s+(\d+) kB", account, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0

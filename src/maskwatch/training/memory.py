"""How much memory a run takes, and how much there is."""

import os
from collections.abc import Sequence
from pathlib import Path

import torch

from maskwatch.process_memory import PROC, own_peak_bytes, told_bytes


def peak_bytes(device: torch.device) -> int:
    """The most that this process has held so far: of the GPU's memory, or of the machine's, its loader's included."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return own_peak_bytes() + sum(_shared_out_bytes(process) for process in _children())


def there_is_bytes(device: torch.device) -> int | None:
    """All memory of the GPU or the machine; None where the system does not tell."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _children() -> Sequence[int]:
    """Processes that this one has started, on Linux."""
    lists = [path.read_text() for path in PROC.glob("task/*/children")]
    return [int(number) for text in lists for number in text.split()]


def _shared_out_bytes(process: int) -> int:
    """What a process holds, pages held by several divided among them; 0 for one that has ended."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return told_bytes(text, "Pss")

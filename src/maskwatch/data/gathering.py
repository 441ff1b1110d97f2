"""Collecting what a reader finds, picture by picture."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from maskwatch.data.faults import Fault, Severity
from maskwatch.data.options import Reading
from maskwatch.data.samples import Sample

# Nobody reads more, and ten million wrong rows must not fill the memory.
MOST_OF_A_KIND = 10_000


def is_blocked(faults: Iterable[Fault]) -> bool:
    """Whether labels were lost or cannot be trusted."""
    return any(fault.severity is Severity.BLOCKING for fault in faults)


@dataclass
class FaultList:
    """Faults in the order in which they were found, at most `MOST_OF_A_KIND` of each kind; the rest are counted."""

    kept: list[Fault] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _last: dict[str, Fault] = field(default_factory=dict)

    def add(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self._counts[fault.kind] += 1
            if self._counts[fault.kind] <= MOST_OF_A_KIND:
                self.kept.append(fault)
            else:
                self._last[fault.kind] = fault

    def all(self) -> list[Fault]:
        """The faults, and for each kind of which there were too many one that says how many more."""
        return [*self.kept, *(self._rest(fault) for fault in self._last.values())]

    def _rest(self, last: Fault) -> Fault:
        more = self._counts[last.kind] - MOST_OF_A_KIND
        return replace(last, message=f"{more} more of this kind, up to here.", value=str(more))


@dataclass
class Gathered:
    """The samples and faults of a set, in the order in which they were found."""

    reading: Reading
    samples: list[Sample] = field(default_factory=list)
    _faults: FaultList = field(default_factory=FaultList)

    def add(self, sample: Sample | None, faults: list[Fault]) -> None:
        """Take in one picture: None for a picture that gave no sample."""
        self.tell(faults)
        if sample and not (self.reading.mending and is_blocked(faults)):
            self.samples.append(sample)

    def tell(self, faults: Iterable[Fault]) -> None:
        """Take in faults that are of no single picture."""
        self._faults.add(faults)

    @property
    def faults(self) -> list[Fault]:
        return self._faults.all()

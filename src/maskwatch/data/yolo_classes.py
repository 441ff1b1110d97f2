"""The `classes.txt` of labelImg's YOLO format, and the ways in which ids come loose from their names."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from maskwatch.data.faults import Fault, Severity
from maskwatch.data.samples import Origin

CLASSES_FILE = "classes.txt"

# What labelImg starts its list with unless the user edits its data/predefined_classes.txt.
PREDEFINED = (
    *("dog", "person", "cat", "tv", "car", "meatballs", "marinara sauce", "tomato soup"),
    *("chicken noodle soup", "french onion soup", "chicken breast", "ribs", "pulled pork"),
    *("hamburger", "cavity"),
)


@dataclass
class ClassList:
    """One list: its names by id, and how often each id was met."""

    file: Path
    names: tuple[str, ...]
    met: Counter[int] = field(default_factory=Counter)

    def name_of(self, text: str, origin: Origin) -> str | Fault:
        """The class name of an id as written; a fault for an id that the list does not have."""
        number = int(text) if text.isascii() and text.isdigit() else -1
        if 0 <= number < len(self.names) and self.names[number]:
            self.met[number] += 1
            return self.names[number]
        message = f"class id {text}, but {self.file.name} names ids 0 to {len(self.names) - 1}."
        advice = "Put back the class list that the file was saved under, or label the picture anew."
        return Fault("class-drift", message, origin.file, origin.line, text, advice, Severity.BLOCKING)

    def faults(self) -> list[Fault]:
        """What is wrong with the list itself, once all annotations have been read."""
        twice = [name for name, count in Counter(filter(None, self.names)).items() if count > 1]
        faults = [_repeated(self.file, name, self.names) for name in twice]
        if not any(self.names):
            faults.append(_useless(self.file, "it names no class."))
        if self.names[: len(PREDEFINED)] == PREDEFINED and len(self.names) > len(PREDEFINED):
            faults.append(self._predefined())
        return faults

    def _predefined(self) -> Fault:
        first = len(PREDEFINED)
        boxes = sum(count for number, count in self.met.items() if number < first)
        message = (
            f"the list begins with labelImg's own {first} names ({', '.join(PREDEFINED[:3])}, ...), "
            f"so {self.names[first]!r} has id {first}"
        )
        if boxes:
            message += f", and {boxes} boxes have ids below that, as if saved under another list."
            advice = f"Look whether boxes called {PREDEFINED[min(self.met)]!r} are that; if not, label them anew."
            return Fault("class-drift", message, self.file, 1, self.names[0], advice)
        advice = "No box uses them; empty labelImg's data/predefined_classes.txt before labelling more."
        return Fault("class-drift", message + ".", self.file, 1, self.names[0], advice, Severity.WARNING)


class ClassLists:
    """The class lists of a set, each read once."""

    def __init__(self, root: Path) -> None:
        self._top = root if root.is_dir() else root.parent
        self._nearest: dict[Path, Path | None] = {}
        self._lists: dict[Path, ClassList | Fault] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Every declared name, in the order of the lists."""
        lists = [entry for entry in self._lists.values() if isinstance(entry, ClassList)]
        return tuple(dict.fromkeys(name for entry in lists for name in entry.names if name))

    def of(self, annotation: Path) -> ClassList | None:
        """The list beside an annotation or in the nearest folder above it; None is told by `faults`."""
        folder = annotation.parent
        if folder not in self._nearest:
            self._nearest[folder] = self._find(folder)
        file = self._nearest[folder]
        if file and file not in self._lists:
            self._lists[file] = _read_list(file)
        entry = self._lists[file] if file else None
        return entry if isinstance(entry, ClassList) else None

    def faults(self) -> list[Fault]:
        without = [_useless(folder / CLASSES_FILE, "there is no such file.") for folder in self._missing()]
        lists = self._lists.values()
        own = [[entry] if isinstance(entry, Fault) else entry.faults() for entry in lists]
        return [*without, *(fault for faults in own for fault in faults)]

    def _missing(self) -> list[Path]:
        return [folder for folder, file in self._nearest.items() if not file]

    def _find(self, folder: Path) -> Path | None:
        above = [folder, *(parent for parent in folder.parents if parent.is_relative_to(self._top))]
        return next((file for place in above if (file := place / CLASSES_FILE).is_file()), None)


def _read_list(file: Path) -> ClassList | Fault:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return _useless(file, f"the file cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        return _useless(file, "it is not UTF-8.")
    # A blank line inside the list takes an id in labelImg; those at the end do not.
    return ClassList(file, tuple(name.strip() for name in text.strip("\r\n").split("\n")))


def _useless(file: Path, message: str) -> Fault:
    advice = "Without it the ids have no names: put in UTF-8 one class name a line, in the order of the ids."
    return Fault("class-list", message, file, advice=advice, severity=Severity.BLOCKING)


def _repeated(file: Path, name: str, names: tuple[str, ...]) -> Fault:
    first = names.index(name)
    again = names.index(name, first + 1)
    message = f"{name!r} is named twice, as id {first} and as id {again}."
    advice = "Rename one if they are two classes; else they are read as one."
    return Fault("class-list", message, file, again + 1, name, advice)

"""The rows of a CSV file with the line numbers an editor shows, and what is unusual about the file.

Rows are given one by one: a file of any length takes the memory of one row.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from maskwatch.data.building import pixel
from maskwatch.data.faults import Fault, Severity
from maskwatch.data.options import Progress, unwatched

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CHUNK_BYTES = 1 << 20
_ROWS_A_REPORT = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins on, from 1, and at least one field."""

    line: int
    fields: list[str]


class CsvRows:
    """All rows of a file but a header and blank ones; either kind of line end is right.

    A file that is not UTF-8 gives no rows, for no name in it could be trusted.

    Attributes:
        faults: what is unusual about the file, complete once all rows have been taken.
        count: how many rows were given.
    """

    def __init__(self, file: Path, progress: Progress = unwatched) -> None:
        self.faults: list[Fault] = []
        self.count = 0
        self._file, self._progress = file, progress

    def __iter__(self) -> Iterator[Row]:
        fault = _not_text(self._file)
        if fault:
            self.faults.append(fault)
            return
        with self._file.open("rb") as binary, io.TextIOWrapper(binary, "utf-8-sig", newline="") as text:
            if binary.peek(len(_BYTE_ORDER_MARK)).startswith(_BYTE_ORDER_MARK):
                self.faults.append(_mark(self._file))
            for row in self._parsed(text, binary):
                if row.line == 1 and _is_header(row.fields, self._file.parent):
                    self.faults.append(_header(self._file, row))
                elif row.fields:
                    self.count += 1
                    yield row
                else:
                    self.faults.append(_blank(self._file, row.line))

    def _parsed(self, text: io.TextIOWrapper, binary: io.BufferedReader) -> Iterator[Row]:
        size = self._file.stat().st_size
        reader = csv.reader(text)
        line = 1
        try:
            for number, fields in enumerate(reader):
                yield Row(line, fields)
                line = reader.line_num + 1
                if number % _ROWS_A_REPORT == 0:
                    self._progress("Reading rows", binary.tell(), size)
        except csv.Error as error:
            self.faults.append(_unreadable(self._file, line, f"the CSV is broken from here on: {error}."))
        self._progress("Reading rows", size, size)


def _not_text(file: Path) -> Fault | None:
    """A fault for a file that cannot be read or is not UTF-8 to its end, with the line where it is not."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    try:
        with file.open("rb") as binary:
            while chunk := binary.read(_CHUNK_BYTES):
                decoder.decode(chunk)
                line += chunk.count(b"\n")
        decoder.decode(b"", final=True)
    except OSError as error:
        return _unreadable(file, 1, f"the file cannot be read: {error.strerror}.")
    except UnicodeDecodeError as error:
        line += error.object.count(b"\n", 0, error.start)
        return _unreadable(file, line, "this line is not UTF-8; save the file as UTF-8.")
    return None


def _is_header(fields: list[str], folder: Path) -> bool:
    """Whether a first row names columns: no number among its values, and no picture of that name."""
    values = fields[1:5]
    wordy = any(values) and all(pixel(value) is None for value in values)
    return wordy and not (folder / fields[0]).is_file()


def _unreadable(file: Path, line: int, message: str) -> Fault:
    advice = "Mend the file; what follows is not read."
    return Fault("broken-annotation", message, file, line, advice=advice, severity=Severity.BLOCKING)


def _mark(file: Path) -> Fault:
    message = "the file begins with a byte-order mark, which keras-retinanet takes for part of the first path."
    advice = "It is left out; save the file as UTF-8 without it."
    return Fault("byte-order-mark", message, file, 1, "U+FEFF", advice, Severity.WARNING)


def _header(file: Path, row: Row) -> Fault:
    message = f"the first line is a header ({','.join(row.fields)}), and the format has none."
    return Fault("header", message, file, row.line, ",".join(row.fields), "It is left out; delete it.")


def _blank(file: Path, line: int) -> Fault:
    return Fault("blank-line", "a blank line, at which keras-retinanet stops.", file, line, advice="Delete it.")

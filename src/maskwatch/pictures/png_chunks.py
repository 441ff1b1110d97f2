"""Looking over the chunks of a PNG file without decoding it."""

import struct
from typing import IO

_SIGNATURE_BYTES = 8
_MAY_TELL_ORIENTATION = (b"eXIf", b"tEXt", b"zTXt", b"iTXt")


def tells_after_pixels(file: IO[bytes]) -> bool:
    """Whether metadata that could hold an EXIF orientation follow the pixels, where nobody meets them early.

    Only the heads of the chunks are read. The file's position is as before.
    """
    before = file.tell()
    try:
        file.seek(_SIGNATURE_BYTES)
        pixels_seen = False
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            pixels_seen |= kind == b"IDAT"
            if pixels_seen and kind in _MAY_TELL_ORIENTATION:
                return True
            file.seek(length + 4, 1)
        return False
    finally:
        file.seek(before)

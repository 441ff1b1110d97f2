"""A window that shows pictures, made of Tk and Pillow, which need no OpenCV."""

import time
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwatch.errors import UserError

_SHARE_OF_SCREEN = 0.9
_LOOK_AT_EVENTS_S = 0.02


class WindowClosed(Exception):
    """The user closed the window or pressed q or Escape."""


class Window:
    """Shows one picture after the other; raises `UserError` where there is no Tk or no screen."""

    def __init__(self, title: str) -> None:
        try:
            import tkinter
        except ImportError as error:
            hint = "on Debian and Ubuntu, apt install python3-tk"
            raise UserError(f"--show: this Python has no tkinter ({hint}); use --out instead.") from error
        try:
            self._root = tkinter.Tk()
        except tkinter.TclError as error:
            raise UserError(f"--show: there is no screen to show on ({error}); use --out instead.") from error
        self._root.title(title)
        self._label = tkinter.Label(self._root)
        self._label.pack()
        self._open = True
        self._pressed = False
        self._root.protocol("WM_DELETE_WINDOW", self._close)
        self._root.bind("<Key>", lambda event: self._close() if event.keysym in ("q", "Escape") else self._go_on())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._root.destroy()

    def show(self, picture: NDArray[np.uint8], *, wait: bool = False) -> None:
        """Show (H, W, 3) uint8 RGB, shrunk to the screen if need be; `wait` waits for a key.

        Raises:
            WindowClosed: when the user has had enough.
            KeyboardInterrupt: on Ctrl-C in the terminal.
        """
        from PIL import ImageTk

        image = Image.fromarray(picture)
        image.thumbnail(
            (
                round(self._root.winfo_screenwidth() * _SHARE_OF_SCREEN),
                round(self._root.winfo_screenheight() * _SHARE_OF_SCREEN),
            )
        )
        self._photo = ImageTk.PhotoImage(image, master=self._root)  # Tk itself does not keep it alive
        self._label.configure(image=self._photo)
        self._pressed = False
        self._root.update()
        while wait and not self._pressed:
            # Tk's own waiting would not let Python see a signal before the next key.
            time.sleep(_LOOK_AT_EVENTS_S)
            self._root.update()
        if not self._open:
            raise WindowClosed

    def _close(self) -> None:
        self._open = False
        self._go_on()

    def _go_on(self) -> None:
        self._pressed = True

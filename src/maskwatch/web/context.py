"""What the routes of the server share, built once when it is started."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from maskwatch.config import Site
from maskwatch.config.web import is_loopback, reaches_beyond
from maskwatch.detections import Detect
from maskwatch.web.access.pauses import Pauses
from maskwatch.web.access.people import People
from maskwatch.web.access.sessions import Sessions
from maskwatch.web.hub import Hub
from maskwatch.web.kept_pictures import KeptPictures
from maskwatch.web.link import Link
from maskwatch.web.marking import Marking
from maskwatch.web.order import Order
from maskwatch.web.reading import Reading


@dataclass
class Context:
    """Everything the routes need.

    Attributes:
        site: the settings as they are now.
        detect: gives what finds faces, from very low scores on, and the model's own least score; the model is loaded
            the first time somebody needs it.
        hashing, detecting, editing: held while that is done, so that many at a time do not take all of the machine.
    """

    order: Order
    site: Site
    hub: Hub
    link: Link
    reading: Reading
    people: People
    marking: Marking
    detect: Callable[[], tuple[Detect, float]]
    pauses: Pauses = field(default_factory=Pauses)
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    detecting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    editing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.sessions = Sessions(self.people)
        self.keeping = KeptPictures(self.order.site.store)

    def open_to_this_machine(self) -> bool:
        """Whether no sign-in is asked of who sits at this machine: nobody else can come, and there are no users."""
        web = self.order.site.web
        return is_loopback(web.socket[0]) and not reaches_beyond(web) and not self.people.any_user()


def _context(request: Request) -> Context:
    context = request.app.state.context
    assert isinstance(context, Context)
    return context


Ctx = Annotated[Context, Depends(_context)]

"""What the routes of the server share, built once when it is started."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from maskwatch.config import Site
from maskwatch.detections import Detect
from maskwatch.web.hub import Hub
from maskwatch.web.link import Link
from maskwatch.web.order import Order
from maskwatch.web.reading import Reading


@dataclass
class Context:
    """Everything the routes need.

    Attributes:
        site: the settings as they are now.
        detect: gives the detector, which is loaded the first time somebody needs it.
    """

    order: Order
    site: Site
    hub: Hub
    link: Link
    reading: Reading
    detect: Callable[[], Detect]


def _context(request: Request) -> Context:
    context = request.app.state.context
    assert isinstance(context, Context)
    return context


Ctx = Annotated[Context, Depends(_context)]

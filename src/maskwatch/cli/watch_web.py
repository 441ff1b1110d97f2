"""The page and the API of a watch: whether they are served, and by what."""

import logging
import multiprocessing
import threading
from contextlib import ExitStack
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from socket import socket

from maskwatch.cli.extras import require_extra
from maskwatch.cli.watch_request import Request
from maskwatch.config import Site, Web
from maskwatch.config.web import reaches_beyond
from maskwatch.errors import UserError
from maskwatch.watching.lineup import Lineup
from maskwatch.watching.service import Watch
from maskwatch.web.models import FieldFault
from maskwatch.web.order import Order
from maskwatch.web.watchside.feeder import Feeder
from maskwatch.web.watchside.keeper import Keeper

log = logging.getLogger(__name__)

_TAKEN_OVER_S = 10.0
_ADD_A_USER = "first add somebody who may sign in: maskwatch user add NAME --role admin"


def open_door(request: Request, site: Site) -> socket | None:
    """The socket that browsers reach; None if no page is to be served.

    Raises:
        UserError: for an address where nobody can listen, or a part that is not installed, if somebody asked for
            the page; otherwise that is a warning, and the watch goes on without.
    """
    if not site.web.enabled or (request.fast and request.web is None):
        return None
    try:
        for module in ("fastapi", "uvicorn", "argon2", "itsdangerous", "multipart"):
            require_extra(module, "web")
        # These need what the extra brings.
        from maskwatch.web.access.people import People
        from maskwatch.web.listening import listen

        people = People(site.store)
        has_users = people.any_user()
        people.close()
        if reaches_beyond(site.web) and not has_users:
            raise UserError(f"the page at {site.web.address} can be reached from elsewhere; {_ADD_A_USER}")
        return listen(site.web)
    except UserError as error:
        if request.web is not None or "web" in site.model_fields_set:
            raise
        log.warning("no page is served: %s", error)
        return None


def keeper_of(lineup: Lineup, stack: ExitStack) -> Keeper:
    """What keeps pictures of events; it ends with the stack."""
    keeper = Keeper(lambda: lineup.site, lineup.site.store)
    keeper.start()
    stack.callback(keeper.close)
    return keeper


def feeder_of(request: Request, door: socket, watch: Watch, lineup: Lineup, model: str, stack: ExitStack) -> Feeder:
    """The server's feeder, not started yet; it ends with the stack."""
    stack.callback(door.close)

    def serve(connection: Connection) -> BaseProcess:
        # The server's libraries are its own process's business; spawned, it shares nothing with the watch.
        from maskwatch.cli.web_process import run_web

        order = Order(lineup.site, request.config, request.device, request.threads, request.json_logs)
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=run_web, args=(order, door, connection), name="page")
        process.start()
        return process

    feeder = Feeder(
        watch,
        serve,
        lambda: take_over(request, watch, lineup),
        lineup.site.web.pictures,
        model,
        watch.clock.utc(),
    )
    stack.callback(feeder.close)
    return feeder


def address_of(web: Web) -> str:
    """Where a browser on this machine finds the page."""
    return f"{'https' if web.certificate else 'http'}://{web.address}{web.root_path}/"


def take_over(request: Request, watch: Watch, lineup: Lineup) -> list[FieldFault]:
    """Read the settings again and go on with them; what cannot be followed before the next start."""
    try:
        site = request.site()
    except UserError as error:
        return [FieldFault(field="", message=str(error))]
    waiting = lineup.waits_for_restart(site)
    done = threading.Event()
    faults: list[FieldFault] = []

    def change() -> None:
        try:
            lineup.take_over(site, watch)
        except UserError as error:
            faults.append(FieldFault(field="", message=str(error)))
        done.set()

    watch.ask(change)
    if not done.wait(_TAKEN_OVER_S):
        return [FieldFault(field="", message="the watch has not come to it yet")]
    log.info("settings taken over")
    return [*faults, *(FieldFault(field=name, message="takes effect at the next start") for name in waiting)]

"""The socket that browsers reach: opened by the watch, so that a fault is known at once and a restart loses nobody."""

import socket

from maskwatch.config import Web
from maskwatch.errors import UserError

_BACKLOG = 128


def listen(web: Web) -> socket.socket:
    """A listening socket; raises `UserError` where nobody can listen."""
    host, port = web.socket
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UserError(f"--web {web.address}: there is no such address ({error.strerror}).") from error
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise UserError(f"--web {web.address}: cannot listen there ({error.strerror}); choose another.") from error
    listening.set_inheritable(True)
    return listening

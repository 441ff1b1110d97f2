"""Who is signed in: a signed cookie, and a second proof that a request comes from our own page."""

import hashlib
import hmac
import secrets
import time

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete, insert, select

from maskwatch.web.access.people import People, User
from maskwatch.web.access.scopes import SCOPES_OF, Principal, Role, Scope
from maskwatch.web.access.tables import ended_sessions

LASTS_S = 12 * 3600
LOCAL = "local"


class Sessions:
    """Sessions of the users in a file; they end after twelve hours, with sign-out, and with a new password."""

    def __init__(self, people: People) -> None:
        self._people = people
        key = people.signing_key()
        self._signer = URLSafeTimedSerializer(
            key, salt="maskwatch session", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._key = hashlib.sha256(b"csrf" + key).digest()

    def begin(self, user: User) -> tuple[str, Principal]:
        """The cookie of a new session, and who it is."""
        session = secrets.token_hex(16)
        cookie = self._signer.dumps([user.name, user.epoch, session])
        assert isinstance(cookie, str)
        return cookie, Principal(user.name, SCOPES_OF[user.role], session, user.role)

    def holder(self, cookie: str) -> Principal | None:
        """Whose cookie it is; None for one that is forged, over, signed out of or of an old password."""
        try:
            name, epoch, session = self._signer.loads(cookie, max_age=LASTS_S)
        except (BadData, ValueError, TypeError):
            return None
        user = self._people.user(name)
        if user is None or user.epoch != epoch or self._has_ended(session):
            return None
        return Principal(user.name, SCOPES_OF[user.role], session, user.role)

    def end(self, session: str) -> None:
        """Sign out, also for whoever has copied the cookie."""
        with self._people.engine.begin() as connection:
            connection.execute(delete(ended_sessions).where(ended_sessions.c.until_s < time.time()))
            connection.execute(insert(ended_sessions).values(id=session, until_s=time.time() + LASTS_S))

    def csrf_token(self, session: str) -> str:
        """What the page sends along, and no other page can know."""
        return hmac.new(self._key, session.encode(), hashlib.sha256).hexdigest()

    def proves(self, session: str, token: str) -> bool:
        return hmac.compare_digest(self.csrf_token(session), token)

    def _has_ended(self, session: str) -> bool:
        with self._people.engine.connect() as connection:
            return (
                connection.execute(select(ended_sessions.c.id).where(ended_sessions.c.id == session)).first()
                is not None
            )


def local() -> Principal:
    """Whoever sits at this machine, as long as there are no users."""
    return Principal(LOCAL, frozenset(Scope), LOCAL, Role.ADMIN)

"""Who may do what: sign-in, roles, tokens, CSRF, pauses, hosts, origins, limits, and what is written down of it."""

import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from commands import maskwatch
from maskwatch.client import ApiError, Client
from maskwatch.errors import UserError
from maskwatch.web.access.pauses import Pauses
from maskwatch.web.access.people import People
from maskwatch.web.access.scopes import SCOPES_OF, Role, Scope
from maskwatch.web.access.tables import access_path
from maskwatch.web.guarding import COOKIE
from maskwatch.web.shield import Allowance
from web_parts import PASSWORD, SITE, Served, served

# What each route needs, beside nothing at all: asked for by method and path, so a new route has to be thought about.
NEEDS = {
    "GET /healthz": None,
    "GET /readyz": None,
    "GET /api/v1/session": None,
    "POST /api/v1/session": None,
    "DELETE /api/v1/session": None,
    "GET /metrics": Scope.READ,
    "GET /api/v1/about": Scope.READ,
    "GET /api/v1/cameras": Scope.READ,
    "GET /api/v1/cameras/{camera}/picture": Scope.READ,
    "GET /api/v1/live": Scope.READ,
    "GET /api/v1/events": Scope.READ,
    "GET /api/v1/events.csv": Scope.READ,
    "GET /api/v1/events.json": Scope.READ,
    "GET /api/v1/events/{event_id}": Scope.READ,
    "GET /api/v1/events/{event_id}/picture": Scope.READ,
    "PUT /api/v1/events/{event_id}/mark": Scope.OPERATE,
    "GET /api/v1/summary": Scope.READ,
    "GET /api/v1/summary.csv": Scope.READ,
    "GET /api/v1/summary/compare": Scope.READ,
    "POST /api/v1/detect": Scope.DETECT,
    "POST /api/v1/detect/clip": Scope.DETECT,
    "GET /api/v1/site": Scope.OPERATE,
    "PUT /api/v1/site": Scope.ADMIN,
    "PUT /api/v1/cameras/{camera}/shapes": Scope.OPERATE,
    "POST /api/v1/cameras/test": Scope.ADMIN,
    "GET /api/v1/health": Scope.OPERATE,
    "GET /api/v1/audit": Scope.ADMIN,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site with a user of each role."""
    with served(tmp_path_factory.mktemp("site")) as each:
        for role in Role:
            each.context.people.put_user(f"a {role}", role, PASSWORD)
        each.context.pauses.now = lambda: 0.0
        yield each


def routes(site: Served) -> list[tuple[str, str]]:
    paths = site.document["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


def test_every_route_is_thought_of(site: Served) -> None:
    assert {f"{method} {path}" for method, path in routes(site)} == set(NEEDS)


@pytest.mark.parametrize("who", [None, *Role])
def test_a_route_opens_for_whom_it_should_and_for_nobody_else(site: Served, who: Role | None) -> None:
    client = site.client()
    http, headers = client._http, {}
    if who is not None:
        headers = {"X-CSRF-Token": client.sign_in(f"a {who}", PASSWORD).csrf_token or ""}
    scopes = SCOPES_OF[who] if who else frozenset()
    for name, need in NEEDS.items():
        method, path = name.split()
        if path in ("/api/v1/live", "/api/v1/session", "/api/v1/cameras/{camera}/picture") and need in (None, *scopes):
            continue  # these wait, or end what is tested
        answer = http.request(method, re.sub(r"\{.*?\}", "none", path), headers=headers)
        refused = answer.status_code in (401, 403)
        assert refused == (need is not None and need not in scopes), f"{name} for {who}: {answer.status_code}"
        assert not refused or answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_password_is_told_from_no_user_by_nothing(site: Served) -> None:
    answers = [
        site.http().post("/api/v1/session", json={"name": name, "password": "wrong"}).json()
        for name in ("a viewer", "nobody")
    ]
    assert answers[0] == answers[1]
    site.context.pauses.succeeded(["host 127.0.0.1"])


def test_who_guesses_waits_longer_each_time_and_nobody_else_does(site: Served) -> None:
    guesser, other = site.http(host="192.0.2.7"), site.client(host="192.0.2.8")
    guesses = [guesser.post("/api/v1/session", json={"name": f"n{n}", "password": "x"}) for n in range(4)]
    assert [each.status_code for each in guesses] == [401, 401, 401, 429]
    assert int(guesses[3].headers["Retry-After"]) >= 1
    assert other.sign_in("a viewer", PASSWORD).name == "a viewer"


def test_pauses_grow_up_to_a_limit_and_are_forgotten_with_success() -> None:
    clock = [0.0]
    pauses, told = Pauses(lambda: clock[0]), []
    for _ in range(16):
        pauses.failed(["user a"])
        told.append(pauses.left_s(["user a", "host b"]))
    assert told[:6] == [0, 0, 1, 2, 4, 8]
    assert told[-1] == max(told) == 900
    clock[0] += 900
    assert pauses.left_s(["user a"]) == 0
    pauses.succeeded(["user a"])
    pauses.failed(["user a"])
    assert pauses.left_s(["user a"]) == 0


def test_the_cookie_is_locked_and_a_forged_one_opens_nothing(site: Served) -> None:
    http = site.http(address="https://localhost")
    answer = http.post("/api/v1/session", json={"name": "a viewer", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    for word in ("HttpOnly", "SameSite=strict", "Secure", "Path=/"):
        assert word in cookie
    value = http.cookies[COOKIE]
    forged = site.http()
    forged.cookies.set(COOKIE, value[:-2] + ("aa" if value[-2:] != "aa" else "bb"))
    assert forged.get("/api/v1/cameras").status_code == 401


@pytest.mark.parametrize("how", ["sign-out", "new password", "removal"])
def test_a_session_ends_for_every_copy_of_its_cookie(tmp_path: Path, how: str) -> None:
    with served(tmp_path) as site:
        client = site.signed_in("ann", "operator")
        copy = site.http()
        copy.cookies.set(COOKIE, client._http.cookies[COOKIE])
        assert copy.get("/api/v1/cameras").status_code == 200
        site.context.people.put_user("bob", Role.ADMIN, PASSWORD)  # so that somebody is left
        if how == "sign-out":
            client.sign_out()
        elif how == "removal":
            site.context.people.remove_user("ann")
        else:
            site.context.people.put_user("ann", Role.OPERATOR, "another secret")
        assert copy.get("/api/v1/cameras").status_code == 401


@pytest.mark.parametrize("token", [None, "", "0" * 64, "of another session"])
def test_nothing_changes_without_the_token_of_this_very_session(site: Served, token: str | None) -> None:
    client, other = site.client(), site.client()
    client.sign_in("a operator", PASSWORD)
    if token == "of another session":
        token = other.sign_in("a operator", PASSWORD).csrf_token
    headers = {} if token is None else {"X-CSRF-Token": token}
    answer = client._http.put("/api/v1/events/event-1/mark", json={"mark": "seen"}, headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (403, "Not allowed")
    assert [each.track for each in client.events(state="seen")] == []


def test_a_token_opens_what_it_may_until_it_is_over_and_needs_no_other_proof(site: Served) -> None:
    people = site.context.people
    token = people.add_token("counter", {Scope.READ}, None)
    client = Client(http=site.http(host="192.0.2.1"), token=token)
    assert len(client.cameras()) == 2
    with pytest.raises(ApiError, match="right to operate"):
        client.mark("event-1", "seen")
    assert people.list_tokens()[0].name == "counter"
    assert token.split("_")[2].encode() not in access_path(site.context.site.store).read_bytes()
    over = people.add_token("old", {Scope.READ}, datetime.now(UTC) - timedelta(seconds=1))
    for wrong in (over, token[:-1], token + "a", "mwt__", "nonsense"):
        assert site.http().get("/api/v1/cameras", headers={"Authorization": f"Bearer {wrong}"}).status_code == 401
    people.remove_token("counter")
    with pytest.raises(ApiError, match="not known"):
        client.cameras()


def test_without_users_this_machine_is_let_in_and_no_other(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        assert site.client().session().name == "local"
        assert site.http(host="192.0.2.1").get("/api/v1/cameras").status_code == 401
        site.context.people.put_user("ann", Role.VIEWER, PASSWORD)
        assert site.http().get("/api/v1/cameras").status_code == 401


@pytest.mark.parametrize(
    "line", ['root_path = "/masks"', 'hosts = ["a.example"]', 'trusted_proxies = ["127.0.0.1/32"]']
)
def test_behind_a_proxy_nobody_is_let_in_without_signing_in(tmp_path: Path, line: str) -> None:
    with served(tmp_path, SITE.replace("[web]", f"[web]\n{line}")) as site:
        assert site.http().get("/api/v1/cameras").status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "a b", "u@localhost"]
)
def test_a_name_that_is_not_ours_is_not_answered(site: Served, host: str) -> None:
    answer = site.http().get("/healthz", headers={"Host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8750", "localhost", "LOCALHOST:1", "[::1]:8750", "192.0.2.3"])
def test_our_names_and_plain_numbers_are_answered(site: Served, host: str) -> None:
    assert site.http().get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://127.0.0.1:8750"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "https://127.0.0.1:8750"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_requests_of_other_sites_pages_are_refused(site: Served, headers: dict[str, str], status: int) -> None:
    assert site.http().get("/healthz", headers=headers).status_code == status


def test_every_answer_has_the_headers_that_protect_it(site: Served) -> None:
    for path in ("/healthz", "/api/v1/cameras", "/nonsense"):
        headers = site.http().get(path).headers
        assert "script-src 'self';" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in site.http().get("/healthz").headers
    assert "strict-transport-security" in site.http(address="https://localhost").get("/healthz").headers


def test_more_than_a_route_takes_is_refused_with_and_without_a_length(site: Served) -> None:
    large = b"x" * 1_000_001
    told = site.http().post("/api/v1/session", content=large)

    def some() -> Iterator[bytes]:
        yield large

    assert told.status_code == 413
    assert site.http().post("/api/v1/session", content=b"", headers={"Content-Length": "-1"}).status_code in (400, 413)


def test_an_allowance_fills_up_again() -> None:
    allowance = Allowance(60)
    taken = [allowance.takes("a", 0.0) for _ in range(61)]
    assert taken == [True] * 60 + [False]
    assert allowance.takes("b", 0.0)
    assert allowance.takes("a", 1.0)
    assert not allowance.takes("a", 1.0)


def test_too_many_requests_of_one_visitor_are_told_to_wait(tmp_path: Path) -> None:
    with served(tmp_path, SITE.replace("[web]", "[web]\nrequests_per_minute = 3")) as site:
        http = site.http()
        assert [http.get("/healthz").status_code for _ in range(4)] == [200, 200, 200, 429]
        assert site.http(host="192.0.2.1").get("/healthz").status_code == 200


def test_who_did_what_is_written_down_and_no_secret_with_it(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        client = site.signed_in("ann", "admin")
        with pytest.raises(ApiError):
            site.client().sign_in("ann", "a wrong guess")
        client.mark("event-1", "seen")
        lines = client._http.get("/api/v1/audit").json()
        assert [line["action"] for line in lines] == ["marked an event seen", "sign-in failed", "signed in"]
        assert "guess" not in str(lines)
        assert PASSWORD not in str(lines)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "ann of the hill"])
def test_passwords_that_are_guessed_at_once_are_refused(tmp_path: Path, password: str) -> None:
    with pytest.raises(UserError, match="password"):
        People(tmp_path / "s.sqlite").put_user("Ann of the Hill", Role.VIEWER, password)


def test_the_file_of_users_is_its_owners_alone(tmp_path: Path) -> None:
    path = access_path(tmp_path / "s.sqlite")
    path.touch(0o666)
    people = People(tmp_path / "s.sqlite")
    people.put_user("ann", Role.VIEWER, PASSWORD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"$argon2id$" in path.read_bytes()
    people.close()


def test_users_and_tokens_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    store = tmp_path / "s.sqlite"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert maskwatch("user", "add", "ann", "--role", "operator", "--store", store).code == 0
    assert "operator" in maskwatch("user", "list", "--store", store).out
    made = maskwatch("token", "add", "prom", "--scope", "read", "--days", "9", "--store", store)
    assert made.out.startswith("mwt_")
    assert made.out.strip() not in maskwatch("token", "list", "--store", store).out
    assert maskwatch("token", "add", "prom", "--scope", "read", "--store", store).code == 2
    assert maskwatch("token", "add", "x", "--scope", "fly", "--store", store).code == 2
    for what, name in (("token", "prom"), ("user", "ann")):
        assert maskwatch(what, "remove", name, "--store", store).code == 0
        assert maskwatch(what, "remove", name, "--store", store).code == 2


def test_nobody_listens_beyond_this_machine_before_there_is_a_user(tmp_path: Path) -> None:
    outcome = maskwatch("watch", "demo", "--web", "0.0.0.0:8759", "--store", tmp_path / "s.sqlite")
    assert outcome.code == 2
    assert "maskwatch user add" in outcome.err


def test_no_error_of_the_application_is_told_as_a_traceback(site: Served) -> None:
    assert isinstance(site.http(), httpx.Client)
    answer = site.http().request("POST", "/healthz")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")

"""Schemathesis asks the API everything that its own OpenAPI document allows, and much that it does not."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from maskwatch.web.patient_protocol import PatientProtocol
from web_parts import SITE, Served, served


@contextmanager
def listening(site: Served) -> Iterator[str]:
    """The application on a port of this machine, as the server's process runs it."""
    configuration = uvicorn.Config(
        site.app, port=0, http=PatientProtocol, ws="none", lifespan="off", log_level="critical", access_log=False
    )
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.mark.slow
def test_nothing_that_is_asked_is_a_server_error(tmp_path: Path) -> None:
    with served(tmp_path, SITE.replace("[web]", "[web]\nrequests_per_minute = 1000000")) as site, listening(site) as at:
        token = site.context.sessions.csrf_token("local")
        # Live data has no end; a picture, and a camera that is tried, are waited for; without a watch nothing is ready.
        skipped = ("/readyz", "/api/v1/live", "/api/v1/cameras/{camera}/picture", "/api/v1/cameras/test")
        command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{at}/api/v1/openapi.json"]
        command += ["--header", f"X-CSRF-Token: {token}", "--checks", "not_a_server_error", "--max-examples", "12"]
        command += ["--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color", "--request-timeout", "60"]
        command += ["--suppress-health-check", "all"]
        for path in skipped:
            command += ["--exclude-path", path]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=500)
        failures = done.stdout.partition("= FAILURES =")[2].partition("= WARNINGS =")[0]
        assert done.returncode == 0, failures[:6000] or done.stdout[-3000:] + done.stderr[-2000:]
        assert " passed" in done.stdout

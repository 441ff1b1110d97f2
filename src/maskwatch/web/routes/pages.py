"""The pages and their files: from a table made at the start, so no address ever becomes a path."""

from collections.abc import Callable
from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import Response

from maskwatch.web.page_files import PageFile, pages, plotly_file, static_files
from maskwatch.web.problems import ProblemError

# Browsers keep the files, and ask each time whether they are still these.
_HEADERS = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
_LEAST_GZIPPED = 1000


def router() -> APIRouter:
    """Routes of every page and file there is."""
    made = APIRouter(include_in_schema=False)
    for path, page in pages().items():
        made.add_api_route(f"/{path}", _always(page), methods=["GET", "HEAD"])
    files = static_files()

    @made.api_route("/static/{name}", methods=["GET", "HEAD"])
    def static(name: str, request: Request) -> Response:
        file = _plotly() if name == "plotly.js" else files.get(name)
        if file is None:
            raise ProblemError(404, "There is no such file.")
        return _answer(file, request)

    return made


def _always(page: PageFile) -> Callable[[Request], Response]:
    def shown(request: Request) -> Response:
        return _answer(page, request)

    return shown


@cache
def _plotly() -> PageFile:
    return plotly_file()


def _answer(file: PageFile, request: Request) -> Response:
    headers = _HEADERS | {"ETag": file.etag}
    if file.etag in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    if len(file.body) < _LEAST_GZIPPED or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(file.body, media_type=file.media_type, headers=headers)
    return Response(file.gzipped, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})

"""Errors of the API: always `application/problem+json` (RFC 9457), never a traceback."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from maskwatch.errors import UserError
from maskwatch.web.models import FieldFault, Problem

PROBLEM_JSON = "application/problem+json"

_TITLES = {
    400: "Bad request",
    401: "Sign-in needed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not a format that is read here",
    421: "Not a host of this server",
    422: "Not valid",
    429: "Too many requests",
    503: "Not available now",
    504: "Took too long",
}


class ProblemError(Exception):
    """Ends a request with a problem; `detail` is one sentence that says what to do."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, tuple(errors), headers


def problem_response(
    status: int, detail: str, errors: Sequence[FieldFault] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    problem = Problem(title=_TITLES.get(status, "Error"), status=status, detail=detail, errors=tuple(errors))
    return JSONResponse(problem.model_dump(mode="json"), status, headers, PROBLEM_JSON)


def answer_with_problems(app: FastAPI) -> None:
    """Have every error of an application answered as a problem."""

    @app.exception_handler(ProblemError)
    async def _of_ours(_request: Request, error: ProblemError) -> Response:
        return problem_response(error.status, error.detail, error.errors, error.headers)

    @app.exception_handler(UserError)
    async def _of_user(_request: Request, error: UserError) -> Response:
        return problem_response(422, str(error))

    @app.exception_handler(RequestValidationError)
    async def _of_validation(_request: Request, error: RequestValidationError) -> Response:
        faults = [field_fault(each) for each in error.errors()]
        where = ", ".join(sorted({fault.field for fault in faults}))
        return problem_response(422, f"Look at {where}.", faults)

    @app.exception_handler(HTTPException)
    async def _of_http(_request: Request, error: HTTPException) -> Response:
        return problem_response(error.status_code, f"{error.detail}.", headers=error.headers)


def field_fault(error: Mapping[str, Any]) -> FieldFault:
    """One of pydantic's findings, without the value, which may be a secret."""
    place = [part for part in error["loc"] if part not in ("body", "query", "path", "header")]
    words = str(error["msg"]).removeprefix("Value error, ").replace("Input should", "this should").rstrip(".")
    return FieldFault(field=".".join(str(part) for part in place) or "body", message=words)


# What every route may answer, for the OpenAPI document.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": _TITLES[status],
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 401, 403, 404, 409, 412, 413, 415, 421, 422, 429, 503, 504)
}

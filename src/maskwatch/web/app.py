"""The application: routes, errors, and what stands before them."""

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.types import ASGIApp

from maskwatch import __version__
from maskwatch.web.access.scopes import Scope
from maskwatch.web.context import Context
from maskwatch.web.guarding import allowed
from maskwatch.web.models import Problem
from maskwatch.web.problems import PROBLEMS, answer_with_problems
from maskwatch.web.routes import (
    about,
    cameras,
    detect,
    events,
    health,
    live,
    metrics,
    pages,
    report,
    session,
    site,
    summary,
)
from maskwatch.web.shield import Shield

API = "/api/v1"


def create_app(context: Context) -> FastAPI:
    """The page and the API of one site."""
    app = FastAPI(
        title="maskwatch",
        version=__version__,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
    )
    app.state.context = context
    app.openapi = lambda: _with_problem(app)  # type: ignore[method-assign]  # the way FastAPI's manual has it
    answer_with_problems(app)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(session.router, prefix=API)
    app.include_router(pages.router())
    for module in (about, cameras, live, events, summary, detect, site, report):
        app.include_router(module.router, prefix=API, dependencies=[Depends(allowed(Scope.READ))])
    return app


def _with_problem(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the model that all errors refer to."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        template = "#/components/schemas/{model}"
        problem = Problem.model_json_schema(ref_template=template)
        document["components"]["schemas"] |= problem.pop("$defs") | {"Problem": problem}
        app.openapi_schema = document
    return app.openapi_schema


def shielded(app: FastAPI) -> ASGIApp:
    """The application behind everything that holds for all requests."""
    context = app.state.context
    assert isinstance(context, Context)
    return Shield(app, context.order.site.web)

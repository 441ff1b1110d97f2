"""The application: routes, errors, and what stands before them."""

from fastapi import FastAPI

from maskwatch import __version__
from maskwatch.web.context import Context
from maskwatch.web.problems import PROBLEMS, answer_with_problems
from maskwatch.web.routes import cameras, health, live

API = "/api/v1"


def create_app(context: Context) -> FastAPI:
    """The page and the API of one site."""
    app = FastAPI(
        title="maskwatch",
        version=__version__,
        root_path=context.site.web.root_path,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
    )
    app.state.context = context
    answer_with_problems(app)
    app.include_router(health.router)
    for module in (cameras, live):
        app.include_router(module.router, prefix=API)
    return app

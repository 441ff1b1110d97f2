"""Optional parts of the installation."""

from importlib.util import find_spec

from maskwatch.errors import UserError


def require_extra(module: str, extra: str) -> None:
    """Raise UserError, with what to install, where `module` is missing."""
    if find_spec(module) is None:
        raise UserError(f"this needs {module}, which is not installed; run: pip install 'maskwatch[{extra}]'")


def require_watch() -> None:
    """Raise UserError, with what to install, where anything that watching needs is missing."""
    for module in ("pydantic", "sqlalchemy", "alembic", "prometheus_client", "trackers"):
        require_extra(module, "watch")
    from maskwatch.watching.tracking import require_tracker

    require_tracker()

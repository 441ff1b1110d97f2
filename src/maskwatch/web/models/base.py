"""What all models of the API share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """What all of them share."""

    model_config = ConfigDict(frozen=True)


class FieldFault(Model):
    """One thing wrong with what was sent: where, `zones.0.polygon` say, and what."""

    field: str
    message: str


class Problem(Model):
    """An error, as RFC 9457 has it (`application/problem+json`)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: tuple[FieldFault, ...] = ()


Limit = Annotated[int, Field(ge=1, le=500)]

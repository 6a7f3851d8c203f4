"""Posted forms, read once and bounded."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request

from facility.domain.errors import Conflict

MOST_BYTES = 64_000

Fields = Mapping[str, list[str]]


async def form_of(request: Request) -> Fields:
    """The fields of a posted form, as lists; the same object when it is asked for again."""
    known: Fields | None = getattr(request.state, "form", None)
    if known is not None:
        return known
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Conflict("the form is too large")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
    request.state.form = fields
    return fields


Form = Annotated[Fields, Depends(form_of)]


def first(form: Fields, name: str) -> str:
    """The first value of a field; empty when it is missing."""
    return form.get(name, [""])[0].strip()


def secret(form: Fields, name: str) -> str:
    """The same, blanks kept: they belong to a password."""
    return form.get(name, [""])[0]

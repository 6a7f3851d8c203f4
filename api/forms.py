"""What was posted, read once and never more of it than MOST_BYTES."""

import json
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request

from facility.domain.errors import Conflict, Unfit

MOST_BYTES = 64_000

Fields = Mapping[str, list[str]]


async def body_of(request: Request) -> bytes | None:
    """The body; None when it is larger than MOST_BYTES: the rest is not read."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return body


async def form_of(request: Request) -> Fields:
    """The fields of a posted form, as lists; the same object when it is asked for again."""
    known: Fields | None = getattr(request.state, "form", None)
    if known is not None:
        return known
    body = await body_of(request)
    if body is None:
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


Given = Mapping[str, str]
"""What was sent, whichever way: name → text."""


async def fields_of(request: Request) -> Given:
    """What was sent, as a form or as a JSON object of plain values: name → text; Unfit."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return {name: values[0].strip() for name, values in (await form_of(request)).items()}
    body = await body_of(request)
    if body is None:
        raise Unfit("body", "form_damaged", f"is larger than {MOST_BYTES} bytes")
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        raise Unfit("body", "form_damaged", "is no JSON") from None
    if not isinstance(given, dict) or any(isinstance(value, dict | list) for value in given.values()):
        raise Unfit("body", "form_damaged", "must be a JSON object of plain values")
    return {str(name): "" if value is None else str(value).strip() for name, value in given.items()}


Sent = Annotated[Given, Depends(fields_of)]

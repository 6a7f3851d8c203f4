"""What was posted, read once and never more of it than MOST_BYTES."""

import json
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import UploadFile

from facility.domain.errors import Conflict, Unfit

MOST_BYTES = 256_000
MOST_FIELDS = 4_000
"""A round over some hundred assets fills in that many."""
MOST_UPLOAD = 15_000_000
"""Bytes of a form with a file: a phone's largest photo."""
MOST_TEXTS = 20
LONGEST_FILE_NAME = 80

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
    if _kind_of(request) == "multipart/form-data":
        return await _with_file(request)
    body = await body_of(request)
    if body is None:
        raise Conflict("the form is too large")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    request.state.form = fields
    return fields


Form = Annotated[Fields, Depends(form_of)]


async def file_of(request: Request) -> bytes:
    """The file that was sent, in a form or as the body itself; Unfit when it is too large."""
    if _kind_of(request) == "multipart/form-data":
        await form_of(request)
        file: bytes = request.state.file
        return file
    if _kind_of(request) == "application/x-www-form-urlencoded":
        return b""  # a form without its file
    require_small(request)
    return await request.body()


def file_name_of(request: Request) -> str:
    """How the sender calls the file that `file_of` gave; to be shown, not to be trusted."""
    return str(getattr(request.state, "file_name", ""))[-LONGEST_FILE_NAME:]


def require_small(request: Request) -> None:
    """Unfit when the body is larger than MOST_UPLOAD, or does not say how large it is."""
    size = request.headers.get("content-length", "")
    if not size.isdecimal() or int(size) > MOST_UPLOAD:
        raise Unfit("file", "file_large", f"must be {MOST_UPLOAD} bytes at most", most=MOST_UPLOAD // 1_000_000)


async def _with_file(request: Request) -> Fields:
    require_small(request)
    try:
        async with request.form(max_files=1, max_fields=MOST_TEXTS) as parts:
            files = [part for _, part in parts.multi_items() if isinstance(part, UploadFile)]
            request.state.file = await files[0].read() if files else b""
            request.state.file_name = (files[0].filename or "") if files else ""
            request.state.form = {name: [text] for name, text in parts.multi_items() if isinstance(text, str)}
    except HTTPException as damaged:
        raise Unfit("form", "form_damaged", str(damaged.detail)) from None
    fields: Fields = request.state.form
    return fields


def _kind_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


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
    if _kind_of(request) != "application/json":
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

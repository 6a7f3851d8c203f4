"""Addresses of lists: the same filters with another page or order."""

from urllib.parse import urlencode

from fastapi import Request


def query_with(request: Request, **changes: object) -> str:
    """This address's query with other values; without `page` unless it is given, and without a name whose value is empty."""
    changed = {name: str(value) for name, value in changes.items()}
    kept = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in changed and name not in ("page", "lang") and value
    ]
    return urlencode([*kept, *((name, value) for name, value in changed.items() if value)])

"""The audit as a sheet: one row a row of the chain, in the reader's language beside the words and numbers as they were written."""

import json
from collections.abc import Iterable

from api.views.audit import AuditRowView
from api.web.pages import Words
from api.web.sheet import csv_text

COLUMNS = ("number", "at", "who", "actor", "what", "action", "subject", "detail", "hash")


def csv_of(rows: Iterable[AuditRowView], w: Words) -> str:
    """The heading and a row a row. Times with their offset, so that a sheet can be held against the chain."""
    heading = [w(f"audit.column.{name}") for name in COLUMNS]
    return csv_text([heading, *(_row(row, w) for row in rows)])


def _row(row: AuditRowView, w: Words) -> list[str]:
    return [
        str(row.number),
        row.at.astimezone(w.site.zone).isoformat(),
        row.who or w("audit.program"),
        row.actor,
        w.act(row.action),
        row.action,
        row.subject,
        json.dumps(dict(row.detail), ensure_ascii=False, sort_keys=True),
        row.hash,
    ]

"""Work database and present values: reached, password, schema, connections."""

from collections.abc import Iterator

from facility import wiring
from facility.cli.doctor.clock import compared
from facility.cli.doctor.finding import Check, Finding, Group, fine, note, wrong
from facility.cli.doctor.installation import Installation

ROOM = 25  # connections that the programs may take together in a busy moment


def checks(installation: Installation) -> list[Check]:
    """Both stores; once when they are one."""
    settings = installation.settings
    found = [Check(Group.WORK, "work database", lambda: look(settings.work, "work"))]
    if settings.live != settings.work:
        found.append(Check(Group.WORK, "present values", lambda: look(settings.live, "live")))
    return found


def look(url: str, store: str) -> Iterator[Finding]:
    """What the database says."""
    variable = f"FACILITY_{store.upper()}"
    known = wiring.database_facts(url, store)
    facts: dict[str, object] = {"store": store, "variable": variable, "where": known.where, "why": known.why}
    if known.trouble:
        facts["mend"] = known.mend
        yield (note if known.trouble == "absent" else wrong)(Group.WORK, known.trouble, **facts)
        return
    facts |= {"server": known.server, "schema": known.schema, "newest": known.schema_newest}
    yield fine(Group.WORK, "reached", **facts)
    if store == "work":
        yield _schema(known, facts)
    if known.read_only:
        yield wrong(Group.WORK, "read_only", **facts)
    if known.most_connections:
        yield _connections(known)
    if known.offset is not None:
        yield compared(f"PostgreSQL ({known.zone})", known.offset)


def _schema(known: wiring.DatabaseFacts, facts: dict[str, object]) -> Finding:
    if not known.schema_known:
        return wrong(Group.WORK, "schema_newer", **facts)
    if not known.schema:
        return note(Group.WORK, "schema_none", **facts)
    if known.schema != known.schema_newest:
        return note(Group.WORK, "schema_older", **facts)
    return fine(Group.WORK, "schema", **facts)


def _connections(known: wiring.DatabaseFacts) -> Finding:
    facts = {"used": known.connections, "most": known.most_connections, "room": ROOM}
    if known.most_connections - known.connections < ROOM:
        return note(Group.WORK, "few_connections", **facts)
    return fine(Group.WORK, "connections", **facts)

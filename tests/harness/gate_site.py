"""A site of gates on one broker, for programs that are killed, and a look into their stores from outside."""

import sqlite3
from contextlib import closing
from pathlib import Path

from facility.domain.errors import StoreError
from facility.store.live import SqlLive
from tests.harness.servers import Server

NOBODY = "http://127.0.0.1:9/hook"
_SITE = """
site: {site}
title: {{en: Gatehouse, zh: 门岗}}
zone: Asia/Shanghai
language: en
teams: {{crew: {{title: {{en: Crew, zh: 班组}}}}}}
positions: {{keeper: {{title: {{en: Keeper, zh: 管理员}}, team: crew, role: administrator}}}}
areas: {{gatehouse: {{title: {{en: Gatehouse, zh: 门岗}}, owner: keeper}}}}
links: {{gates: {{title: {{en: Gates, zh: 道闸}}, kind: mqtt, host: {host}, port: {port}}}}}
assets:
{assets}
ladders:
  1: [{{position: keeper, channels: [hook], after: 0s}}]
  2: [{{position: keeper, channels: [hook], after: 0s}}]
  3: [{{position: keeper, channels: [hook], after: 0s}}]
channels: {{hook: {{kind: webhook, url: "{hook}", secret_file: hook.secret, timeout: 5s}}}}
"""


def gate(id: str, title: str, profile: str, prefix: str, more: str = "") -> str:
    """The entry of one gate."""
    return (
        f"  {id}: {{title: {{en: {title}, zh: {title} 道闸}}, profile: {profile}, area: gatehouse, operating: keeper, "
        f"maintaining: keeper, link: gates, prefix: {prefix}{more}}}"
    )


def write_gate_site(
    folder: Path, site: str, broker: Server, assets: list[str], profile: str = "", hook: str = NOBODY
) -> None:
    """The site's files; `profile`: the text of the profile numbered_gate."""
    text = _SITE.format(site=site, host=broker.host, port=broker.port, assets="\n".join(assets), hook=hook)
    (folder / "site.yaml").write_text(text, "utf-8")
    (folder / "hook.secret").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "ascii")
    if profile:
        (folder / "profiles").mkdir(exist_ok=True)
        (folder / "profiles" / "numbered_gate.yaml").write_text(profile, "utf-8")


def rows(path: Path, query: str) -> list[tuple[str, ...]]:
    """What a program's SQLite file holds; nothing while it is not made."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            found: list[tuple[str, ...]] = connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []
    return found


def figure(live: Path, site: str, name: str, program: str = "collectors") -> float:
    """A figure of a program's own account in the Live file; 0 when there is none."""
    if not live.exists():
        return 0.0
    store = SqlLive(f"sqlite:///{live}", site)
    try:
        account = store.programs().get(program)
    except StoreError:
        account = None
    finally:
        store.close()
    return account.metrics.get(name, 0.0) if account else 0.0

"""Health of the message channels, and receipts of gateways."""

from typing import Any

from sqlalchemy import Row, select

from facility.domain.channel import ChannelHealth
from facility.domain.receipt import Receipt, ReceiptState
from facility.store.sql.repository import Repository
from facility.store.sql.tables import channel_health, receipts


class SqlChannels(Repository):
    """Port Channels."""

    def all(self) -> list[ChannelHealth]:
        """By channel."""
        query = select(channel_health).where(channel_health.c.site_id == self._site)
        return [_health(row) for row in self._rows(query.order_by(channel_health.c.channel))]

    def get(self, channel: str) -> ChannelHealth:
        """Blank when it was never used."""
        where = (channel_health.c.site_id == self._site, channel_health.c.channel == channel)
        row = self._row(select(channel_health).where(*where))
        return _health(row) if row is not None else ChannelHealth(channel)

    def put(self, health: ChannelHealth) -> None:
        """By channel."""
        values = {
            "accepted_at": health.accepted_at,
            "refused_at": health.refused_at,
            "refused_code": health.refused_code,
            "refused_text": health.refused_text,
            "failing_since": health.failing_since,
            "month": health.month,
            "used": health.used,
        }
        statement = self._insert(channel_health).values(site_id=self._site, channel=health.channel, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["site_id", "channel"], set_=values))


class SqlReceipts(Repository):
    """Port Receipts."""

    def add(self, receipt: Receipt) -> bool:
        """False when the same one came before."""
        values = {
            "notice": receipt.notice,
            "state": receipt.state.value,
            "key": receipt.key,
            "at": receipt.at,
            "received_at": receipt.received_at,
        }
        return self._add(receipts, values) is not None

    def of_notice(self, notice: int) -> list[Receipt]:
        """Oldest first."""
        query = select(receipts).where(receipts.c.site_id == self._site, receipts.c.notice == notice)
        return [_receipt(row) for row in self._rows(query.order_by(receipts.c.id))]


def _health(row: Row[Any]) -> ChannelHealth:
    return ChannelHealth(
        channel=row.channel,
        accepted_at=row.accepted_at,
        refused_at=row.refused_at,
        refused_code=row.refused_code,
        refused_text=row.refused_text,
        failing_since=row.failing_since,
        month=row.month,
        used=row.used,
    )


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(row.notice, ReceiptState(row.state), row.key, row.at, row.received_at)

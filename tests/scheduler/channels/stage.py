"""What the channel tests share: a message, a channel of any kind, and behaviours that every vendor may show."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from facility.domain.notice import ChannelSpec, Verdict
from facility.ports import Channel, Outgoing
from scheduler.channels import open_channel

NOW = datetime(2020, 9, 6, 2, 47, 53, tzinfo=UTC)  # 1599360473, the moment of the vendors' vectors
LINK = "http://f.test/a/t"
MESSAGE = Outgoing(
    "alert:1:0:4:x", "13800138000", "【一级信息】市电停电", "【一级信息】市电停电\n地点：1号配电房", LINK, 1
)

# What any web server may do instead of answering as the vendor does.
BROKEN = [
    ("empty", Verdict.UNKNOWN),
    ("html", Verdict.UNKNOWN),
    ("list", Verdict.UNKNOWN),
    ("reset", Verdict.UNKNOWN),
    ("half_body", Verdict.UNKNOWN),
    ("hang", Verdict.UNKNOWN),
    ("drip", Verdict.UNKNOWN),
    ("error500", Verdict.TRY_LATER),
    ("too_many", Verdict.TRY_LATER),
    ("not_found", Verdict.REFUSED),
    ("redirect", Verdict.REFUSED),
]


def channel(kind: str, url: str, folder: Path, secret: str = "", timeout: float = 2.0, **settings: object) -> Channel:
    """A channel whose secret stands in a file."""
    file = folder / "secret"
    file.write_text(secret + "\n", encoding="utf-8")
    spec = ChannelSpec(
        "x", kind, url, secret_file=file if secret else None, timeout=timedelta(seconds=timeout), settings=settings
    )
    return open_channel(spec, lambda: NOW)

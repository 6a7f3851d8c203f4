"""One HTTP exchange with a vendor: bounded in time and size, without redirects; says what a failure means for the message."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx

from facility.domain.notice import Answer, ChannelSpec, Verdict

LARGEST = 64 * 1024  # bytes of an answer that are read
LONGEST_REST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the vendor answered."""

    status: int
    body: bytes
    retry_after: timedelta | None = None


def open_client(spec: ChannelSpec) -> httpx.Client:
    """A client for one channel; a proxy only when the site file names one (`proxy`)."""
    proxy = spec.settings.get("proxy")
    longest = spec.timeout.total_seconds()
    return httpx.Client(
        timeout=httpx.Timeout(longest, connect=min(5.0, longest)),
        follow_redirects=False,
        trust_env=False,
        proxy=str(proxy) if proxy else None,
    )


def address(spec: ChannelSpec) -> str:
    """The channel's URL, which may hold a key: from the site file, or from a file of its own; OSError."""
    return spec.url_file.read_text(encoding="utf-8").strip() if spec.url_file else spec.url


def exchange(
    client: httpx.Client, url: str, content: bytes, headers: Mapping[str, str], longest: timedelta
) -> Reply | Answer:
    """POST; the reply, or what its absence means. Never names the URL: it may hold a key."""
    end = time.monotonic() + longest.total_seconds()
    try:
        with client.stream("POST", url, content=content, headers=dict(headers)) as response:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LARGEST or time.monotonic() > end:
                    return Answer(Verdict.UNKNOWN, "endless", "the answer did not end")
            return Reply(response.status_code, body, _retry_after(response))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
        return Answer(Verdict.TRY_LATER, type(error).__name__, "no connection")
    except httpx.TimeoutException as error:
        return Answer(Verdict.UNKNOWN, type(error).__name__, f"no answer within {longest.total_seconds():g} s")
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        return Answer(Verdict.REFUSED, type(error).__name__, "the channel's address cannot be used")
    except httpx.HTTPError as error:
        return Answer(Verdict.UNKNOWN, type(error).__name__, "the connection broke before the answer")


def busy(reply: Reply) -> Answer | None:
    """The answer for a status that means "later" (429, 5xx)."""
    if reply.status == 429 or reply.status >= 500:
        return Answer(Verdict.TRY_LATER, str(reply.status), "busy", reply.retry_after)
    return None


def _retry_after(response: httpx.Response) -> timedelta | None:
    text = response.headers.get("retry-after", "")
    return min(timedelta(seconds=int(text)), LONGEST_REST) if text.isdecimal() and len(text) < 9 else None

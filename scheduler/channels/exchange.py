"""One HTTP exchange with a vendor: bounded in time and size, without redirects; says what a failure means for the message."""

import json
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

import httpx

from facility.domain.notice import Answer, ChannelSpec, Verdict

logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines at INFO name the URL, and with it the key

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
LARGEST = 64 * 1024  # bytes of an answer that are read
NOT_REACHED = "no connection"  # words of an answer that stands for a vendor who was not reached
LONGEST_REST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the vendor answered."""

    status: int
    body: bytes
    retry_after: timedelta | None = None


def address(spec: ChannelSpec) -> str:
    """The channel's URL, which may hold a key: from the site file, or from a file of its own; OSError."""
    return spec.url_file.read_text(encoding="utf-8").strip() if spec.url_file else spec.url


def secret_text(spec: ChannelSpec) -> str:
    """The content of the secret file, read at each sending, so that it can be replaced; empty without one. OSError."""
    return spec.secret_file.read_text(encoding="utf-8").strip() if spec.secret_file else ""


def unreadable(error: OSError) -> Answer:
    """A file with the address or the secret cannot be read."""
    return Answer(Verdict.REFUSED, "secret_file", f"address or secret cannot be read ({error.strerror})")


def masked(answer: Answer, *secrets: str) -> Answer:
    """A vendor's words may repeat what was sent: neither secrets nor what stands in an address's query are kept."""
    words = answer.text
    for secret in secrets:
        hidden = [value for _, value in parse_qsl(urlsplit(secret).query)] if "://" in secret else [secret]
        for value in hidden:
            words = words.replace(value, "***") if len(value) > 3 else words
    return replace(answer, text=words)


def post_json(spec: ChannelSpec, url: str, document: object, headers: Mapping[str, str] = NO_HEADERS) -> Reply | Answer:
    """`exchange` of a JSON document."""
    body = json.dumps(document, ensure_ascii=False).encode()
    return exchange(spec, url, body, {"content-type": "application/json; charset=utf-8", **headers})


def document(reply: Reply) -> dict[str, object] | None:
    """The JSON object of a reply; None when it is none."""
    try:
        found = json.loads(reply.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def exchange(
    spec: ChannelSpec, url: str, content: bytes, headers: Mapping[str, str], method: str = "POST"
) -> Reply | Answer:
    """One request on a connection of its own; the reply, or what its absence means. Never names the URL: it may hold a key.

    A proxy is used only when the site file names one (`proxy`).
    """
    proxy, longest = spec.settings.get("proxy"), spec.timeout.total_seconds()
    end = time.monotonic() + longest
    try:
        with (
            httpx.Client(
                verify=_trust(),
                timeout=httpx.Timeout(longest, connect=min(5.0, longest)),
                trust_env=False,
                proxy=str(proxy) if proxy else None,
            ) as client,
            client.stream(method, url, content=content, headers=dict(headers)) as response,
        ):
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LARGEST or time.monotonic() > end:
                    return Answer(Verdict.UNKNOWN, "endless", "the answer did not end")
            return Reply(response.status_code, body, _retry_after(response))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
        return Answer(Verdict.TRY_LATER, type(error).__name__, NOT_REACHED)
    except httpx.TimeoutException as error:
        return Answer(Verdict.UNKNOWN, type(error).__name__, f"no answer within {longest:g} s")
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        return Answer(Verdict.REFUSED, type(error).__name__, "the channel's address cannot be used")
    except httpx.HTTPError as error:
        return Answer(Verdict.UNKNOWN, type(error).__name__, "the connection broke before the answer")


def busy(reply: Reply) -> Answer | None:
    """The answer for a status that means "later" (429, 5xx)."""
    if reply.status == 429 or reply.status >= 500:
        return Answer(Verdict.TRY_LATER, str(reply.status), "busy", reply.retry_after)
    return None


@cache
def _trust() -> ssl.SSLContext:
    """The certificate authorities (`SSL_CERT_FILE` wins), read once."""
    return httpx.create_ssl_context()


def _retry_after(response: httpx.Response) -> timedelta | None:
    text = response.headers.get("retry-after", "")
    return min(timedelta(seconds=int(text)), LONGEST_REST) if text.isdecimal() and len(text) < 9 else None

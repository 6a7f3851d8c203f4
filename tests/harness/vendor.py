"""A scripted vendor: a real HTTP server that answers as told and remembers everything it received. The oracle of sending."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler"], None]


@dataclass(frozen=True, slots=True)
class Received:
    """One request: path with query, headers in lower case, body, and whether it was answered with "accepted"."""

    path: str
    headers: dict[str, str]
    body: bytes
    behaviour: str
    at: float = field(default_factory=time.monotonic)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """What a person reads, whichever channel it came by."""
        content = self.json
        return str(content["markdown"]["content"] if "markdown" in content else content["text"])


class Handler(BaseHTTPRequestHandler):
    """Answers one request by the vendor's present behaviour."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # the client died in the middle of its request
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        vendor = self.server.vendor
        name = vendor.next_behaviour(self.path.partition("?")[0])
        vendor.received.append(Received(self.path, headers, body, name))
        (BEHAVIOURS.get(name) or _spoken(name))(self)

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def _code(code: int, words: str) -> Behaviour:
    return lambda handler: handler.answer(200, json.dumps({"errcode": code, "errmsg": words}).encode())


def _status(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    return lambda handler: handler.answer(status, body, **headers)


def says(status: int, document: object) -> str:
    """A behaviour: this status with this JSON."""
    return f"{status} {json.dumps(document)}"


def _spoken(name: str) -> Behaviour:
    status, _, body = name.partition(" ")
    return _status(int(status), body.encode())


def _half_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"errcode": 0')
    handler.close_connection = True


def _hang(handler: Handler) -> None:
    handler.server.vendor.over.wait(30)
    handler.close_connection = True


def _drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    while not handler.server.vendor.over.wait(0.1):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return


def _reset(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.setsockopt(1, 13, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # SO_LINGER 0: close sends a reset
    handler.connection.close()


BEHAVIOURS: dict[str, Behaviour] = {
    "accept": _code(0, "ok"),
    "bad_key": _code(93000, "invalid webhook url, secret-key"),
    "rate_limit": _code(45009, "api freq out of limit"),
    "busy": _code(-1, "system busy"),
    "text_code": lambda handler: handler.answer(200, b'{"errcode": "0"}'),
    "no_code": lambda handler: handler.answer(200, b'{"errmsg": "ok"}'),
    "list": lambda handler: handler.answer(200, b"[]"),
    "empty": _status(200),
    "html": _status(200, b"<html>blocked</html>"),
    "created": _status(201),
    "error500": _status(500),
    "too_many": _status(429, b"", retry_after="7"),
    "not_found": _status(404),
    "gone": _status(410),
    "redirect": _status(302, b"", location="http://127.0.0.1:1/elsewhere"),
    "hang": _hang,
    "drip": _drip,
    "half_body": _half_body,
    "reset": _reset,
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    vendor: "Vendor"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no fault of the vendor."""


class Vendor:
    """Use as a context manager. `script` gives behaviours by path, taken in turn; then `otherwise`."""

    def __init__(self, otherwise: str = "accept") -> None:
        self.otherwise: str | dict[str, str] = otherwise
        self.script: dict[str, list[str]] = {}
        self.received: list[Received] = []
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.vendor = self

    @property
    def wecom(self) -> str:
        """Address of the group robot."""
        return f"{self._base}/cgi-bin/webhook/send?key=secret-key"

    @property
    def hook(self) -> str:
        """Address of the signed webhook."""
        return f"{self._base}/hook"

    @property
    def base(self) -> str:
        """The server's address."""
        return self._base

    @property
    def _base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def next_behaviour(self, path: str) -> str:
        """What the next request to `path` meets."""
        with self._lock:
            scripted = self.script.get(path)
            if scripted:
                return scripted.pop(0)
            return self.otherwise if isinstance(self.otherwise, str) else self.otherwise.get(path, "accept")

    def accepted(self) -> list[Received]:
        """Requests that were accepted, in order."""
        return [request for request in self.received if request.behaviour in ("accept", "created")]

    def __enter__(self) -> "Vendor":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

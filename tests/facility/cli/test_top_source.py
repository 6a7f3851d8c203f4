"""`facility top --url` on pages of another machine: it shows its key, and says how to make one."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from facility.cli.top.source import NoPages, from_pages

KEY = "fk_of-the-tests"


class Guarded(BaseHTTPRequestHandler):
    """Figures for whoever has the key."""

    def do_GET(self) -> None:
        known = self.headers.get("authorization") == f"Bearer {KEY}"
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(b"facility_spool_lines 7\n")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def pages() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Guarded)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_with_the_key(pages: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACILITY_API_KEY", KEY)
    assert from_pages(pages)().figures == {"facility_spool_lines": 7.0}


def test_without_it_says_how_to_make_one(pages: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FACILITY_API_KEY", raising=False)
    with pytest.raises(NoPages, match="facility keys create --name top --scope metrics"):
        from_pages(pages)()

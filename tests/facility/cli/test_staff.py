"""Simulated staff: what they do with links that lead nowhere."""

from facility.cli.staff import Staff
from tests.harness.ports import free_port


def test_a_page_that_does_not_answer_is_said_once_and_stops_nobody() -> None:
    staff, link = Staff(), f"http://127.0.0.1:{free_port()}/a/abc.def"
    staff.read(f"acknowledge by {link}")
    assert staff.act(repaired=False) == [
        f"opens {link}, and no page answers there: does the api run, and is public_url its address?"
    ]
    assert staff.act(repaired=False) == []
    assert not staff.finished

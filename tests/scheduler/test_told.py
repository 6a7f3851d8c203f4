"""Words of a transaction: in the log after it, in their order, under their names; and not at all when it was rolled back."""

import logging

import pytest

from scheduler.told import told_once_stored

log = logging.getLogger("facility.flow.raise_alerts")


def test_words_come_after_the_transaction_with_name_and_level(caplog: pytest.LogCaptureFixture) -> None:
    with told_once_stored("facility.flow"):
        log.warning("alert %d raised", 7)
        log.debug("not of interest")
        logging.getLogger("facility.store").warning("at once")
        assert caplog.messages == ["at once"]
    assert caplog.record_tuples[1:] == [(log.name, logging.WARNING, "alert 7 raised")]


def roll_back() -> None:
    with told_once_stored("facility.flow"):
        log.warning("alert 7 raised")
        raise ValueError("rolled back")


def test_what_was_rolled_back_was_never_said(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match="rolled back"):
        roll_back()
    assert caplog.messages == []
    log.warning("said as ever")
    assert caplog.messages == ["said as ever"]

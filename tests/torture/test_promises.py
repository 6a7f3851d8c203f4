"""The table of promises: its tests are there, its ids stand in the documentation, its runner says what it did."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.__main__ import Result, environment, table
from tests.torture.promises import PROMISES, Promise

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "guarantees.md").read_text("utf-8")


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.id)
def test_each_has_tests_and_stands_in_the_document_with_its_lengths(promise: Promise) -> None:
    (row,) = re.findall(rf"^\| {promise.id} \|.*$", DOCUMENT, re.M)
    assert f"| {promise.short} | {promise.full} |" in row
    for test in promise.tests:
        assert (ROOT / test).exists()
        assert f"`{test}`" in row


def test_the_broker_of_the_tests_is_set_as_the_one_that_is_shipped() -> None:
    from tests.harness.ladders import BROKER

    shipped = (ROOT / "deploy" / "mosquitto" / "mosquitto.conf").read_text("utf-8")
    for name in (
        "persistence",
        "autosave_on_changes",
        "autosave_interval",
        "max_queued_messages",
        "queue_qos0_messages",
    ):
        assert _set(name, shipped) == _set(name, BROKER), name


def _set(name: str, text: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", text, re.M)


def test_lengths_of_other_tests_are_given_in_full_only() -> None:
    promise = Promise("X1", "x", (), "a", "b", {"FACILITY_FUZZ_READS": "7"})
    assert environment(promise, full=True)["FACILITY_FUZZ_READS"] == "7"
    assert environment(promise, full=False).get("FACILITY_FUZZ_READS") == os.environ.get("FACILITY_FUZZ_READS")


def test_the_table_shows_length_and_result() -> None:
    results = [Result(Promise("X1", "is kept", (), "1 s", "1 h"), "kept", "3 passed", 3599.7)]
    assert table(results, full=True).splitlines()[-1] == "| X1 | is kept | 1 h | kept | 3600 |"


def test_an_unknown_promise_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", "G99"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "G99: no such promise" in done.stdout

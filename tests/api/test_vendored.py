"""Files of others are what they were, and their licences lie beside them."""

import hashlib

import pytest
import yaml

from api.web.pages import STATIC

VENDOR = STATIC / "vendor"
LISTED = yaml.safe_load((VENDOR / "VENDORED.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LISTED)
def test_a_vendored_file_is_unchanged(name: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == LISTED[name]["sha256"]
    assert (VENDOR / LISTED[name]["licence"].split()[0]).read_text(encoding="utf-8").strip()


def test_every_vendored_file_is_listed() -> None:
    found = {path.name for path in VENDOR.iterdir() if path.suffix in (".js", ".css")}
    assert found == set(LISTED)

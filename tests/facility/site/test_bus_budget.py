"""A serial line in the site file: its settings, its path, and a device that is asked more often than it can answer."""

import shutil
from pathlib import Path

import pytest

from facility.domain.asset import LinkKind
from facility.domain.errors import SiteRefused
from facility.domain.serial_line import Parity, SerialLine
from facility.site import load
from facility.site.bus_budget import budgets
from tests.facility.site.test_load import ROOT, SMALL

WIRE = "kind: modbus_tcp, host: 127.0.0.1, port: 15020"


def site_on(folder: Path, link: str) -> Path:
    """The small site with its pump on this link."""
    path = folder / "site.yaml"
    path.write_text(SMALL.replace("RULES", "{}").replace(WIRE, link), encoding="utf-8")
    return path


def test_a_serial_line_is_9600_8n1_unless_it_says_more(tmp_path: Path) -> None:
    link = load(site_on(tmp_path, "kind: modbus_rtu, device: /dev/ttyUSB0")).links["wire"]
    assert (link.kind, link.place) == (LinkKind.MODBUS_RTU, "/dev/ttyUSB0")
    assert link.serial == SerialLine("/dev/ttyUSB0", 9600, Parity.NONE, 1)


def test_a_device_is_relative_to_the_site_file(tmp_path: Path) -> None:
    settings = "device: lines/one, baud: 19200, parity: even, stop_bits: 2, data_bits: 8"
    link = load(site_on(tmp_path, f"kind: modbus_rtu, {settings}")).links["wire"]
    assert link.serial == SerialLine(str(tmp_path / "lines" / "one"), 19200, Parity.EVEN, 2)


def test_a_serial_server_has_an_address_and_a_line(tmp_path: Path) -> None:
    link = load(site_on(tmp_path, "kind: modbus_rtu_tcp, host: 10.0.0.9, port: 4001, baud: 19200")).links["wire"]
    assert (link.place, link.serial) == ("10.0.0.9:4001", SerialLine("", 19200))


def test_only_serial_links_have_a_bus_time(tmp_path: Path) -> None:
    assert list(budgets(load(site_on(tmp_path, WIRE)))) == []
    ((link, time),) = budgets(load(site_on(tmp_path, "kind: modbus_rtu, device: /dev/ttyUSB0")))
    assert (link.id, [asset for asset, _ in time.costliest]) == ("wire", ["pump-1"])
    assert 0.01 < time.utilisation < 0.1


def test_a_device_that_is_asked_more_often_than_its_pause_allows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    own = tmp_path / "profiles" / "booster_pump.yaml"
    shutil.copy(ROOT / "facility" / "profiles" / "booster_pump.yaml", own)
    text = own.read_text(encoding="utf-8")
    assert "pause: 5ms" in text
    own.write_text(text.replace("pause: 5ms", "pause: 900ms"), encoding="utf-8")
    path = site_on(tmp_path, "kind: modbus_rtu, device: /dev/ttyUSB0")
    with pytest.raises(SiteRefused) as refused:
        load(path)
    (fault,) = refused.value.faults
    assert fault.what.startswith("assets.pump-1.unit: its reads and the pauses between them take ")
    assert fault.mend == "Lengthen `every:` or shorten `pause:` in its profile."

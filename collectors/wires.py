"""Which wire a link is read over."""

from collections.abc import Callable

from collectors.modbus import ModbusTcp
from collectors.rtu import Owed, Rtu
from collectors.serial_port import SerialPort
from collectors.tcp import TcpPort
from collectors.wire import Wire
from facility.domain.asset import Link, LinkKind

WireFactory = Callable[[], Wire]


def wires_of(link: Link) -> WireFactory:
    """Makes a wire of the link for each connection. On a serial line they know what the one before has left open."""
    if link.serial is None:
        return lambda: ModbusTcp(link.host, link.port)
    line, owed = link.serial, Owed()
    if link.kind is LinkKind.MODBUS_RTU:
        return lambda: Rtu(SerialPort(line), line, owed)
    return lambda: Rtu(TcpPort(link.host, link.port), line, owed)

"""A serial port of this machine, by termios: eight data bits, raw, for this program alone, read by the event loop."""

import asyncio
import contextlib
import errno
import fcntl
import os
import termios
from collections.abc import Callable

from collectors.port import nobody
from collectors.wire import WireLost
from facility.domain.serial_line import Parity, SerialLine

_CHUNK = 4096
_PSEUDO = "/dev/pts/"  # a pseudo-terminal has neither parity nor a rate
_MENDS = {
    errno.ENOENT: "there is no such device: is the adapter plugged in? `ls /dev/serial/by-id` lists them",
    errno.ENODEV: "there is no such device: is the adapter plugged in? `ls /dev/serial/by-id` lists them",
    errno.ENXIO: "there is no such device: is the adapter plugged in? `ls /dev/serial/by-id` lists them",
    errno.EACCES: "permission denied: add the user of this program to the device's group (`usermod -aG dialout USER`), then start it again",
    errno.EPERM: "permission denied: add the user of this program to the device's group (`usermod -aG dialout USER`), then start it again",
    errno.EBUSY: "another program uses it: stop that program (`fuser DEVICE` names it)",
    errno.EWOULDBLOCK: "another program uses it: stop that program (`fuser DEVICE` names it)",
    errno.ENOTTY: "it is not a serial port: correct `device:` in the site file",
    errno.EISDIR: "it is not a serial port: correct `device:` in the site file",
    errno.EIO: "it does not answer: unplugged, or no driver is behind it",
    errno.EINVAL: "it does not take these settings: correct `baud`, `parity` or `stop_bits` in the site file",
}


class SerialPort:
    """A `Port` on a serial line, from `open` to `close`."""

    def __init__(self, line: SerialLine) -> None:
        self._line = line
        self._file = -1
        self._loop = asyncio.get_running_loop()
        self._heard: Callable[[bytes], None] = nobody
        self._lost: Callable[[str], None] = nobody

    async def open(self, heard: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        """Take the port for this program alone and set it up; WireLost says why not, and how to mend it."""
        self._heard, self._lost = heard, lost
        try:
            self._file = _opened(self._line)
            self._loop.add_reader(self._file, self._read)
        except OSError as error:
            self.close()
            raise WireLost(explained(error)) from None

    def send(self, frame: bytes) -> None:
        """Put a frame on the line."""
        try:
            sent = os.write(self._file, frame)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._end(explained(error))
            return
        if sent < len(frame):
            self._end("it takes no more bytes: does the adapter hold its output back?")

    def close(self) -> None:
        """Give the port back; what has not been sent yet is dropped."""
        file, self._file = self._file, -1
        if file < 0:
            return
        self._loop.remove_reader(file)
        with contextlib.suppress(termios.error):
            termios.tcflush(file, termios.TCIOFLUSH)  # else closing may wait for a line that is held back
        os.close(file)

    def _read(self) -> None:
        try:
            data = os.read(self._file, _CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(explained(error))
            return
        if data:
            self._heard(data)
        else:
            self._end("unplugged")

    def _end(self, why: str) -> None:
        self.close()
        self._lost(why)


def explained(error: OSError) -> str:
    """What is wrong with the port, and how to mend it."""
    return _MENDS.get(error.errno or 0, error.strerror or str(error))


def _opened(line: SerialLine) -> int:
    """The open file, locked and set up; OSError."""
    file = os.open(line.device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _set_up(file, line)
    except termios.error as error:  # has errno and text, but is no OSError
        os.close(file)
        raise OSError(*error.args) from None
    except OSError:
        os.close(file)
        raise
    return file


def _set_up(file: int, line: SerialLine) -> None:
    pseudo = os.ttyname(file).startswith(_PSEUDO) if os.isatty(file) else False
    settings = termios.tcgetattr(file)
    speed = getattr(termios, f"B{line.baud}", None)
    if speed is None:
        raise OSError(errno.EINVAL, f"{line.baud} baud is unknown on this system")
    control = termios.CREAD | termios.CLOCAL | termios.CS8
    if line.parity is not Parity.NONE and not pseudo:
        control |= termios.PARENB | (termios.PARODD if line.parity is Parity.ODD else 0)
    if line.stop_bits == 2:
        control |= termios.CSTOPB
    checked = termios.INPCK if control & termios.PARENB else 0  # a character of wrong parity becomes 0: the CRC sees it
    characters = settings[6]
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    termios.tcsetattr(file, termios.TCSANOW, [checked, 0, control, 0, speed, speed, characters])
    if not pseudo:
        fcntl.ioctl(file, termios.TIOCEXCL)  # the lock above binds only those who ask for it
    termios.tcflush(file, termios.TCIOFLUSH)

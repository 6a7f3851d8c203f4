"""The one-time code of the first account: on the machine's own disk and in the log, so that nobody on the network is first."""

import hmac
import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

FILE = "first-run-code"


@dataclass(slots=True)
class FirstRun:
    """Where the code stands. Without a folder there is no first-run page."""

    folder: Path | None = None

    @property
    def path(self) -> Path | None:
        """The file with the code."""
        return None if self.folder is None else self.folder / FILE

    def offer(self, address: str) -> None:
        """Make the code unless there is one, and say where it is; OSError."""
        if self.path is None:
            return
        if not self._code():
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write("-".join(secrets.token_hex(2) for _ in range(5)))
        log.warning("no account exists yet. Make the first one at %s/first-run with the code %s", address, self._code())

    def is_right(self, given: str) -> bool:
        """The code as it stands in the file; blanks and case do not matter."""
        code = self._code()
        return bool(code) and hmac.compare_digest(given.strip().lower().encode(), code.encode())

    def withdraw(self) -> None:
        """The first account exists: the code is worth nothing any more."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _code(self) -> str:
        if self.path is None:
            return ""
        try:
            return self.path.read_text(encoding="ascii").strip().lower()
        except (OSError, ValueError):
            return ""

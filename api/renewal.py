"""A renewed certificate is taken without a restart: new connections get it, open ones go on."""

import logging
import ssl
from pathlib import Path

import uvicorn

from facility.certificates import CertificateRefused, require_pair

log = logging.getLogger(__name__)


class Renewal:
    """Looks at the files and gives them to the running server when they changed."""

    def __init__(self, config: uvicorn.Config, certificate: Path, key: Path) -> None:
        self._config = config
        self._files = (certificate, key)
        self._seen = self._stamps()

    def look(self) -> bool:
        """Take changed files; True when they were taken. What cannot be used is said once and the present certificate stays."""
        stamps = self._stamps()
        if stamps == self._seen or self._config.ssl is None:
            return False
        self._seen = stamps
        try:
            require_pair(*self._files)  # on trial: half a change must not stick
            self._config.ssl.load_cert_chain(*self._files)
        except (CertificateRefused, OSError, ssl.SSLError) as error:
            log.warning("the changed certificate cannot be used, the present one stays: %s", error)
            return False
        log.info("took the renewed certificate %s", self._files[0])
        return True

    def _stamps(self) -> tuple[int, ...]:
        try:
            return tuple(path.stat().st_mtime_ns for path in self._files)
        except OSError:
            return ()

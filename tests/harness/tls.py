"""Asks a TLS server as a browser does."""

import socket
import ssl
from pathlib import Path


def accepts(port: int, name: str, authority: Path | None) -> str:
    """Connect to a port of this machine under a name, trusting one authority alone; why it is refused, empty when it is not."""
    context = ssl.create_default_context(cafile=str(authority) if authority else None)
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as wire,
            context.wrap_socket(wire, server_hostname=name),
        ):
            return ""
    except ssl.SSLError as error:
        return str(error)


def serial_of(port: int) -> bytes:
    """The certificate that is shown now."""
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port), timeout=10))

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


def shown_by(context: ssl.SSLContext) -> bytes:
    """The certificate (DER) that this server's context shows to the next who comes; a handshake in memory."""
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname = False
    asking.verify_mode = ssl.CERT_NONE
    here, there = ssl.MemoryBIO(), ssl.MemoryBIO()
    client, server = asking.wrap_bio(here, there), context.wrap_bio(there, here, server_side=True)
    ready = {client: False, server: False}
    while not all(ready.values()):
        for side in ready:
            try:
                side.do_handshake()
                ready[side] = True
            except ssl.SSLWantReadError:
                continue
    return client.getpeercert(binary_form=True) or b""

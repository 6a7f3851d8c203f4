"""TLS certificates of a site without a domain of its own: its authority, the server's certificate, and what a certificate says.

The authority may vouch for this site's own name and for private addresses only (name constraints): a phone that trusts it
cannot be deceived about any other address, even if the key is stolen.
"""

import ipaddress
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from facility.domain.errors import Refusal

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397  # phones take no longer ones from some authorities; renewing is cheap
RENEW_BEFORE = timedelta(days=60)
PRIVATE_NAMES = ("localhost", "local", "lan", "internal", "home.arpa")
PRIVATE_NETWORKS = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128",
)  # fmt: skip
_SKEW = timedelta(hours=1)  # clocks of phones


class CertificateRefused(Refusal):
    """A file that is no certificate or key, or two that do not belong together."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says of itself. `fingerprint`: SHA-256 in pairs of digits."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    begins: datetime
    ends: datetime
    fingerprint: str


@dataclass(frozen=True, slots=True)
class TlsFolder:
    """Where authority and server certificate stand."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The authority's certificate: what phones install."""
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        """Its key; never leaves the machine."""
        return self.folder / "authority.key"

    @property
    def server(self) -> Path:
        """The server's certificate and the authority's, in one file."""
        return self.folder / "server.pem"

    @property
    def server_key(self) -> Path:
        """Its key."""
        return self.folder / "server.key"


def make_authority(place: TlsFolder, title: str, host: str, now: datetime) -> None:
    """A new authority for this host and private addresses; phones must be told to trust it."""
    place.folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{title} ({now:%Y-%m})"[:64])])
    builder = (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs=True), critical=True)
        .add_extension(_constraints(host), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    certificate = builder.sign(key, hashes.SHA256())
    _write(place.authority_key, _pem(key), 0o600)
    _write(place.authority, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def issue(place: TlsFolder, names: Sequence[str], now: datetime) -> CertificateFacts:
    """A new certificate of the server for these names and addresses; CertificateRefused for one that the authority may not vouch for."""
    authority, authority_key = _load(place.authority), _load_key(place.authority_key)
    strangers = [name for name in names if not _permitted(authority, name)]
    if strangers:
        raise CertificateRefused(
            f"the authority may not vouch for {', '.join(strangers)}. "
            "Make a new one: facility tls make --anew; phones must then trust that one"
        )
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Facility pages")])  # no name: those are judged too
    certificate = (
        _builder(subject, authority.subject, key, now, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_authority_identifier(authority), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    chain = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (certificate, authority))
    _write(place.server_key, _pem(key), 0o600)
    _write(place.server, chain, 0o644)
    return _facts(certificate)


def read_certificate(path: Path) -> CertificateFacts:
    """The first certificate of a file; CertificateRefused."""
    return _facts(_load(path))


def certificate_of(der: bytes) -> CertificateFacts:
    """A certificate as a server shows it."""
    return _facts(x509.load_der_x509_certificate(der))


def require_pair(certificate: Path, key: Path) -> None:
    """Both can be read and belong together; CertificateRefused."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError, ValueError) as error:
        raise CertificateRefused(f"{certificate} and {key} cannot be used together ({error})") from None


def covers(facts: CertificateFacts, host: str) -> bool:
    """The certificate is for this name or address; a wildcard stands for one label."""
    wanted = {host.lower(), f"*.{host.lower().partition('.')[2]}"} if "." in host else {host.lower()}
    return any(name.lower() in wanted for name in facts.names)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - _SKEW).not_valid_after(now + timedelta(days=days))


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _constraints(host: str) -> x509.NameConstraints:
    networks = [ipaddress.ip_network(text) for text in PRIVATE_NETWORKS]
    permitted: list[x509.GeneralName] = [x509.IPAddress(network) for network in networks]
    permitted += [x509.DNSName(name) for name in PRIVATE_NAMES]
    own = _general_name(host)
    if isinstance(own, x509.IPAddress):
        address = ipaddress.ip_address(host)
        if not any(address in network for network in networks):
            permitted.append(x509.IPAddress(ipaddress.ip_network(host)))
    elif not _below(host, PRIVATE_NAMES):
        permitted.append(own)
    return x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None)


def _permitted(authority: x509.Certificate, name: str) -> bool:
    allowed = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    wanted = _general_name(name)
    if isinstance(wanted, x509.IPAddress):
        address = ipaddress.ip_address(name)
        return any(address in one.value for one in allowed if isinstance(one, x509.IPAddress))  # type: ignore[operator]
    return _below(name, [one.value for one in allowed if isinstance(one, x509.DNSName)])


def _below(name: str, domains: Sequence[str]) -> bool:
    return any(name.lower() == domain or name.lower().endswith(f".{domain}") for domain in domains)


def _general_name(name: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name.encode("idna").decode("ascii").lower())
    except UnicodeError:
        raise CertificateRefused(f"{name!r} is neither a host name nor an address") from None


def _authority_identifier(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    known = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)


def _load(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateRefused(f"{path} is not a certificate that can be read ({error})") from None


def _load_key(path: Path) -> EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise CertificateRefused(f"{path} is not a key that can be read ({error})") from None
    if not isinstance(key, EllipticCurvePrivateKey):
        raise CertificateRefused(f"{path} is not a key of our authority")
    return key


def _facts(certificate: x509.Certificate) -> CertificateFacts:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]
    except x509.ExtensionNotFound:
        names = []
    return CertificateFacts(
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        tuple(names),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
    )


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all: a program that reads at the same time never sees half a file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)

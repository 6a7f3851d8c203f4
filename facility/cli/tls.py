"""`facility tls`: an authority and a certificate for a site that has no domain of its own."""

from typing import Annotated
from urllib.parse import urlsplit

import typer

from facility.certificates import (
    RENEW_BEFORE,
    CertificateFacts,
    TlsFolder,
    covers,
    issue,
    make_authority,
    read_certificate,
)
from facility.cli.output import AsJson, refusing, say, say_json, site_path
from facility.clock import clock_from_environment
from facility.domain.errors import Refusal
from facility.settings import settings_from_environment
from facility.site import load

app = typer.Typer(
    no_args_is_help=True, help="TLS for a site without a domain: its own authority, and the pages' certificate."
)

LOCAL = ("localhost", "127.0.0.1")
Names = Annotated[
    list[str] | None, typer.Option("--name", help="A further name or address of the pages. Can be repeated.")
]
TRUST = """
Trust on the phones and computers of the staff (once; {days} days):
  file             {file}
  SHA-256          {fingerprint}
  Compare these digits on the device before you trust it. Carry the file there by cable or by a message, never the file authority.key.
  Android          Settings > Security > More > Encryption and credentials > Install a certificate > CA certificate
  HarmonyOS        Settings > Security > More > Encryption and credentials > Install from storage
  iPhone, iPad     open the file, Settings > Profile downloaded > Install; then General > About > Certificate Trust Settings > switch it on
  Windows          certutil -user -addstore Root authority.pem
  macOS            open it in Keychain Access > System, set it to Always Trust
  Debian           cp authority.pem /usr/local/share/ca-certificates/facility.crt && update-ca-certificates
  Firefox          Settings > Certificates > Authorities > Import (Android: uses the phone's after a switch in its secret settings)
The browsers inside WeCom, DingTalk and Feishu follow the phone."""


@app.command()
def make(
    name: Names = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Also a new authority: every phone must be told to trust it again.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Make authority and certificate for the host of public_url, localhost and the names given; says how phones trust it.

    Run it again with the same names to renew; the authority stays. The api serves HTTPS once FACILITY_TLS_CERT_FILE and
    FACILITY_TLS_KEY_FILE name the files.

    Example: [cyan]facility tls make --name 192.168.1.20[/cyan]
    """
    with refusing():
        place, host, title = _installation()
        now = clock_from_environment().now()
        if anew and place.authority.exists() and not yes:
            typer.confirm(
                "Every phone that trusts the present authority must be told again. Make a new one?", abort=True
            )
        if anew or not place.authority.exists():
            make_authority(place, title, host, now)
        facts = issue(place, list(dict.fromkeys([host, *(name or ()), *LOCAL])), now)
    say(f"Certificate for {', '.join(facts.names)}, valid until {facts.ends:%Y-%m-%d}.", "green")
    say(f"Set for the api:\n  FACILITY_TLS_CERT_FILE={place.server}\n  FACILITY_TLS_KEY_FILE={place.server_key}")
    _say_trust(place)


@app.command()
def renew() -> None:
    """Renew the certificate when it ends within 60 days; does nothing before. For cron or a timer; a running api takes it by itself.

    Example: [cyan]facility tls renew[/cyan]
    """
    with refusing():
        place, host, _ = _installation()
        now = clock_from_environment().now()
        present = read_certificate(place.server)
        if present.ends - now > RENEW_BEFORE and covers(present, host):
            say(f"Nothing to do: valid until {present.ends:%Y-%m-%d}.")
            return
        facts = issue(place, list(dict.fromkeys([host, *present.names])), now)
    say(f"Renewed until {facts.ends:%Y-%m-%d}.", "green")


@app.command()
def show(json: AsJson = False) -> None:
    """Show authority and certificate, and how phones trust the authority.

    Example: [cyan]facility tls show[/cyan]
    """
    with refusing(as_json=json):
        place, _, _ = _installation()
        authority, server = read_certificate(place.authority), read_certificate(place.server)
    if json:
        say_json({"authority": _as_data(authority), "server": _as_data(server)})
        return
    say(f"Authority    {authority.subject}, until {authority.ends:%Y-%m-%d}")
    say(f"Certificate  {', '.join(server.names)}, until {server.ends:%Y-%m-%d}")
    _say_trust(place)


def _installation() -> tuple[TlsFolder, str, str]:
    """Folder, host of the pages, title of the authority; Refusal without a host."""
    settings, site = settings_from_environment(), load(site_path(None))
    host = urlsplit(site.public_url or settings.public_url).hostname
    if not host or host == "0.0.0.0":
        raise Refusal(
            "public_url names no host. Set FACILITY_PUBLIC_URL to the address that phones open, such as https://192.168.1.20:8443"
        )
    return TlsFolder(settings.data / "tls"), host, f"{site.title.en} Facility authority"


def _say_trust(place: TlsFolder) -> None:
    facts = read_certificate(place.authority)
    days = (facts.ends - clock_from_environment().now()).days
    say(TRUST.format(days=days, file=place.authority, fingerprint=facts.fingerprint))


def _as_data(facts: CertificateFacts) -> dict[str, object]:
    return {
        "subject": facts.subject,
        "issuer": facts.issuer,
        "names": list(facts.names),
        "begins": facts.begins.isoformat(),
        "ends": facts.ends.isoformat(),
        "fingerprint": facts.fingerprint,
    }

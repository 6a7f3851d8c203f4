"""Is a program of this machine alive? `python -m facility.health collectors`: light, because health checks run every few seconds for years.

The api and the simulators are asked over HTTP; the others leave a heartbeat in the data folder.
"""

import argparse
import ssl
import sys
from enum import StrEnum
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from facility.domain.errors import Refusal
from facility.heartbeat import fault_of
from facility.settings import settings_from_environment


class Program(StrEnum):
    """Whose health."""

    COLLECTORS = "collectors"
    SCHEDULER = "scheduler"
    API = "api"
    SIMULATORS = "simulators"
    WATCHDOG = "watchdog"


def trouble(program: Program) -> str:
    """What is the matter with it; empty: it is alive."""
    try:
        settings = settings_from_environment()
        match program:
            case Program.API:
                return _asked(settings.api_scheme, settings.api_port)
            case Program.SIMULATORS:
                return _asked("http", settings.simulators_port)
            case _:
                return fault_of(settings.data, program)
    except HTTPError as error:
        return f"/healthz answers {error.code}"
    except URLError as error:
        return f"does not answer on this machine: {error.reason}"
    except (Refusal, OSError) as error:
        return str(error) or type(error).__name__


def _asked(scheme: str, port: int) -> str:
    """Empty when it answers well; URLError, HTTPError."""
    trusting = ssl.create_default_context() if scheme == "https" else None
    if trusting is not None:  # this very machine is asked, by an address that no certificate needs to be for
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with urlopen(f"{scheme}://127.0.0.1:{port}/healthz", timeout=5, context=trusting):
        return ""


def main() -> int:
    """Exit code 0: alive, 1: not, with the reason on standard error, 2: wrong use."""
    parser = argparse.ArgumentParser(
        prog="python -m facility.health", description="Is a program of this machine alive?"
    )
    parser.add_argument("program", type=Program, choices=[*Program], metavar="PROGRAM", help=", ".join(Program))
    program: Program = parser.parse_args().program
    found = trouble(program)
    if found:
        sys.stderr.write(f"{program}: {found}\n")
        return 1
    sys.stdout.write(f"{program}: alive\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

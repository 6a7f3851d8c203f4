"""Where the figures come from: the Live store of this installation, or the /metrics of pages that run somewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from facility import wiring
from facility.clock import SystemClock
from facility.domain.errors import FacilityError, Refusal
from facility.domain.series import series
from facility.settings import Settings, secret_text


class NoPages(FacilityError):
    """The address given with --url does not answer with our figures."""

    def __init__(self, url: str, why: str, mend: str = "") -> None:
        mend = mend or "Give the address of the pages, such as http://127.0.0.1:8080"
        super().__init__(f"{url}: no figures ({why}). {mend}")


class NoSource(Refusal):
    """There is no Live store yet."""

    def __init__(self, where: str) -> None:
        super().__init__(f"no program has run with these settings yet ({where}). Start it: facility run")


REFUSED = (
    "Make a key there (facility keys create --name top --scope metrics) and name its file in FACILITY_API_KEY_FILE"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """All figures at one moment. `written`: by program, when it wrote its account."""

    at: datetime
    written: Mapping[str, datetime]
    figures: Mapping[str, float] = field(default_factory=dict)


Source = Callable[[], Reading]


def from_live(settings: Settings, site: str, clock: SystemClock) -> Source:
    """The Live store of this installation."""

    def read() -> Reading:
        accounts = wiring.accounts(settings, site)
        if not accounts:
            raise NoSource(str(settings.data))
        figures = {key: value for state in accounts.values() for key, value in state.metrics.items()}
        return Reading(clock.now(), {name: state.at for name, state in accounts.items()}, figures)

    return read


def from_pages(url: str) -> Source:
    """The figures that the pages give to Prometheus; FACILITY_API_KEY opens them on another machine."""
    key = secret_text("FACILITY_API_KEY")
    headers = {"authorization": f"Bearer {key}"} if key else {}
    client = httpx.Client(base_url=url.rstrip("/"), timeout=5, headers=headers)

    def read() -> Reading:
        try:
            answer = client.get("/metrics").raise_for_status()
        except httpx.HTTPStatusError as error:
            raise NoPages(url, str(error), REFUSED if error.response.status_code in (401, 403) else "") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoPages(url, str(error) or type(error).__name__) from None
        figures = parsed(answer.text)
        now = datetime.now(UTC)
        return Reading(now, _written(figures, now), figures)

    return read


def parsed(text: str) -> dict[str, float]:
    """Series and values of the Prometheus text format; what is no series is left out."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            try:
                found[name] = float(value)
            except ValueError:
                continue
    return found


def _written(figures: Mapping[str, float], now: datetime) -> dict[str, datetime]:
    """When each program wrote its account, from the age that the pages tell."""
    ages = {
        name: figures.get(series("facility_program_age_seconds", program=name))
        for name in ("collectors", "scheduler", "simulators")
    }
    times = {name: datetime.fromtimestamp(now.timestamp() - age, UTC) for name, age in ages.items() if age is not None}
    return {**times, "api": now}

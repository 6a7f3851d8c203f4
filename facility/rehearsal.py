"""The simulators' control as the port Stage: plays scenarios for drills over HTTP."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx

from facility.domain.text import Title
from facility.ports import Scenario, StageError

PATIENCE = 10.0  # seconds for one request


class StageAway(StageError):
    """The simulators do not answer."""

    def __init__(self, url: str, error: Exception) -> None:
        super().__init__(
            f"no simulators answer at {url} ({error or type(error).__name__}); start them: facility run simulators"
        )


class StageRefused(StageError):
    """The simulators refuse what was asked."""


class SimulatorsStage:
    """Port Stage. `url`: address of the simulators' control."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def scenarios(self) -> Sequence[Scenario]:
        """As the simulators tell them."""
        told = self._ask("GET", "/scenarios")
        try:
            return [_scenario(one) for one in told]
        except (KeyError, TypeError) as error:
            raise _stranger(self._url) from error

    def play(self, scenario: str) -> None:
        """At real speed: people need the time that it takes."""
        self._ask("POST", f"/scenarios/{scenario}", factor=1)

    def stop(self) -> None:
        """The scenario, then the faults it left."""
        self._ask("DELETE", "/scenarios")
        self._ask("DELETE", "/faults")

    def _ask(self, method: str, path: str, **query: int) -> Any:
        try:
            answer = httpx.request(method, self._url + path, params=query, timeout=PATIENCE, trust_env=False)
        except httpx.HTTPError as error:
            raise StageAway(self._url, error) from error
        if answer.is_error:
            raise StageRefused(_why(answer))
        try:
            return answer.json()
        except ValueError as error:
            raise _stranger(self._url) from error


def _stranger(url: str) -> StageRefused:
    return StageRefused(
        f"what answers at {url} is not the simulators' control: see `drills: simulators` of the site file"
    )


def _scenario(told: dict[str, Any]) -> Scenario:
    return Scenario(
        name=told["name"],
        title=Title(**told["title"]),
        explanation=Title(**told["explanation"]),
        see=Title(**told["see"]),
        lasts=timedelta(seconds=told["duration"]),
    )


def _why(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the simulators answer {answer.status_code}"

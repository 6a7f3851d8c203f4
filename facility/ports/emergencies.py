"""The port of the steps of emergency plans that were ticked off."""

from typing import Protocol

from facility.domain.emergency import StepDone


class PlanSteps(Protocol):
    """Steps of an alert's emergency plan that were done."""

    def add(self, done: StepDone) -> bool:
        """Store that a step was done; False when it was ticked off before."""
        ...

    def of_alert(self, alert: int) -> list[StepDone]:
        """By the number of the step."""
        ...

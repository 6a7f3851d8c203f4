"""Alerts: only the steps of their life cycle are possible, and final is final."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from facility.domain.alert import TRANSITIONS, AlertState, AlertStep, next_state
from facility.domain.errors import Conflict


class LifeOfAnAlert(RuleBasedStateMachine):
    """Any steps in any order, of an alert that is latched or not: what must hold after each of them."""

    @initialize(latched=st.booleans())
    def begin(self, latched: bool) -> None:
        self.latched, self.state = latched, AlertState.ACTIVE_UNACKNOWLEDGED
        self.acknowledged = self.over = self.lapsed = False  # since it was told last

    @rule(step=st.sampled_from(AlertStep))
    def take(self, step: AlertStep) -> None:
        before = self.state
        try:
            self.state = next_state(before, step, latched=self.latched)
        except Conflict:
            assert (before, step, self.latched) not in TRANSITIONS
            return
        assert before is not AlertState.CLOSED, "closed is final"
        match step:
            case AlertStep.ACKNOWLEDGE:
                self.acknowledged = True
            case AlertStep.RETURN | AlertStep.RESET:
                self.over = True
            case AlertStep.RECUR | AlertStep.RENEW:
                self.acknowledged = self.over = False
            case AlertStep.LAPSE:
                self.lapsed = True

    @invariant()
    def closed_means_over_and_acknowledged(self) -> None:
        if self.state is AlertState.CLOSED:
            assert (self.acknowledged and self.over) or self.lapsed

    @invariant()
    def the_state_says_what_happened(self) -> None:
        if self.state is not AlertState.CLOSED:
            assert self.state.active is not self.over
            assert (self.state is AlertState.ACTIVE_ACKNOWLEDGED) is self.acknowledged

    @invariant()
    def a_latched_alert_never_lapses(self) -> None:
        assert not (self.latched and self.lapsed)


TestLifeOfAnAlert = LifeOfAnAlert.TestCase


def test_a_latched_alert_does_not_return_by_itself_and_nothing_keeps_it_quiet() -> None:
    latched = {step for state, step, latched in TRANSITIONS if latched}
    assert latched == {AlertStep.ACKNOWLEDGE, AlertStep.RECUR, AlertStep.RESET}

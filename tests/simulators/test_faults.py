"""Faults: what is refused, and how they end."""

import pytest

from facility.domain.asset import Site
from facility.domain.errors import NotFound
from simulators.faults import FaultRefused, Faults


@pytest.mark.parametrize(
    ("target", "kind", "parameters", "says"),
    [
        ("incomer-1", "silense", {}, "Did you mean 'silence'"),
        ("incomer-1", "clock_skew", {"seconds": 60.0}, "cannot happen to incomer-1"),
        ("incomer-1", "out_of_order", {}, "cannot happen to incomer-1"),
        ("gates", "busy", {}, "cannot happen to gates"),
        ("gates", "half_open", {}, "FACILITY_EMBEDDED_BROKER"),
        ("incomer-1", "half_open", {}, "hits a whole link, such as distribution-1"),
        ("gates", "clock_skew", {}, "needs a seconds"),
        ("gates", "clock_skew", {"seconds": 1e12}, "seconds is at most"),
        ("incomer-1", "noise", {"point": "voltage_l1"}, "needs a point and a amplitude"),
        ("incomer-1", "noise", {"point": "voltage_l1", "amplitude": "much"}, "amplitude is a number"),
        ("gates", "broker_loss", {}, "FACILITY_EMBEDDED_BROKER"),
        ("incomer-1", "slow", {"dely": 1.0}, "Did you mean 'delay'"),
        ("incomer-1", "slow", {"delay": "long"}, "number from 0 to 600"),
        ("incomer-1", "stuck", {"point": "voltage"}, "has no point 'voltage'"),
        ("distribution-1", "stuck", {"point": "voltage_l1"}, "needs an asset"),
        ("incomer-1", "forced", {"point": "voltage_l1"}, "a point and a value"),
        ("incomer-1", "drift", {"point": "voltage_l1"}, "a point and a per_minute"),
        ("incomer-1", "drift", {"point": "voltage_l1", "per_minute": "fast"}, "per_minute is a number"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    demo: Site, target: str, kind: str, parameters: dict[str, float | str], says: str
) -> None:
    with pytest.raises(FaultRefused, match=says):
        Faults(demo).add(target, kind, parameters)


def test_an_unknown_target_is_refused_with_a_proposal(demo: Site) -> None:
    with pytest.raises(NotFound, match="incomer-"):
        Faults(demo).add("incommer-1", "silence")


def test_faults_end_by_time_by_target_by_kind_and_by_id(demo: Site) -> None:
    faults = Faults(demo)
    faults.add("incomer-1", "silence", until=10.0)
    slow = faults.add("incomer-1", "slow")
    faults.add("pumps-1", "silence")
    assert set(faults.on("pumps-1", "pump-1")) == {"silence"}
    faults.expire(9.9)
    assert len(faults.all()) == 3
    faults.expire(10.0)
    assert faults.all()[0] == slow
    assert faults.clear(id=slow.id) == 1
    assert faults.clear("pumps-1", "slow") == 0
    assert faults.clear() == 1
    assert not faults.on("incomer-1", "pumps-1")

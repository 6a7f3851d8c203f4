"""What the leader remembers between two ticks. All of it can be made again from rows, so a tick that fails forgets it."""

from dataclasses import dataclass, field

from facility.domain.condition import Progress


@dataclass(slots=True)
class Memory:
    """Progress of site rules, and which rows need no second look."""

    progress: dict[str, Progress] = field(default_factory=dict)  # by site rule: what is pending or clearing
    rungs: dict[int, int] = field(default_factory=dict)  # alert → how many rungs of its ladder were told
    handed_on: set[int] = field(default_factory=set)  # waiting notices whose next channel is queued as well
    told_orders: set[tuple[int, int]] = field(default_factory=set)  # (order, version) whose people have their notices
    lonely_orders: set[int] = field(default_factory=set)  # orders on which nobody can act, said in the log
    unknown_rules: set[tuple[str, str]] = field(default_factory=set)  # (asset, rule) of conditions without a rule

"""What a replay found, as tables and as data."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from facility.cli.output import counted, say, say_table
from facility.domain.comparison import Sum, Together, side_by_side, summed
from facility.domain.condition import Condition
from facility.domain.rule import Compare, Rule, Share, Silence, leaves
from facility.flow.replay_rule import Found

NAMES = ("as it is", "changed")
MOST_UNJUDGED = 10  # spans that are listed


@dataclass(frozen=True, slots=True)
class Shown:
    """One asset's replay with the versions of its rule and the period."""

    found: Found
    versions: tuple[Rule, ...]
    since: datetime
    until: datetime

    @property
    def rows(self) -> list[Together]:
        """Side by side: the versions, then what really was."""
        every = [point.every for point in self.found.points.values()]
        sides = [outcome.conditions for outcome in self.found.versions]
        return side_by_side([*sides, self.found.real], 2 * max(every, default=timedelta(0)))

    @property
    def unjudged(self) -> timedelta:
        """How much of the period the present rule could not be judged."""
        spans = self.found.versions[0].unjudged
        lengths = (min(each.until, self.until) - max(each.since, self.since) for each in spans)
        return sum((max(timedelta(0), each) for each in lengths), timedelta(0))

    @property
    def empty(self) -> bool:
        """Nothing of the period could be judged."""
        return self.unjudged >= self.until - self.since


def say_found(shown: Shown, zone: tzinfo) -> None:
    """The asset's rows, and what was not judged."""
    changed = len(shown.versions) > 1
    say(f"\n{shown.found.place} {shown.versions[0].id}: {_in_words(shown.versions)}", "bold")
    heads = ["onset", "end", "for", "level", *(NAMES if changed else ("replayed",)), "really", "alerts", ""]
    rows = [_row(shown, row, zone) for row in shown.rows]
    if rows:
        say_table(heads, rows)
    else:
        say("Nothing: neither now nor then.")
    _say_limits(shown, zone)


def say_sums(shown: Sequence[Shown]) -> None:
    """Totals of each version and of what really was."""
    rows = [
        [each.found.place, name, str(sums.count), _length(sums.open_for), str(sums.peak), "yes" if sums.chatters else "no",
         orders]
        for each in shown
        for name, sums, orders in _sums(each)
    ]  # fmt: skip
    say("")
    say_table(["asset", "", "came", "open for", "most in 10 min", "chatters", "orders at most"], rows, "Totals")
    if any(rule.level is not None for each in shown for rule in each.versions):
        say(
            "What comes again while its alert is not closed joins that alert and its order: alerts are as many or fewer."
        )


def data(shown: Shown) -> dict[str, object]:
    """All of it."""
    keys = ("present", "changed", "real") if len(shown.versions) > 1 else ("present", "real")
    return {
        "asset": shown.found.place,
        "levels": [rule.level for rule in shown.versions],
        "rows": [
            {
                "onset": row.onset.isoformat(),
                "end": row.end.isoformat() if row.end else None,
                "verdict": _verdict(row, changed=len(shown.versions) > 1),
                **{key: [_condition(each) for each in side] for key, side in zip(keys, row.sides, strict=True)},
                "alerts": _alerts(shown, row),
            }
            for row in shown.rows
        ],
        "totals": {
            key: {
                "came": sums.count,
                "open_seconds": sums.open_for.total_seconds(),
                "most_in_10_minutes": sums.peak,
                "chatters": sums.chatters,
            }
            for key, (_, sums, _) in zip(keys, _sums(shown), strict=True)
        },
        "unjudged_seconds": shown.unjudged.total_seconds(),
        "unjudged": [
            {"since": each.since.isoformat(), "until": each.until.isoformat(), "why": each.why}
            for each in shown.found.versions[0].unjudged
        ],
        "only_rolled_up": [day.isoformat() for day in shown.found.rolled_up],
        "near_the_limit": _blurs(shown),
    }


def _sums(shown: Shown) -> list[tuple[str, Sum, str]]:
    names = NAMES if len(shown.versions) > 1 else ("replayed",)
    sides = [outcome.conditions for outcome in shown.found.versions]
    found = []
    for name, side, rule in zip((*names, "really"), (*sides, shown.found.real), (*shown.versions, None), strict=True):
        sums = summed(side, shown.since, shown.until)
        orders = "" if rule is None else str(sums.count) if rule.order and rule.level is not None else "0"
        found.append((name, sums, orders))
    return found


def _row(shown: Shown, row: Together, zone: tzinfo) -> list[str]:
    end = f"{row.end.astimezone(zone):%m-%d %H:%M:%S}" if row.end else "open"
    levels = dict.fromkeys(str(rule.level or "–") for rule in shown.versions)
    return [
        f"{row.onset.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        end,
        _length((row.end or shown.until) - row.onset),
        " → ".join(levels),
        *(str(len(side) or "–") for side in row.sides),
        " ".join(str(number) for number in _alerts(shown, row)),
        _verdict(row, changed=len(shown.versions) > 1).replace("_", " "),
    ]


def _verdict(row: Together, *, changed: bool) -> str:
    """`both`, or the only side that has it; of a changed rule what really was decides nothing."""
    if changed and any(row.sides[:2]):
        return "both" if all(row.sides[:2]) else "only_as_it_is" if row.sides[0] else "only_changed"
    return "both" if all(row.sides) else "only_replayed" if row.sides[0] else "only_really"


def _alerts(shown: Shown, row: Together) -> list[int]:
    onsets = {each.onset for each in row.sides[-1]}
    return [number for onset, number in shown.found.alerts if onset in onsets]


def _condition(each: Condition) -> dict[str, object]:
    end = each.ended_at.isoformat() if each.ended_at else None
    return {"onset": each.onset.isoformat(), "opened_at": each.opened_at.isoformat(), "end": end, "value": each.value}


def _say_limits(shown: Shown, zone: tzinfo) -> None:
    if shown.found.rolled_up:
        days = shown.found.rolled_up
        say(
            f"Of {counted(len(days), 'day')} only roll-ups are left (the last: {days[-1].astimezone(zone):%Y-%m-%d}): not judged.",
            "yellow",
        )
    if shown.unjudged:
        whole = shown.until - shown.since
        say(f"Not judged for {_length(shown.unjudged)} of {_length(whole)}: {_reasons(shown)}.", "yellow")
        for each in shown.found.versions[0].unjudged[:MOST_UNJUDGED]:
            say(
                f"  {each.since.astimezone(zone):%Y-%m-%d %H:%M} … {each.until.astimezone(zone):%m-%d %H:%M} {each.why}"
            )
    if blurs := _blurs(shown):
        said = ", ".join(f"{blur['point']} (deadband {blur['deadband']:g})" for blur in blurs)
        say(f"History leaves small moves out; so near to the limit a value may go either way: {said}.")
    if shown.versions[0].latched:
        say("This rule is latched: its alert ends by the panel's reset and an acknowledgement, not with the condition.")


def _reasons(shown: Shown) -> str:
    lengths: defaultdict[str, timedelta] = defaultdict(timedelta)
    for each in shown.found.versions[0].unjudged:
        lengths[each.why] += max(timedelta(0), min(each.until, shown.until) - max(each.since, shown.since))
    return ", ".join(f"{why} {_length(length)}" for why, length in sorted(lengths.items(), key=lambda item: -item[1]))


def _blurs(shown: Shown) -> list[dict[str, object]]:
    points = shown.found.points
    return [
        {"point": name, "deadband": points[name].deadband} for name in shown.found.compared if points[name].deadband
    ]


def _in_words(versions: Sequence[Rule]) -> str:
    return " → ".join(_settings(rule) for rule in versions)


def _settings(rule: Rule) -> str:
    limits = dict.fromkeys(f"{leaf.comparison} {leaf.limit}" for leaf in leaves(rule.when) if isinstance(leaf, Compare))
    level = f"level {rule.level}" if rule.level is not None else "no alert"
    limits |= dict.fromkeys(
        f"silent for {_length(leaf.longer_than)}" for leaf in leaves(rule.when) if isinstance(leaf, Silence)
    )
    limits |= dict.fromkeys(f"above {leaf.above:g} %" for leaf in leaves(rule.when) if isinstance(leaf, Share))
    parts = (*limits, f"hold {_length(rule.hold)}", f"clear_hold {_length(rule.clear_hold)}", level)
    return ", ".join(parts)


def _length(length: timedelta) -> str:
    seconds = length.total_seconds()
    if seconds < 120:
        return f"{seconds:g} s" if seconds == round(seconds, 1) else f"{seconds:.1f} s"
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} h {rest // 60:02d} min" if hours else f"{rest // 60} min {rest % 60:02d} s"

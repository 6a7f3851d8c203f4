"""Level 1 must not hang on one way out: the internet dies with the mains that are being told of."""

from facility.domain.asset import Site
from facility.domain.channel import KINDS, SECOND_WAYS
from facility.domain.notice import ChannelSpec
from facility.site.records import Entry
from facility.site.tree import Faults


def refuse_one_way_out(site: Site, entry: Entry, faults: Faults) -> None:
    """The first step of the level-1 ladder, whose time is the deadline's, needs a channel that survives the mains."""
    ladder = site.ladders.get(1)
    if ladder is None or not ladder.rungs or faults.within(entry.at("ladders")) or faults.within(entry.at("channels")):
        return
    channels = [site.channels[name] for name in ladder.rungs[0].channels if name in site.channels]
    if not channels or any(spec.way.survives_mains for spec in channels):
        return
    names = ", ".join(spec.id for spec in channels)
    verb = "leaves" if len(channels) == 1 else "leave"
    _, step = entry["ladders"]["1"][0]
    what = f"level 1 is told by {names} alone, which {verb} by the internet: its router and line die with the mains."
    faults.add(step.at("channels"), what, _mend(site))


def _mend(site: Site) -> str:
    """A channel that the site has already, or the kinds that would do."""
    known = [spec for spec in site.channels.values() if spec.way.survives_mains]
    if known:
        return f"Add {' or '.join(map(_named, known))} to this step."
    kinds = ", ".join(f"{kind} ({KINDS[kind].title.en})" for kind in SECOND_WAYS)
    return (
        f"Add a channel that needs neither, of kind {kinds}; "
        "or say `way: phone` of a channel whose router has a battery and a line over the mobile network."
    )


def _named(spec: ChannelSpec) -> str:
    return f"{spec.id} ({spec.title.en}, {spec.way})"

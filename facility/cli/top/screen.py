"""The picture on a terminal, of 60 columns or of 200: narrow ones leave out what matters least."""

from collections.abc import Callable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from facility.cli.output import terminal
from facility.cli.top.picture import LinkRow, Picture, ProgramRow

NARROW, WIDE = 76, 110  # columns
SORTS: dict[str, Callable[[LinkRow], object]] = {
    "l": lambda row: row.link,
    "p": lambda row: -(row.polls or 0),
    "m": lambda row: -(row.missed or 0),
    "t": lambda row: -(row.timeouts or 0),
    "u": lambda row: -(row.bus or 0),
    "b": lambda row: -(row.breakers or 0),
}
"""Keys that sort the links: by name, polls, misses, timeouts, utilisation, breakers."""

KEYS = "q quit · sort links: l name p polls m missed t timeouts u bus b breakers · x troubled only"
Cell = str | Text


def screen(
    shown: Picture, width: int, height: int = 0, sort: str = "l", *, troubled_only: bool = False
) -> RenderableType:
    """Head, programs, links. `height` 0: all rows."""
    links = sorted(shown.links, key=SORTS[sort])  # type: ignore[arg-type]  # numbers or names, never both
    if troubled_only:
        links = [row for row in links if troubled(row)]
    programs = _programs(shown.programs, width)
    heads = [_head(shown, width), programs]
    room = height - len(shown.programs) - 9 if height else len(links)
    hidden = max(0, len(links) - max(1, room))
    parts: list[RenderableType] = [*heads, _links(links[: len(links) - hidden], width)]
    if hidden:
        parts.append(Text(f"… {hidden} more links (a higher window shows them; x shows troubled ones)", style="dim"))
    return Group(*parts)


def troubled(row: LinkRow) -> bool:
    """Something is wrong with the link now."""
    return not row.connected or bool(row.breakers) or (row.clock is not None and abs(row.clock) > 10)


def _head(shown: Picture, width: int) -> Table:
    """Totals, in two columns or four."""
    totals = shown.totals
    cells: list[tuple[str, Cell]] = [
        ("spool", _bad(f"{_number(totals.get('spool_lines'))} lines", (totals.get("spool_oldest") or 0) > 60)),
        ("oldest", f"{_number(totals.get('spool_oldest'))} s"),
        ("written", f"{_rate(totals.get('written'))} lines/s"),
        ("dropped", _bad(_number(totals.get("dropped")), bool(totals.get("dropped")))),
        ("readings", f"{_rate(totals.get('readings'))}/s"),
        ("online", f"{_number(totals.get('assets_online'))} assets"),
        ("edges", _number(totals.get("edges"))),
        ("undelivered", _bad(_number(totals.get("edges_undelivered")), bool(totals.get("edges_undelivered")))),
        ("conditions", f"{_number(totals.get('conditions'))} open"),
        ("alerts", f"{_number(totals.get('alerts'))} open"),
        ("notices", f"{_number(totals.get('notices_waiting'))} waiting"),
        ("orders", f"{_number(totals.get('orders'))} unfinished"),
    ]
    across = 6 if width >= WIDE else 4 if width >= NARROW else 2
    table = Table.grid(padding=(0, 2), pad_edge=False)
    for start in range(0, len(cells), across):
        table.add_row(*(Text.assemble((f"{name} ", "dim"), value) for name, value in cells[start : start + across]))
    return table


def _programs(rows: Sequence[ProgramRow], width: int) -> Table:
    table = _table(["program", "age", "up", "cpu", "memory"] + (["clock"] if width >= NARROW else []))
    for row in rows:
        cells: list[Cell] = [
            _bad(row.program, not row.running),
            _bad("-" if row.age is None else f"{row.age:.0f} s", not row.running),
            _span(row.up),
            "-" if row.cpu is None else f"{row.cpu:.1%}",
            "-" if row.memory is None else f"{row.memory / 2**20:.0f} MiB",
        ]
        if width >= NARROW:
            held = {None: "-", True: "synchronised", False: "not synchronised"}[row.clock_held]
            cells.append(_bad(held, row.clock_held is False, "yellow"))
        table.add_row(*cells)
    return table


def _links(rows: Sequence[LinkRow], width: int) -> Table:
    heads = ["link", "conn", "polls/s", "missed", "timeout", "bus", "silent"]
    heads += ["planned", "clock", "silent units"] if width >= WIDE else []
    table = _table(heads)
    for row in rows:
        cells: list[Cell] = [
            _bad(row.link, troubled(row)),
            _bad(_number(row.connected), not row.connected),
            _rate(row.polls),
            _number(row.missed),
            _number(row.timeouts),
            _share(row.bus),
            _bad(_number(row.breakers), bool(row.breakers)),
        ]
        if width >= WIDE:
            clock = "-" if row.clock is None else f"{row.clock:+.1f} s"
            cells += [_share(row.planned), clock, _some(row.silent_units)]
        table.add_row(*cells)
    return table


def _table(heads: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for number, head in enumerate(heads):
        words = head in ("program", "link", "clock", "silent units")
        table.add_column(
            head, justify="left" if words else "right", no_wrap=True, overflow="ellipsis", ratio=None if number else 0
        )
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    minutes = int(seconds) // 60
    if minutes < 60:
        return f"{minutes}:{int(seconds) % 60:02d}"
    return f"{minutes // 60}:{minutes % 60:02d} h" if minutes < 2880 else f"{minutes // 1440} d"


def _some(units: Sequence[str]) -> str:
    return ", ".join(units[:8]) + (f" … {len(units)}" if len(units) > 8 else "") or "-"


def _bad(text: str, bad: bool, style: str = "bold red") -> Text:
    return Text(text, style=style if bad else "")


def print_once(shown: Picture) -> None:
    """For people and pipes: as wide as the terminal, or COLUMNS."""
    console = terminal()
    console.print(screen(shown, console.width))

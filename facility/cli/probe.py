"""`facility probe`: what is on this wire? A slow, read-only scan of unknown devices."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from facility.cli.output import AsJson, complain, counted, refusing, say, say_json, say_table
from facility.cli.wire_process import Event, Progress, WireProcess, briefly, last, progress
from facility.domain.errors import Refusal
from facility.domain.profile import Table
from facility.domain.scan import LAST_REGISTER, LAST_UNIT, Scan, flat, shown, spans
from facility.domain.serial_line import BAUD_RATES, Parity
from facility.site.draft import draft_text, refuse_place

ASK_ABOVE = 2000  # requests
EVERYBODY = "1-32"
_COLUMNS = ["address", "hex", "uint16", "int16", "BCD", "ASCII", "with the next word", "hint"]


class Bits(StrEnum):
    """Stop bits."""

    ONE = "1"
    TWO = "2"


def command(
    host: Annotated[str, typer.Option(help="Address of a gateway, a device or a serial server.")] = "",
    port: Annotated[int, typer.Option(help="Its TCP port.", min=1, max=65535)] = 502,
    rtu_over_tcp: Annotated[
        bool, typer.Option("--rtu-over-tcp", help="A serial server that carries RTU frames.")
    ] = False,
    device: Annotated[str, typer.Option(help="Serial port of this machine, such as /dev/ttyUSB0.")] = "",
    baud: Annotated[int, typer.Option(help="Serial: bits a second.")] = 9600,
    parity: Annotated[Parity, typer.Option(help="Serial: parity.")] = Parity.NONE,
    stop_bits: Annotated[Bits, typer.Option(help="Serial: stop bits.")] = Bits.ONE,
    units: Annotated[str, typer.Option(help="Units to look for: 1-32 or 1,5. Default: 1-32, with --registers 1.")] = "",
    registers: Annotated[str, typer.Option(help="Wire addresses to read (from 0): 0-200 or 0-20,100.")] = "",
    table: Annotated[Table, typer.Option(help="Which table.")] = Table.HOLDING,
    block: Annotated[
        int, typer.Option(help="Registers in a first request; what is refused is halved.", min=1, max=125)
    ] = 32,
    pause: Annotated[int, typer.Option(help="Rest between two requests, in ms.", min=0, max=60000)] = 50,
    timeout: Annotated[int, typer.Option(help="How long to wait for an answer, in ms.", min=10, max=60000)] = 1000,
    write_draft: Annotated[
        Path | None, typer.Option("--write-draft", help="Write a draft profile of what answered.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help=f"Do not ask before more than {ASK_ABOVE} requests.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Look what is on a wire: which units live, which registers answer, and what their words may mean. It only reads.

    Without [bold]--registers[/bold] it looks for units: any answer is a sign of life, a
    refusal too. With them it reads blocks, halves what is refused down to
    single registers, and reads all that answered a second time: [bold]![/bold] marks
    what changed.

    Each word is shown in every plausible reading; [bold]«…»[/bold] marks the likely float:
    of human size, steady, better than the other byte orders. That is a hint,
    never a claim: compare it with the device's display.

    One master a serial line: stop the collectors first. Where a device
    refuses half of a value, begin at the first register of one.

    Exit codes: 0 a unit lives, 1 none, 2 wrong use, 130 stopped by Ctrl-C
    (what was found by then is shown).

    Examples:
    [cyan]facility probe --host 192.168.1.20[/cyan]
    [cyan]facility probe --device /dev/ttyUSB0 --parity even --units 1-247[/cyan]
    [cyan]facility probe --host 192.168.1.20 --units 3 --registers 0-99 --write-draft meter.yaml[/cyan]
    """
    _refuse_wrong_use(host, device, baud, rtu_over_tcp=rtu_over_tcp)
    with refusing(as_json=json):
        scan = _scan(units, registers, table, block)
        if write_draft is not None:
            _refuse_draft(write_draft, scan)
    _confirm(scan, pause, yes=yes, quiet=json)
    arguments = [
        *("--host", host, "--port", str(port), "--device", device, "--baud", str(baud), "--parity", parity.value),
        *("--stop-bits", stop_bits.value, "--units", shown(_ranges(scan.units)), "--registers", shown(scan.registers)),
        *("--table", table.value, "--block", str(block), "--pause", str(pause), "--timeout", str(timeout)),
        *(["--rtu-over-tcp"] if rtu_over_tcp else []),
    ]
    process = WireProcess(["probe", *arguments])
    with progress("asking …", quiet=json) as line:
        found = last(iter(process), {"request": lambda event: _tell(line, scan, event)}).get("found")
    if found is None:
        raise typer.Exit(process.code or 1)
    draft = _write(write_draft, found) if write_draft is not None else ""
    if json:
        say_json({**{key: value for key, value in found.items() if key != "event"}, "draft": draft})
    else:
        _show(found, device or f"{host}:{port}", draft)
    raise typer.Exit(130 if found["stopped"] else process.code)


def _refuse_wrong_use(host: str, device: str, baud: int, *, rtu_over_tcp: bool) -> None:
    if bool(host) == bool(device):
        raise typer.BadParameter("Name one wire: --host (with --port), or --device (with --baud and --parity).")
    if device and rtu_over_tcp:
        raise typer.BadParameter("--rtu-over-tcp is for a serial server: give its --host and --port.")
    if baud not in BAUD_RATES:
        raise typer.BadParameter(f"{baud} is no baud rate. Known: {', '.join(map(str, BAUD_RATES))}.")


def _scan(units: str, registers: str, table: Table, block: int) -> Scan:
    try:
        numbers = flat(spans(units or ("1" if registers else EVERYBODY), 1, LAST_UNIT))
        return Scan(numbers, table, spans(registers, 0, LAST_REGISTER) if registers else (), block)
    except ValueError as error:
        raise Refusal(str(error)) from None


def _ranges(units: tuple[int, ...]) -> tuple[range, ...]:
    return spans(",".join(map(str, units)), 1, LAST_UNIT)


def _refuse_draft(path: Path, scan: Scan) -> None:
    if not scan.registers or len(scan.units) != 1:
        raise Refusal(
            "A draft describes the registers of one device: give one unit and --registers, such as --units 3 --registers 0-200."
        )
    refuse_place(path)


def _confirm(scan: Scan, pause: int, *, yes: bool, quiet: bool) -> None:
    """Say the upper bound; ask when it is large."""
    most = scan.most_requests
    if not quiet:
        say(
            f"At most {counted(most, 'request')}, with a rest of {pause} ms between them. Ctrl-C stops; nothing is written to the device."
        )
    if most > ASK_ABOVE and not yes and not typer.confirm(f"Send up to {most} requests?", err=True):
        raise typer.Exit(1)


def _tell(line: Progress, scan: Scan, event: Event) -> None:
    first, count = event["address"], event["count"]
    where = f"unit {event['unit']}, {event['table']} {first}" + (f"-{first + count - 1}" if count > 1 else "")
    line.say(f"request {event['number']} of at most {scan.most_requests}: {where} {briefly(event['fault'])}")


def _write(path: Path, found: Event) -> str:
    """Write the draft of the one unit; where it is, or empty when nothing answered."""
    rows = [row for unit in found["units"] for row in unit["rows"]]
    if not rows:
        return ""
    text = draft_text(path.stem, Table(found["table"]), rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return str(path)


def _show(found: Event, place: str, draft: str) -> None:
    if found["fault"]:
        complain(f"{place}: {found['fault']}")
    for unit in found["units"]:
        say(f"unit {unit['unit']}: {unit['sign']}", "green")
        if unit["rows"]:
            _show_rows(unit["rows"], found["table"])
        if unit["refused"]:
            say(f"  refused: {shown(spans(','.join(map(str, unit['refused'])), 0, LAST_REGISTER))}")
        if unit["end"]:
            say(f"  given up: {unit['end']}", "yellow")
    if not found["units"] and not found["fault"]:
        complain(
            f"{place}: no unit answers. Check the unit numbers; on a serial line also baud, parity, and whether A and B are swapped."
        )
    units, requests = counted(len(found["units"]), "unit"), counted(found["requests"], "request")
    say(f"{'Stopped. ' if found['stopped'] else ''}{units} found with {requests}.")
    if draft:
        say(f"Draft: {draft}. Give every TODO its meaning from the manual, then: facility check", "green")


def _show_rows(rows: list[Event], table: str) -> None:
    if "bit" in rows[0]:
        say_table([table, "bit"], [[_marked(row), str(row["bit"])] for row in rows])
        return
    say_table([table, *_COLUMNS[1:]], [_row(row) for row in rows])


def _row(row: Event) -> list[str]:
    bcd = "" if row["bcd"] is None else str(row["bcd"])
    signed = str(row["int16"]) if row["int16"] < 0 else ""
    hints = ", ".join(row["hints"])
    return [_marked(row), row["hex"], str(row["uint16"]), signed, bcd, row["ascii"] or "", _pairs(row), hints]


def _marked(row: Event) -> str:
    return f"{row['address']} !" if row["changed"] else str(row["address"])


def _pairs(row: Event) -> str:
    """The plausible 32-bit readings from here on, the likely one marked."""
    if row["within"]:
        return "(second word)"
    return ", ".join(
        f"«{_reading(pair)}»" if pair["likely"] else _reading(pair)
        for pair in row["pairs"]
        if pair["likely"] or _plausible(pair)
    )


def _reading(pair: Event) -> str:
    value = pair["value"]
    return f"{pair['type']} {pair['order']} {value if isinstance(value, int) else f'{value:.7g}'}"


def _plausible(pair: Event) -> bool:
    value = pair["value"]
    if value is None or not value:
        return False
    if pair["type"] == "float32":
        return bool(1e-3 <= abs(value) <= 1e7)
    return pair["type"] == "int32" and pair["order"] in ("ABCD", "CDAB") and bool(0x8000 <= abs(value) <= 1e8)

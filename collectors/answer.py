"""What an answer says to a request, whatever frame it came in: the payload, a refusal, or why it is not the answer."""

from collectors.wire import BadAnswer, DeviceRefused, Request, WireError

EXCEPTION = 0x80  # set in the function code of a refusal


def examine(request: Request, unit: int, pdu: bytes) -> bytes | WireError:
    """The payload, or what is wrong: `pdu` begins with the function."""
    function = request.function
    if unit != request.unit:
        return BadAnswer(f"unit {unit} answered for unit {request.unit}")
    if pdu[0] == function | EXCEPTION and len(pdu) == 2:
        return DeviceRefused(pdu[1])
    if pdu[0] != function:
        return BadAnswer(f"function {pdu[0]} answered for function {function}")
    if not is_whole(pdu, request.size):
        return BadAnswer(f"{len(pdu) - 2} bytes answered for {request.size}")
    return pdu[2:]


def is_whole(pdu: bytes, size: int) -> bool:
    """The payload has the length that was asked for, and says so."""
    return len(pdu) == size + 2 and pdu[1] == size

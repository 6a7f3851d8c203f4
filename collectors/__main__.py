"""`python -m collectors`: reads every device of the site. `python -m collectors read|probe …` asks one device, once."""

import fcntl
import os
import sys
from pathlib import Path

from collectors import commands
from facility.domain.errors import Refusal


def main() -> int:
    """Exit code 0 after SIGTERM; 1 when settings, site file or data folder cannot be used."""
    try:
        return commands.run(sys.argv[1:]) if sys.argv[1:] else _collect()
    except (Refusal, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _collect() -> int:
    import uvloop  # here, as the others: who asks one device needs no stores, and waits for them

    from collectors.program import NAME, Collectors
    from collectors.recorder import Recorder
    from facility.wiring import start

    program = start(NAME)
    settings = program.settings
    lock = _lock(settings.data / commands.LOCK)
    stores = program.history(), program.live(), program.work()
    record = Recorder(settings.record, program.site.id, program.clock, settings.record_mb) if settings.record else None
    collectors = Collectors(program.site, settings.data, program.clock, *stores, record)
    uvloop.run(collectors.run())
    os.close(lock)
    return 0


def _lock(path: Path) -> int:
    """Two collectors on one journal would give one number twice: the second is refused."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Refusal(
            f"{path} is locked: other collectors run on this folder. Stop them, or set FACILITY_DATA."
        ) from None
    return descriptor


if __name__ == "__main__":
    sys.exit(main())

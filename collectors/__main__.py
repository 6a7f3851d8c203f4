"""`python -m collectors`: reads every device of the site. `python -m collectors read|probe …` asks one device, once."""

import os
import sys

from facility.domain.errors import Refusal


def main() -> int:
    """Exit code 0 after SIGTERM; 1 when settings, site file or data folder cannot be used."""
    try:
        return _asked(sys.argv[1:]) if sys.argv[1:] else _collect()
    except (Refusal, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _asked(arguments: list[str]) -> int:
    from collectors import commands  # here, as below: each loads only what it needs

    return commands.run(arguments)


def _collect() -> int:
    import uvloop

    from collectors.only_one import held
    from collectors.program import NAME, Collectors
    from collectors.recorder import Recorder
    from facility.wiring import start

    program = start(NAME)
    settings = program.settings
    lock = held(settings.data)
    stores = program.history(), program.live(), program.work()
    record = Recorder(settings.record, program.site.id, program.clock, settings.record_mb) if settings.record else None
    collectors = Collectors(program.site, settings.data, program.clock, *stores, record)
    uvloop.run(collectors.run())
    os.close(lock)
    return 0


if __name__ == "__main__":
    sys.exit(main())

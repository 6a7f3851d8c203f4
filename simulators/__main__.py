"""`python -m simulators`: the site's devices, simulated on the real wire. `--scenarios`: what can be played, as JSON, and no more."""

import asyncio
import json
import sys

from facility import wiring
from facility.domain.errors import Refusal
from simulators.program import NAME, options_from_environment, run
from simulators.scenario import load_scenarios, told


def main() -> int:
    """Exit code: 0 stopped by a signal, 1 refused settings or site, or a port that is taken."""
    try:
        if sys.argv[1:] == ["--scenarios"]:
            sys.stdout.write(json.dumps([told(scenario) for scenario in load_scenarios().values()]) + "\n")
            return 0
        options = options_from_environment()
        program = wiring.start(NAME)
        live = program.live()
        live.prepare()
        asyncio.run(run(program.site, program.clock, live, program.settings.simulators_port, options))
    except (Refusal, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m facility` is the command `facility`."""

from facility.cli.program import main

main()

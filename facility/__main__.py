"""`python -m facility` is the command `facility`."""

from facility.cli import main

main()

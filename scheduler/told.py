"""What is said inside a transaction goes into the log once it is stored, and never when it was rolled back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def told_once_stored(name: str) -> Iterator[None]:
    """Hold back what the logger and those below it say until the block has ended well; an exception drops it.

    For one thread: what others say through the same logger meanwhile shares its fate.
    """
    logger, held = logging.getLogger(name), _Held()
    logger.addHandler(held)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = True
        logger.removeHandler(held)
    for record in held.records:
        logging.getLogger(record.name).handle(record)


class _Held(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

"""Password hashing with argon2id: slow on purpose, in 64 MiB each, and only a few at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from argon2.exceptions import InvalidHashError
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from facility.domain.errors import StoreUnavailable

AT_ONCE = 2
"""Hashes at a time: a flood of sign-ins must not take the memory and processors that alerts need."""

PATIENCE = 5.0  # seconds that a sign-in waits for its turn


class Argon2Passwords:
    """Port Passwords. The defaults are those of RFC 9106 for little memory; tests take less."""

    def __init__(self, *, memory_kib: int = 65_536, passes: int = 3, lanes: int = 4) -> None:
        self._hash = PasswordHash((Argon2Hasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes),))
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """A hash to keep; StoreUnavailable when too many wait."""
        with self.turn():
            return self._hash.hash(password)

    def verify(self, password: str, kept: str) -> bool:
        """The password belongs to this hash. An empty hash takes as long and is never right. StoreUnavailable when too many wait."""
        nobody = self._nobody
        with self.turn():
            try:
                right = self._hash.verify(password, kept or nobody)
            except (UnknownHashError, InvalidHashError):
                return False
        return right and bool(kept)

    def outdated(self, kept: str) -> bool:
        """The hash was made with other parameters."""
        return self._hash.current_hasher.check_needs_rehash(kept)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One of the few turns; StoreUnavailable when none comes in time."""
        if not self._turns.acquire(timeout=PATIENCE):
            raise StoreUnavailable("passwords", "too many sign-ins at once", "Try again in a moment")
        try:
            yield
        finally:
            self._turns.release()

    @cached_property
    def _nobody(self) -> str:
        """The hash that unknown logins are compared with."""
        return self.hash("nobody has this password")

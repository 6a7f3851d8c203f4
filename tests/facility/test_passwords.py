"""The hashing of passwords: argon2id with its parameters in the hash, the same time for unknown logins, few at a time."""

import threading

import pytest

from facility import passwords
from facility.domain.errors import StoreUnavailable
from facility.passwords import Argon2Passwords


def quick() -> Argon2Passwords:
    return Argon2Passwords(memory_kib=64, passes=1, lanes=1)


def test_a_hash_is_argon2id_with_64_mib_and_salted() -> None:
    hashing = Argon2Passwords()
    kept = hashing.hash("gate pump tank")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert hashing.verify("gate pump tank", kept)
    assert not hashing.verify("gate pump tanks", kept)
    assert quick().hash("x") != quick().hash("x")


@pytest.mark.parametrize("kept", ["", "damaged", "$argon2id$v=19$m=64,t=1,p=1$short"])
def test_no_hash_takes_no_password(kept: str) -> None:
    hashing = quick()
    assert not hashing.verify("nobody has this password", kept)
    assert not hashing.verify("", kept)


def test_other_parameters_are_outdated() -> None:
    kept = quick().hash("gate pump tank")
    assert not quick().outdated(kept)
    assert Argon2Passwords(memory_kib=128, passes=1, lanes=1).outdated(kept)


def test_who_waits_too_long_for_a_turn_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.05)
    hashing, at_work, done = quick(), threading.Barrier(passwords.AT_ONCE + 1), threading.Event()

    def hold() -> None:
        with hashing.turn():
            at_work.wait(10)
            done.wait(10)

    holders = [threading.Thread(target=hold) for _ in range(passwords.AT_ONCE)]
    for holder in holders:
        holder.start()
    at_work.wait(10)
    with pytest.raises(StoreUnavailable, match="too many sign-ins at once"):
        hashing.hash("x")
    done.set()
    for holder in holders:
        holder.join()
    assert hashing.hash("x")

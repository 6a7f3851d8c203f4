"""What the pages of an installation show: homes, channels that failed and did not, accounts of all kinds, keys of machines."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from facility.domain.account import CONSOLE, Lifetime, Scope, Visit
from facility.domain.home import Address, Listed, Standing
from facility.domain.notice import Answer, Verdict
from facility.domain.role import Role
from facility.flow.enter_homes import enter_homes
from facility.flow.issue_key import issue_key, revoke_key
from facility.flow.settle import settle
from facility.flow.sign_in import SignInRefused, sign_in
from facility.flow.try_channel import try_channel
from tests.api.scene import FIREFOX, PASSWORD, Scene

USED = {"wecom": 412, "dingtalk": 2811, "siren": 3, "sms": 57}


def furnish(scene: Scene) -> None:
    """Fill it."""
    _channels(scene)
    _homes(scene)
    now = scene.clock.now()
    with scene.work.writing() as unit:
        issue_key(unit, "prometheus", frozenset({Scope.METRICS}), timedelta(days=365), now, CONSOLE)
        old, _ = issue_key(unit, "wall-display", frozenset(Scope), timedelta(days=30), now, CONSOLE)
        revoke_key(unit, old.id, now, CONSOLE)
    scene.account("integrator", Role.GATE_INTEGRATOR, disabled=True)
    scene.account("wang-qiang", person="wang-qiang", must_change=True)
    zhou = scene.account("zhou-bin", person="zhou-bin")
    scene.session(zhou)
    for password in (PASSWORD, "wrong", "wrong", "wrong", "wrong"):
        with suppress(SignInRefused):
            _sign_in(scene, "zhou-bin", password)


def _homes(scene: Scene) -> None:
    """A building with owners, tenants, vehicles and a vacant home."""
    people = [
        ("李小梅", Standing.OWNER, "13812345678", ("粤B12345", "粤BD00001")),
        ("Ann Smith", Standing.TENANT, "", ()),
    ]
    rows = [Listed(Address("3", "2", "1501"), *person) for person in people]
    rows += [Listed(Address("3", "2", str(1502 + at)), vacant=at == 0) for at in range(5)]
    with scene.work.writing() as unit:
        enter_homes(scene.site, unit, rows, scene.clock.now())


def channel_test(scene: Scene) -> int:
    """The number of a test that a channel refused."""
    now = scene.clock.now()
    with scene.work.writing() as unit:
        sent = try_channel(unit, "dingtalk", scene.person("li-wei"), f"{now.timestamp()}", now)
        answer = Answer(Verdict.REFUSED, "310000", "keywords not in content, more: [https://ding-doc.dingtalk.com]")
        settle(scene.site, unit, sent, answer, now)
    return sent.id


def _channels(scene: Scene) -> None:
    now = scene.clock.now()
    month = f"{now.astimezone(scene.site.zone):%Y-%m}"
    with scene.work.writing() as unit:
        for name, used in USED.items():
            health = unit.channels.get(name).accepted(now - timedelta(minutes=used))
            unit.channels.put(replace(health, month=month, used=used))
        failing = unit.channels.get("dingtalk").failed("130101", "send too fast, exceed 20 times per minute", now)
        unit.channels.put(failing)


def _sign_in(scene: Scene, login: str, password: str) -> None:
    visit = Visit("10.0.0.9", FIREFOX)
    sign_in(scene.work, scene.passwords, scene.clock, Lifetime(), login=login, password=password, visit=visit)

"""Pictures of every page for the documentation: `python -m tests.api.browser.screenshots [folder [page …]]`; all pages, or those named."""

import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from playwright.sync_api import Browser

from facility.domain.account import Account
from facility.domain.role import Role
from tests.api.browser.served import Served, chromium, served
from tests.api.browser.small_png import small
from tests.api.lived_in import live_in
from tests.api.office import channel_test, furnish
from tests.api.scene import Scene

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "screenshots"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
LARGE = 145_000  # bytes above which a picture is made smaller
LANGUAGES = ("zh-CN", "en")


def addresses(scene: Scene) -> dict[str, str]:
    """Every kind of page: its name, and an address of it."""
    mains, pump, gas = scene.alert_of("mains_lost"), scene.alert_of("pump_fault"), scene.order_of("gas-2")
    planned, checked = scene.order_of("fire-panel-1", "fire-pump-start"), scene.order_of("tank-1", "tank-cleaning")
    return {
        "overview": "/overview",
        "assets": "/assets",
        "asset": "/assets/incomer-1",
        "chart": "/assets/incomer-1/points/voltage_l1?span=hour",
        "counter": "/assets/incomer-1/points/energy?span=year",
        "alerts": "/alerts",
        "alert": f"/alerts/{pump}",
        "alert-by-hand": f"/alerts/{scene.alert_of('safety_incident')}",
        "alerts-history": "/alerts/history",
        "alerts-raise": "/alerts/raise",
        "alerts-announced": "/alerts/announced",
        "figures": "/alerts/figures?period=day",
        "orders": "/orders",
        "order": f"/orders/{gas}",
        "plans": "/plans",
        "plan": "/plans/fire-pump-start",
        "plan-change": "/plans/fire-pump-start/change",
        "plans-month": "/plans/month",
        "programs": "/programs",
        "drills": "/drills",
        "drill": "/drills/1",
        "people": "/people",
        "person": "/people/chen-jing",
        "roster": "/rosters/guards",
        "leaving": "/people/liu-yang/leave",
        "homes": "/homes",
        "requests": "/requests",
        "request-new": "/requests/new",
        "unresolved": "/unresolved",
        "board-of-figures": "/figures",
        "reports": "/reports",
        "energy": "/energy",
        "handover": "/handover",
        "home": "/homes/1",
        "alert-link": f"/a/{scene.token('alert', mains, 'chen-jing')}",
        "order-link": f"/o/{scene.token('order', planned, scene.login_of(planned))}",
        "check-link": f"/o/{scene.token('order', checked, 'zhou-bin')}",
        "refused-link": f"/a/{scene.token('alert', mains, 'chen-jing')[:-2]}",
        "no-page": "/nothing",
        "account": "/account",
        "channels": "/channels",
        "channel-test": f"/channels/tests/{channel_test(scene)}",
        "audit": "/audit",
        "audit-verify": "/audit/verify",
    }


def worker_addresses(scene: Scene) -> dict[str, str]:
    """What whoever has work sees."""
    return {"my-day": "/my-day", "order-own": f"/orders/{own_order(scene)}"}


def own_order(scene: Scene) -> int:
    """An order that its person has not finished."""
    return scene.order_of("fire-panel-1", "fire-pump-start")


def worker(scene: Scene) -> Account:
    """Whoever is responsible for that order."""
    login = scene.login_of(own_order(scene))
    with scene.work.reading() as unit:
        known = unit.accounts.by_login("worker")
    return known or scene.account("worker", person=login)


def office_addresses(scene: Scene) -> dict[str, str]:
    """What the system administrator alone sees."""
    with scene.work.reading() as unit:
        paused = unit.accounts.by_login("zhou-bin")
    assert paused is not None
    return {"accounts": "/accounts", "account-of": f"/accounts/{paused.id}", "keys": "/keys"}


def public_addresses() -> dict[str, str]:
    """What is seen without signing in."""
    return {"sign-in": "/sign-in"}


def admin(scene: Scene) -> Account:
    """Somebody with a long name and many roles."""
    with scene.work.reading() as unit:
        known = unit.accounts.by_login("chen-jing")
    return known or scene.account("chen-jing", Role.SYSTEM_ADMINISTRATOR, Role.ENGINEERING, person="chen-jing")


def chief(scene: Scene) -> Account:
    """The manager of the demo."""
    with scene.work.reading() as unit:
        known = unit.accounts.by_login("chen")
    return known or scene.account("chen", person="chen-jing")


def among(pages: Mapping[str, str], wanted: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Those that are wanted; all when none is named."""
    return [(name, address) for name, address in pages.items() if not wanted or name in wanted]


def take(browser: Browser, running: Served, folder: Path, wanted: Sequence[str] = ()) -> None:
    """One picture a page, size and language; of the pages that are wanted."""
    manager = chief(running.scene)
    for size, (width, height) in SIZES.items():
        for language in LANGUAGES:
            context = browser.new_context(viewport={"width": width, "height": height}, locale=language)
            page = context.new_page()
            for name, address in among(public_addresses(), wanted):
                page.goto(running.address + address, wait_until="load")
                (folder / f"{name}.{size}.{language}.png").write_bytes(page.screenshot())
            running.sign_in(context, manager)
            for name, address in among(addresses(running.scene), wanted):
                page.goto(running.address + address, wait_until="load")
                if name == "counter":
                    page.wait_for_selector("#growth[data-drawn]")
                if name in ("chart", "counter"):
                    page.wait_for_selector("#chart[data-drawn]")
                if page.locator("body[data-stream]").count():
                    page.wait_for_selector("body[data-live]")
                picture = page.screenshot()
                file = folder / f"{name}.{size}.{language}.png"
                file.write_bytes(small(picture) if len(picture) > LARGE else picture)
            for account, others in (
                (worker(running.scene), worker_addresses(running.scene)),
                (admin(running.scene), office_addresses(running.scene)),
            ):
                running.sign_in(context, account)
                for name, address in among(others, wanted):
                    page.goto(running.address + address, wait_until="load")
                    (folder / f"{name}.{size}.{language}.png").write_bytes(page.screenshot())
            context.close()


def main() -> None:
    """Make the pictures anew."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        scene = Scene(Path(place) / "data", every_plan=True).whole()
        scene.drilled()
        scene.work_on_orders()
        scene.acts()
        furnish(scene)
        live_in(scene)
        with served(scene) as running, chromium() as browser:
            take(browser, running, folder, sys.argv[2:])


if __name__ == "__main__":
    main()

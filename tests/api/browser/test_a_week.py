"""The demo's week of orders on phones, by the roles: front desk, technician, foreman, supervisor, public-order officer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from facility.domain.order import OrderState
from facility.domain.request import RequestState
from tests.api.browser.served import Served, served
from tests.api.browser.test_in_browser import PHONE, browser
from tests.api.office import furnish
from tests.api.scene import Scene

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@dataclass
class Estate:
    """An estate that runs, and the browsers of its people."""

    running: Served
    browser: Browser

    @contextmanager
    def phone(self, login: str, path: str) -> Iterator[Page]:
        """A page on somebody's phone, signed in."""
        context = self.browser.new_context(locale="en-GB", viewport=PHONE)
        self.running.sign_in(context, self.running.scene.account_of(login))
        page = context.new_page()
        page.goto(self.running.address + path, wait_until="load")
        yield page
        context.close()

    def finish(self, login: str, order: int, note: str) -> None:
        """A technician takes the order from their day and does it; all is in order."""
        with self.phone(login, "/my-day") as page:
            page.locator(f"[data-order='{order}'] a.what").click()
            if page.get_by_role("button", name="Accept the order").count():
                page.get_by_role("button", name="Accept the order").click()
            page.get_by_label("All that is left open is in order").check()
            page.locator("textarea[name=note]").first.fill(note)
            page.get_by_role("button", name="Done, self-checked").click()
            expect(page.locator(".heads")).to_contain_text("Self-checked")

    def check(self, order: int, checker: str, supervisor: str = "wang-qiang") -> None:
        """The second person passes it, and the third where the lot says so; a repair line by line."""
        for login in (checker, supervisor):
            with self.running.scene.work.reading() as unit:
                state = unit.orders.get(order).state
            if state is OrderState.CLOSED:
                return
            with self.phone(login, f"/orders/{order}") as page:
                rest = page.get_by_label("All that is left open is in order")
                if rest.count() and rest.first.is_visible():
                    rest.first.check()
                page.get_by_role("button", name=re.compile("^Pass the ")).click()
                expect(page.locator(".heads")).to_contain_text(re.compile("Closed|Checked, awaits"))


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Estate]:
    scene = Scene(tmp_path_factory.mktemp("week") / "data").whole()
    furnish(scene)
    with served(scene) as running:
        yield Estate(running, browser)


def test_a_residents_tap_from_the_call_to_the_call_back(estate: Estate) -> None:
    with estate.phone("sun-li", "/requests/new") as page:
        page.locator("input[name=home]").fill("1501")
        expect(page.locator("#homes input")).to_be_checked()
        page.get_by_text("Water, taps, pipes").click()
        page.get_by_label("What is it about").fill("The kitchen tap drips")
        page.get_by_label("Phone", exact=True).fill("13812345678")
        page.get_by_role("button", name="Enter", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("The kitchen tap drips")
        number = int(page.url.rpartition("/")[2].partition("?")[0])
    with estate.running.scene.work.reading() as unit:
        order = unit.requests.get(number).order or 0
        technician = unit.people.get(unit.orders.get(order).person or 0).login
    with estate.phone(technician, f"/orders/{order}") as page:
        page.get_by_role("button", name="Show the phone").click()
        expect(page.get_by_text("13812345678")).to_be_visible()
    estate.finish(technician, order, "Washer replaced")
    with estate.phone(technician, f"/orders/{order}") as page:
        page.get_by_text("Enter a part, material or paid work").click()
        page.get_by_label("Name and type").fill("Washer DN15")
        page.get_by_label("Price of one (yuan)").fill("2.50")
        page.get_by_role("button", name="Enter", exact=True).click()
        expect(page.locator("#used")).to_contain_text("¥2.50")
    estate.check(order, "zhou-bin")
    with estate.phone("sun-li", "/call-backs") as page:
        page.locator(f"[data-request='{number}'] a.what").click()
        page.get_by_text("Satisfied", exact=True).click()
        page.get_by_text("Solved at the first visit").click()
        page.get_by_role("button", name="Enter", exact=True).click()
        expect(page.locator(".heads")).to_contain_text("Closed")
    with estate.running.scene.work.reading() as unit:
        assert unit.requests.get(number).state is RequestState.CLOSED


def test_an_inspection_finds_a_fault_that_the_crew_mends(estate: Estate) -> None:
    scene = estate.running.scene
    planned = scene.order_of("fire-panel-1", "fire-pump-start")
    officer = scene.login_of(planned)
    with estate.phone(officer, f"/orders/{planned}") as page:
        if page.get_by_role("button", name="Accept the order").count():
            page.get_by_role("button", name="Accept the order").click()
        line = page.get_by_role("group", name="Simulate the start signal")
        line.get_by_text("not in order").click()
        line.get_by_label("Remark").fill("Pump 2 did not start")
        page.get_by_role("group", name="Hydrant pressure").get_by_role("textbox").first.fill("0.64")
        page.get_by_label("All that is left open is in order").check()
        page.get_by_role("button", name="Done, self-checked").click()
        expect(page.locator("#past")).to_contain_text("Repair orders from this checklist")
    with scene.work.reading() as unit:
        (repair,) = unit.orders.of_parent(planned)
        mender = unit.people.get(repair.person or 0).login
    estate.check(planned, "ma-chao")
    estate.finish(mender, repair.id, "Contactor replaced")
    estate.check(repair.id, "zhou-bin")
    with scene.work.reading() as unit:
        assert [unit.orders.get(each).state for each in (planned, repair.id)] == [OrderState.CLOSED] * 2


def test_the_supervisor_gives_what_nobody_has_and_the_manager_reads_the_figures(estate: Estate) -> None:
    with estate.phone("sun-li", "/requests/new") as page:
        page.locator("input[name=home]").fill("1501")
        expect(page.locator("#homes input")).to_be_checked()
        page.get_by_text("Doors, windows, locks").click()
        page.get_by_label("What is it about").fill("The lobby door does not close")
        page.get_by_role("button", name="Enter", exact=True).click()
        number = int(page.url.rpartition("/")[2].partition("?")[0])
    with estate.running.scene.work.reading() as unit:
        order = unit.requests.get(number).order or 0
        assert unit.orders.get(order).state is OrderState.UNASSIGNED
    with estate.phone("wang-qiang", f"/orders/{order}") as page:
        page.get_by_label("Assign to").select_option("xu-tao")
        page.get_by_role("button", name="Assign", exact=True).click()
        expect(page.locator(".heads")).to_contain_text("Issued")
    estate.finish("xu-tao", order, "Closer adjusted")
    estate.check(order, "zhou-bin")
    with estate.phone("chen-jing", "/figures") as page:
        figure = page.locator("[data-figure='completed_in_five_days']")
        expect(figure).to_contain_text("as wanted")
        figure.get_by_role("link").click()
        expect(page.locator(f"a[href='/orders/{order}']")).to_be_visible()

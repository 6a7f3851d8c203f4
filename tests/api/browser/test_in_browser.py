"""The pages in a real Chromium: live values, lost connection, the order on a phone, no script errors, accessible."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from facility.domain.notice import Answer, Verdict
from facility.domain.role import Role
from facility.flow.settle import settle
from tests.api.browser.screenshots import addresses, admin, office_addresses, public_addresses
from tests.api.browser.served import CHROMIUM, Served, chromium, served
from tests.api.office import furnish
from tests.api.scene import PASSWORD, Scene
from tests.harness.photo import a_photo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; without it the tests fail in CI and are skipped elsewhere."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("install chromium")
        pytest.skip("install chromium")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An api on the whole scene."""
    scene = Scene(tmp_path_factory.mktemp("browser") / "data", every_plan=True).whole()
    scene.work_on_orders()
    scene.acts()
    furnish(scene)
    with served(scene) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in English on which nothing may go wrong in the console."""
    context = browser.new_context(locale="en-GB", viewport=PHONE)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    yield page
    context.close()
    assert wrong == []


def follow(page: Page, running: Served, path: str) -> None:
    """Sign in, open a page and wait until its live stream has spoken."""
    running.sign_in(page.context)
    page.goto(running.address + path, wait_until="load")
    page.wait_for_selector("body[data-live]")


def test_values_change_without_reload(page: Page, running: Served) -> None:
    follow(page, running, "/overview")
    running.scene.put("building-10", breaker_state="tripped")
    point = page.locator('[data-point="building-10/breaker_state"] b')
    expect(point).to_have_text("Tripped", timeout=10_000)


def test_a_new_alert_appears_without_reload(page: Page, running: Served) -> None:
    follow(page, running, "/overview")
    expect(page.locator('.card[data-asset="tank-4"]')).not_to_have_attribute("data-level", "2")
    running.scene.stage.opens("tank-4", "level_low", value=0.4, limit=0.8, point="water_level")
    running.scene.stage.tick(0)
    expect(page.locator('#work [data-raised="tank-4"]')).to_be_visible(timeout=10_000)
    expect(page.locator('.card[data-asset="tank-4"]')).to_have_attribute("data-level", "2")


def test_a_lost_connection_is_said_and_found_again(page: Page, tmp_path: Path) -> None:
    scene = Scene(tmp_path / "data")
    scene.readings()
    with served(scene) as running:
        follow(page, running, "/assets/tank-1")
        expect(page.locator("#lost")).to_be_hidden()
        running.stop()
        expect(page.locator("#lost")).to_be_visible(timeout=10_000)
        running.start()
        expect(page.locator("#lost")).to_be_hidden(timeout=15_000)


def test_values_of_collectors_that_died_turn_stale_by_themselves(page: Page, tmp_path: Path) -> None:
    scene = Scene(tmp_path / "data")
    scene.readings()
    with served(scene, alive=False) as running:
        running.sign_in(page.context)
        page.goto(f"{running.address}/assets/tank-1")
        point = page.locator('[data-point="tank-1/water_level"]')
        expect(point).to_have_attribute("data-q", "stale", timeout=20_000)
        expect(point.locator("i")).to_have_text("Stale")


def test_chart_is_drawn_with_axes_in_the_estates_zone(page: Page, running: Served) -> None:
    running.sign_in(page.context)
    for span in ("hour", "day", "month"):
        page.goto(f"{running.address}/assets/incomer-1/points/voltage_l1?span={span}")
        page.wait_for_selector("#chart[data-drawn] canvas")
        assert int(page.locator("#chart").get_attribute("data-drawn") or 0) > 10


def test_a_counters_year_is_drawn_with_a_bar_a_month(page: Page, running: Served) -> None:
    running.sign_in(page.context)
    page.goto(f"{running.address}/assets/incomer-1/points/energy?span=year")
    page.wait_for_selector("#chart[data-drawn] canvas")
    page.wait_for_selector("#growth[data-drawn] canvas")
    assert int(page.locator("#chart").get_attribute("data-drawn") or 0) > 360
    assert int(page.locator("#growth").get_attribute("data-drawn") or 0) in (12, 13)


def test_an_order_on_a_phone_from_message_to_close(page: Page, running: Served) -> None:
    scene = running.scene
    order = scene.order_of("fire-panel-2", "fire-pump-start")
    page.goto(f"{running.address}/o/{scene.token('order', order, scene.login_of(order))}")
    page.get_by_role("button", name="Accept the order").click()
    page.get_by_role("group", name="Hydrant pressure").get_by_role("textbox").first.fill("0.64")
    page.get_by_label("All that is left open is in order").check()
    page.get_by_label("Note").fill("Pump 1 started after 4 s")
    photo = page.locator("input[type=file]")
    photo.set_input_files({"name": "pump.png", "mimeType": "image/png", "buffer": a_photo("PNG")})
    expect(page.locator(".photos img")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("Note")).to_have_value("Pump 1 started after 4 s")
    page.get_by_role("button", name="Done, self-checked").click()
    expect(page.locator(".done")).to_contain_text("A second person checks it now")
    page.goto(f"{running.address}/o/{scene.token('order', order, 'ma-chao')}")
    page.get_by_role("button", name="Pass the check").click()
    expect(page.locator(".done")).to_contain_text("Checked and closed")


def test_a_foremans_day_and_the_steps_of_an_order_on_a_phone_are_accessible(page: Page, running: Served) -> None:
    scene = running.scene
    checked, pump = scene.order_of("tank-1"), scene.order_of("pump-3")
    running.sign_in(page.context, scene.account_of("zhou-bin"))
    page.set_viewport_size(PHONE)
    for path in ("/my-day", f"/orders/{checked}", f"/orders/{pump}"):
        page.goto(running.address + path, wait_until="load")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        violations = Axe().run(page).response["violations"]
        assert [each["id"] for each in violations if each["impact"] in ("serious", "critical")] == [], path
    page.locator("#cancel summary").click()
    expect(page.get_by_role("button", name="Cancel the order")).to_be_visible()
    page.goto(f"{running.address}/my-day", wait_until="load")
    page.locator(f"[data-order='{checked}'] a.what").click()
    expect(page.get_by_role("button", name="Pass the check")).to_be_visible()


def test_an_alert_is_raised_by_hand_on_a_phone_in_a_few_touches(page: Page, running: Served) -> None:
    running.sign_in(page.context, running.scene.account_of("chen-jing"))
    page.goto(f"{running.address}/alerts", wait_until="load")
    page.get_by_role("link", name="Raise by hand").click()
    page.get_by_text("Water outage", exact=True).click()
    page.locator("select[name=area]").select_option(label="Pump room 2")
    page.get_by_role("button", name="Raise the alert").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Water outage")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("status").filter(has_text="Acknowledged by 陈静")).to_be_visible()
    page.get_by_text("It is over", exact=True).first.click()
    page.locator("#over").get_by_role("button").click()
    expect(page.locator(".heads")).to_contain_text("Closed")


def test_a_channel_is_tested_on_a_phone_and_the_answer_comes_by_itself(page: Page, running: Served) -> None:
    scene = running.scene
    running.sign_in(page.context, scene.account_of("chen-jing"))
    page.goto(f"{running.address}/channels", wait_until="load")
    page.locator("select[name=channel]").select_option("wecom")
    page.locator("select[name=person]").select_option("li-wei")
    page.get_by_label("A real person is told").check()
    page.get_by_role("button", name="Send the test").click()
    expect(page.get_by_text("Waits for the scheduler")).to_be_visible()
    with scene.work.writing() as unit:
        (waiting,) = (notice for notice in unit.notices.waiting() if notice.key.startswith("test:"))
        settle(scene.site, unit, waiting, Answer(Verdict.REFUSED, "93000", "invalid webhook url"), scene.clock.now())
    expect(page.get_by_text("93000 invalid webhook url")).to_be_visible(timeout=10_000)
    expect(page.locator("#work")).to_have_attribute("data-outcome", "not_accepted")


def test_an_account_is_made_on_a_phone_and_its_password_works_once(page: Page, running: Served) -> None:
    running.sign_in(page.context, admin(running.scene))
    page.goto(f"{running.address}/accounts", wait_until="load")
    page.get_by_label("Login", exact=True).fill("xu-tao")
    page.get_by_role("button", name="Make the account").click()
    password = page.locator(".secret code").inner_text()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Login").fill("xu-tao")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose your own now")


def test_pages_fit_a_phone(page: Page, running: Served) -> None:
    running.sign_in(page.context, admin(running.scene))
    for name, address in (addresses(running.scene) | office_addresses(running.scene)).items():
        page.goto(running.address + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name


def test_signing_in_by_keyboard_and_out_in_another_tab(page: Page, running: Served) -> None:
    running.scene.account("keyboard", Role.FOREMAN)
    page.goto(f"{running.address}/orders")
    page.keyboard.type("keyboard")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Login or password is wrong")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-live]")
    assert page.url == f"{running.address}/orders"
    other = page.context.new_page()
    other.goto(f"{running.address}/account")
    other.get_by_role("button", name="Sign out everywhere").click()
    other.wait_for_url("**/sign-in")
    page.evaluate("document.body.dispatchEvent(new Event('work'))")  # the next part that the open page fetches
    page.wait_for_url("**/sign-in?next=%2Forders")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier_on_any_page(browser: Browser, running: Served, scheme: str) -> None:
    context = browser.new_context(locale="zh-CN", color_scheme=scheme)  # type: ignore[arg-type]
    running.sign_in(context, admin(running.scene))
    page = context.new_page()
    found = []
    for name, address in (addresses(running.scene) | office_addresses(running.scene)).items():
        if scheme == "dark" and name not in ("overview", "alert", "check-link"):
            continue  # the same colours on the others
        page.goto(running.address + address)
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                found.append(f"{name}: {violation['id']} {[node['html'][:120] for node in violation['nodes'][:2]]}")
    context.close()
    assert found == []


def test_the_sign_in_page_fits_and_has_no_serious_barrier(page: Page, running: Served) -> None:
    for name, address in public_addresses().items():
        page.goto(running.address + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
        violations = Axe().run(page).response["violations"]
        assert [each["id"] for each in violations if each["impact"] in ("serious", "critical")] == []

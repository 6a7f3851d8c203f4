"""The simulators' page in a real browser: buttons act, messages come without a reload, anybody can read it."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from facility.clock import SystemClock
from facility.domain.asset import Site
from simulators.program import Options, serving
from tests.harness.ports import free_port

CHROMIUM = Path("/usr/bin/chromium")
MESSAGE = "**【一级信息】市电停电**\n地点：1号配电房\n[▶ 打开 / Open](http://127.0.0.1:8080/a/token)\n<@manager>"

START = "开始（1分20秒）"  # power-outage lasts 80 s

pytestmark = pytest.mark.browser


@pytest.fixture
async def address(moved: Site) -> AsyncIterator[str]:
    wecom = replace(moved.channels["wecom"], url="http://127.0.0.1/robot/cgi-bin/webhook/send?key=demo")
    site = replace(moved, channels={"wecom": wecom})
    port = free_port()
    async with serving(site, SystemClock(), None, port, Options(own_broker=True)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module", autouse=True)
def chromium() -> None:
    if not CHROMIUM.exists():
        assert os.environ.get("CI") != "true", "CI needs Debian's chromium"
        pytest.skip("install chromium")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield await browser.new_page(viewport={"width": 390, "height": 844})
        await browser.close()


async def test_a_person_starts_a_scenario_and_reads_a_message(address: str, page: Page) -> None:
    wrong: list[str] = []
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(f"{address}/?lang=zh-CN")
    await page.get_by_role("button", name=START).click()
    await page.get_by_role("button", name="停止并全部复原").wait_for()
    assert await page.locator("li.done").count() >= 1
    async with httpx.AsyncClient(base_url=address) as sender:
        body = {"msgtype": "markdown", "markdown": {"content": MESSAGE}}
        await sender.post("/robot/cgi-bin/webhook/send", params={"key": "demo"}, json=body)
        await page.locator(".card.level-1").wait_for()
        assert await page.locator(".card a").get_attribute("href") == "http://127.0.0.1:8080/a/token"
        await page.get_by_role("button", name="停止并全部复原").click()
        await page.get_by_role("button", name=START).wait_for()
        assert (await sender.get("/status")).json()["scenario"]["running"] is False
        await page.get_by_label("设备或链路").fill("incomer-1")
        await page.locator("#fault select").select_option("noise")
        await page.get_by_label("测点").fill("voltage_l1")
        await page.get_by_label("最大偏差").fill("2.5")
        await page.get_by_role("button", name="设置").click()
        await page.get_by_text("数值有噪声 point=voltage_l1").wait_for()
        (fault,) = (await sender.get("/faults")).json()
        assert fault["parameters"] == {"point": "voltage_l1", "amplitude": 2.5}
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert wrong == []

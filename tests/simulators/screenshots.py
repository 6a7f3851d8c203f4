"""Pictures of the simulators' page for the documentation: `python -m tests.simulators.screenshots [folder]`."""

import asyncio
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import httpx
from playwright.async_api import async_playwright

from facility.clock import SystemClock
from facility.domain.asset import Site
from facility.site import load
from simulators.program import Options, serving
from tests.api.browser.screenshots import FOLDER, LANGUAGES, LARGE, SIZES
from tests.api.browser.small_png import small
from tests.harness.estate import Estate
from tests.harness.ports import free_port
from tests.simulators.test_simulators_page import CHROMIUM, MESSAGE


def moved(folder: Path) -> Site:
    """The demo's site on free ports, with a robot that takes any WeCom message."""
    estate = Estate(folder)
    os.environ.update(estate.environment)
    site = load(estate.site_file)
    wecom = replace(site.channels["wecom"], url="http://127.0.0.1/robot/cgi-bin/webhook/send?key=demo")
    return replace(site, channels={"wecom": wecom})


async def take(address: str, folder: Path) -> None:
    """One picture a size and language, in the middle of a power outage."""
    async with httpx.AsyncClient(base_url=address) as robot, async_playwright() as driver:
        (await robot.post("/scenarios/power-outage")).raise_for_status()
        body = {"msgtype": "markdown", "markdown": {"content": MESSAGE}}
        await robot.post("/robot/cgi-bin/webhook/send", params={"key": "demo"}, json=body)
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for size, (width, height) in SIZES.items():
            for language in LANGUAGES:
                page = await browser.new_page(viewport={"width": width, "height": height})
                await page.goto(f"{address}/?lang={language}")
                await page.locator(".card.level-1").wait_for()
                picture = await page.screenshot()
                file = folder / f"simulators.{size}.{language}.png"
                file.write_bytes(small(picture) if len(picture) > LARGE else picture)
        await browser.close()


async def main() -> None:
    """Make the pictures anew."""
    folder, port = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, free_port()
    with tempfile.TemporaryDirectory() as place:
        async with serving(moved(Path(place)), SystemClock(), None, port, Options(own_broker=True)):
            await take(f"http://127.0.0.1:{port}", folder)


if __name__ == "__main__":
    asyncio.run(main())

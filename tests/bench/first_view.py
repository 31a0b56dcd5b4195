"""The first view of a paper, as a slow phone on a slow network gets it: bytes, requests, largest contentful paint."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from playwright.sync_api import Browser, CDPSession, sync_playwright

from questionnaires.paper import GROUPS
from tests.browser.conftest import CHROMIUM, PHONE, open_county

BYTES = 14_600
REQUESTS = 1
PAINTED = 1300  # ms, at 400 kbit/s and 400 ms
SLOWER = 4  # times: the processor of a cheap phone
NETWORKS = {"400 kbit/s + 400 ms": (400, 400), "1.6 Mbit/s + 150 ms": (1600, 150)}
LARGEST_PAINT = """() => new Promise(done => new PerformanceObserver(list =>
  done(list.getEntries().pop().startTime)).observe({type: 'largest-contentful-paint', buffered: true}))"""


class View(NamedTuple):
    """What one cold visit cost: bytes with their heads, requests before it could be filled in, ms to the paint."""

    bytes: int
    requests: int
    painted: float


def measure(browser: Browser, link: str, kbits: int, delay: int) -> View:
    """Open a paper once, with nothing cached, behind a network of so many kbit/s and ms of latency."""
    page = browser.new_context(viewport=PHONE, device_scale_factor=2).new_page()
    wire = page.context.new_cdp_session(page)
    finished: list[Any] = []
    wire.on("Network.loadingFinished", lambda one: finished.append(one))
    _slow_down(wire, kbits, delay)
    page.goto(link)
    page.locator("main.cards").wait_for()
    painted = float(page.evaluate(LARGEST_PAINT))
    page.context.close()
    return View(int(sum(one["encodedDataLength"] for one in finished)), len(finished), painted)


def _slow_down(wire: CDPSession, kbits: int, delay: int) -> None:
    rate = kbits * 1000 / 8
    wire.send("Network.enable")
    wire.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": delay, "downloadThroughput": rate, "uploadThroughput": rate},
    )
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def main() -> int:
    """Print a row for each paper and network beside the budgets of spec 8; 1 if one is exceeded."""
    worst = 0
    print(f"{'first view':<32}{'bytes':>8}{'requests':>10}{'LCP ms':>8}   budget {BYTES} / {REQUESTS} / {PAINTED}")
    with TemporaryDirectory() as folder, open_county(Path(folder)) as county, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        links = {"parent": county.issue("slips", "P01")[0], "student": county.issue("class", "P04")[0]}
        links["teacher"] = county.issue("slips", "P03")[0]
        for group, link in links.items():
            for network, (kbits, delay) in NETWORKS.items():
                view = measure(browser, link, kbits, delay)
                over = view.bytes > BYTES or view.requests > REQUESTS or view.painted > PAINTED
                worst = max(worst, over)
                name = f"{GROUPS[group]}, {network}"
                print(f"{name:<30}{view.bytes:>8}{view.requests:>10}{view.painted:>8.0f}   {'over' if over else 'ok'}")
        browser.close()
    return worst


if __name__ == "__main__":
    raise SystemExit(main())

"""The first view of a paper, as a slow phone on a slow network gets it: bytes, requests, largest contentful paint."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from playwright.sync_api import Browser, CDPSession, sync_playwright

from questionnaires.vocabulary import Group
from tests.bench.table import Line, hand_in
from tests.browser.conftest import CHROMIUM, PHONE, open_county

BYTES = 9_500
REQUESTS = 1
PAINTED = 800  # ms, at 400 kbit/s and 400 ms
SLOWER = 4  # times: the processor of a cheap phone
SLOWEST = "400 kbit/s + 400 ms"
NETWORKS = {SLOWEST: (400, 400), "1.6 Mbit/s + 150 ms": (1600, 150)}
LIMESURVEY = "LimeSurvey 6.14 (a constant): 1.57 MB, 30 requests, 8.7 s"
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
    """Hand in a line for each paper and network; 1 if a budget is exceeded."""
    with TemporaryDirectory() as folder, open_county(Path(folder)) as county, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        links = {"parent": county.issue("slips", "P01")[0], "student": county.issue("class", "P04")[0]}
        links["teacher"] = county.issue("slips", "P03")[0]
        lines = [
            _line(group, network, measure(browser, link, *NETWORKS[network]))
            for group, link in links.items()
            for network in NETWORKS
        ]
        browser.close()
    return not hand_in(lines)


def _line(group: str, network: str, view: View) -> Line:
    slow = network == SLOWEST
    met = view.bytes <= BYTES and view.requests <= REQUESTS and (view.painted <= PAINTED or not slow)
    budget = f"<= {BYTES:,} bytes, {REQUESTS} request" + (f", LCP <= {PAINTED} ms" if slow else "")
    ours = f"{view.bytes:,} bytes, {view.requests} request, LCP {view.painted:.0f} ms"
    return Line(f"first view of a paper: {Group(group).zh}, {network}", budget, ours, met, LIMESURVEY if slow else "")


if __name__ == "__main__":
    raise SystemExit(main())

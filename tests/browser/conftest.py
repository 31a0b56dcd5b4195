"""A small county on a running service, its codes on paper, and phones to scan them with."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, expect, sync_playwright

from survey_app.cli import survey
from survey_app.core.settings import beijing_now
from tests.serving import free_port, serving

CHROMIUM = Path("/usr/bin/chromium-headless-shell")  # the engine without the window: four tenths of the CPU
QUIET = ("background-networking", "component-update", "sync", "gpu")
PHONE = {"width": 360, "height": 780}
FRAME = """group,unit,class,grade,population,invited,stage,locale,township
parent,P01,三年级1班,3,90,80,primary,city,城东街道
student,P02,三年级2班,3,40,24,primary,city,城东街道
teacher,P03,,,40,24,,city,城东街道
student,P04,三年级4班,3,40,24,primary,city,城东街道
public,甲镇,,,200,100,,town,甲镇
parent,甲镇,,,60,30,,town,甲镇
"""
COUNTY = (
    "--county",
    "青山区",
    "--telephone",
    "023-79220000",
    "--organiser",
    "青山区人民政府教育督导室",
    "--population",
    "400000",
)
REFUSED = "Failed to load resource"  # a status of 4xx, or no network
Phones = Callable[..., BrowserContext]
expect.set_options(timeout=20_000)  # a machine that many share


class County(NamedTuple):
    """A county whose round is open: its store, its service, and the program."""

    folder: Path
    address: str

    def run(self, *arguments: str) -> str:
        """What `survey` prints."""
        environment = {"SURVEY_PUBLIC_URL": self.address, "SURVEY_DATABASE_URL": ""}
        command = [*arguments, "--dir", str(self.folder)]
        result = CliRunner().invoke(survey, command, env=environment, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    def count_forms(self) -> int:
        """The number of forms that were sent in: boxes of the open round."""
        with closing(sqlite3.connect(self.folder / "survey.db")) as store:
            return int(store.execute("SELECT count(*) FROM box").fetchone()[0])

    def status(self) -> dict[str, Any]:
        """All that the officials see."""
        found: dict[str, Any] = json.loads(self.run("status", "--json"))
        return found

    def issue(self, kind: str, unit: str) -> list[str]:
        """Issue a unit's codes on paper and read them back: the addresses, as a phone's camera sees them."""
        out = self.folder / f"{kind}-{unit}"
        self.run("issue", "--kind", kind, "--unit", unit, "--out", str(out))
        sheets = [page.render(scale=3).to_pil() for pdf in out.rglob("*.pdf") for page in pypdfium2.PdfDocument(pdf)]
        pictures = [Image.open(path) for path in out.rglob("*.png")]
        return [code.text for image in sheets + pictures for code in zxingcpp.read_barcodes(image)]


@contextmanager
def open_county(folder: Path, papers: Path | None = None) -> Iterator[County]:
    """A county with an open round and a running service, which may know other papers than those that ship."""
    port = free_port()
    county = County(folder, f"http://127.0.0.1:{port}")
    frame = county.folder / "frame.csv"
    frame.write_text(FRAME, encoding="utf-8")
    yesterday = f"{beijing_now() - timedelta(days=1):%Y-%m-%d}"
    county.run("import", "frame", str(frame))
    county.run(
        *("round", "open", *COUNTY, "--population-source", "2020年人口普查", "--year", "2025-2026"),
        *("--opens", yesterday, "--ministry-not-near", "--remarks"),
    )
    with serving(county.folder, port, papers=papers, only="phones"):
        yield county


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with open_county(tmp_path_factory.mktemp("county")) as county:
        yield county


@pytest.fixture(scope="session")
def slips(county: County) -> Iterator[str]:
    """Parents' slips, read from paper; each test takes its own."""
    return iter(county.issue("slips", "P01"))


@pytest.fixture(scope="session")
def pupils_slips(county: County) -> Iterator[str]:
    return iter(county.issue("slips", "P02"))


@pytest.fixture(scope="session")
def class_link(county: County) -> str:
    """The one code of a class of pupils: the same on the poster and in the picture for the chat."""
    (link,) = set(county.issue("class", "P04"))
    return link


@pytest.fixture(scope="session")
def public_link(county: County) -> str:
    """The public code of a town, for parents and all others there."""
    (link,) = set(county.issue("public", "甲镇"))
    return link


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail("Chromium is not installed: run `apt-get install chromium-headless-shell`.", pytrace=False)
    flags = ["--no-sandbox", "--no-first-run", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    flags += [f"--disable-{feature}" for feature in QUIET]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def phones(chromium: Browser) -> Iterator[Phones]:
    """Makes phones that share nothing; none may complain in its console or talk to another host."""
    made: list[BrowserContext] = []
    complaints: list[str] = []
    asked: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if not message.text.startswith(REFUSED):
            complaints.append(message.text)

    def make(**options: Any) -> BrowserContext:
        phone = chromium.new_context(**{"viewport": PHONE, "locale": "zh-CN"} | options)
        phone.set_default_timeout(20_000)
        phone.on("console", hear)
        phone.on("weberror", lambda error: complaints.append(str(error.error)))
        phone.on("request", lambda request: asked.append(request.url))
        made.append(phone)
        return phone

    yield make
    for phone in made:
        phone.close()
    assert complaints == []
    assert [url for url in asked if not url.removeprefix("blob:").startswith("http://127.0.0.1:")] == []

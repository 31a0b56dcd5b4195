"""Firefox as Debian packages it, driven by WebDriver BiDi, which it speaks itself."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from websockets.sync.client import ClientConnection, connect

PROGRAM = Path("/usr/bin/firefox-esr")
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PATIENCE = 30.0
NO_COOKIES = {"network.cookie.cookieBehavior": 2}  # Firefox then keeps no storage of a site either
QUIET = {"browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False}


class Firefox:
    """One Firefox of which every page is a person of its own."""

    def __init__(self, line: ClientConnection):
        self._line = line
        self._numbers = count()
        self.ask("session.new", capabilities={})

    def ask(self, method: str, **params: object) -> Any:
        """The result of a command; raises AssertionError with what Firefox says against it."""
        number = next(self._numbers)
        self._line.send(json.dumps({"id": number, "method": method, "params": params}))
        while (told := json.loads(self._line.recv(PATIENCE))).get("id") != number:
            pass
        assert told["type"] == "success", told
        return told["result"]

    def open(self, address: str, *, before: str = "() => {}") -> "FirefoxPage":
        """The page at an address in a phone that shares nothing with the others, where something was done before."""
        person = self.ask("browser.createUserContext")["userContext"]
        tab = self.ask("browsingContext.create", type="tab", userContext=person)["context"]
        self.ask("script.addPreloadScript", functionDeclaration=before, contexts=[tab])
        self.ask("browsingContext.navigate", context=tab, url=address, wait="complete")
        return FirefoxPage(self, tab)


class FirefoxPage:
    """A page in Firefox, asked in the words of Playwright where both know them."""

    def __init__(self, firefox: Firefox, tab: str):
        self._firefox = firefox
        self._tab = tab

    def set_viewport_size(self, viewport_size: dict[str, int]) -> None:
        self._firefox.ask("browsingContext.setViewport", context=self._tab, viewport=viewport_size)

    def evaluate(self, expression: str, arg: object = None) -> Any:
        """What a function of the page gives; raises AssertionError with what it threw."""
        call = f"Promise.resolve(({expression})({json.dumps(arg)})).then(found => JSON.stringify([found]))"
        told = self._firefox.ask("script.evaluate", expression=call, target={"context": self._tab}, awaitPromise=True)
        assert told["type"] == "success", told
        return json.loads(told["result"]["value"])[0]

    def wait(self, expression: str) -> None:
        """Until an expression holds, or an AssertionError after PATIENCE seconds."""
        end = monotonic() + PATIENCE
        while not self.evaluate(f"() => Boolean({expression})"):
            assert monotonic() < end, (expression, self.evaluate("() => document.body.innerText"))
            sleep(0.05)

    def reload(self) -> None:
        self._firefox.ask("browsingContext.reload", context=self._tab, wait="complete")


@contextmanager
def open_firefox(profile: Path, **preferences: object) -> Iterator[Firefox]:
    """A Firefox without a window, with a profile of its own."""
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in (QUIET | preferences).items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    command = [str(PROGRAM), "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", str(profile)]
    with subprocess.Popen(command, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr
        try:
            address = next(found[1] for line in process.stderr if (found := LISTENS.search(line)))
            with connect(f"{address}/session", max_size=None) as line:
                yield Firefox(line)
        finally:
            process.kill()

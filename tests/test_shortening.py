"""A shortened script says the same: its strings, its properties and its order are those of the source."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from survey_app.pages.page_drawing import CSS, SCRIPT, STATIC
from survey_app.pages.shortening import shorten_script, shorten_style

SOURCE = (STATIC / "respondent.js").read_text(encoding="utf-8")
TRAPS = """
(function () {
  'use strict'
  // a comment with 'quotes' and name
  var name = 'name // no comment', kind = { name: name, kind: 1 }
  function ask(question, name) {
    try { return question.name ? name : kind.name /* name */ } catch (problem) { return problem }
  }
  return ask(kind, name) + (/(?:^|; )name=(\\w+)/.exec('a; name=b') || [])[1] + (typeof name)
})()
"""


def test_strings_and_properties_of_the_script_stay_as_they_are() -> None:
    for pattern in (r"'(?:\\.|[^'\\\n])*'", r"\.[A-Za-z]\w*"):
        bare = re.sub(r"/\*.*?\*/|//[^\n]*", "", SOURCE, flags=re.DOTALL)
        assert re.findall(pattern, SCRIPT) == re.findall(pattern, bare)


def test_a_sixth_of_the_source_is_for_people_alone() -> None:
    assert len(SCRIPT) < len(SOURCE) * 5 / 6
    assert "//" not in SCRIPT.replace("://", "")


def test_a_style_sheet_keeps_all_but_the_ends_of_its_lines() -> None:
    source = (STATIC / "respondent.css").read_text(encoding="utf-8")
    assert shorten_style(source) == CSS == "".join(source.splitlines())
    assert not re.search(r"[,>+~]\n|/\*", source)


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node here to run it")
def test_what_was_shortened_runs_and_gives_the_same(tmp_path: Path) -> None:
    said = []
    for number, source in enumerate((TRAPS, shorten_script(TRAPS))):
        path = tmp_path / f"{number}.js"
        path.write_text(f"console.log({source.strip()})", encoding="utf-8")
        said.append(subprocess.run(["node", path], capture_output=True, text=True, check=True).stdout)
    assert said[0] == said[1] == "name // no commentbstring\n"

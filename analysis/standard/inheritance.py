"""Inheritance: a standard's file laid over those it extends; all that a file sets keeps its own clause."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from questionnaires.pack import PackError, read_toml

BY_ENTRY = ("indicators", "vetoes", "preconditions", "variation", "school_rule")
WHOLE = ("excluded", "through_school_primary", "split_indicators", "split_ratio", "plausible", "back_loaded")
ADDED_UP = ("contradictions", "policy_notes")
NAMING_INDICATORS = (*ADDED_UP, "baseline", "targets", "duties", "milestones")
Content = dict[str, Any]


def inherited_content(path: Path, shipped: Path) -> tuple[Content, list[str]]:
    """The content of a file with everything it inherits, and what is wrong with what it overrides or names.

    What it extends is looked for beside it, then in the folder `shipped`. Raises PackError when a file
    cannot be read, is not there, or extends itself in a circle.
    """
    content: Content = {}
    problems: list[str] = []
    for file, own in _lineage(path, shipped):
        _stamp(own)
        problems += [f"{file.name}: {problem}" for problem in _override_problems(content, own)]
        content = _inherit(content, own)
    return content, problems + [f"{path.name}: {problem}" for problem in _dangling(content)]


def _lineage(path: Path, shipped: Path) -> list[tuple[Path, Content]]:
    """The file and all it extends, the eldest first."""
    files = [(path, read_toml(path))]
    while parent := files[0][1].get("extends"):
        if not (isinstance(parent, str) and re.fullmatch(r"[\w-]+", parent)):
            raise PackError([f"{path.name}: extends: {parent!r} is no name of a standard"])
        beside = path.with_name(f"{parent}.toml")
        file = beside if beside.exists() else shipped / beside.name
        if file in [known for known, _ in files]:
            raise PackError([f"{path.name}: extends: goes round in a circle at {parent!r}"])
        if not file.exists():
            raise PackError([f"{path.name}: extends: there is no standard {parent!r}"])
        files.insert(0, (file, read_toml(file)))
    return files


def _stamp(own: Content) -> None:
    """Give every limit of the file the scope and the year of its document, unless it has its own."""
    document = _table(own, "document")
    for limit in _limits(own):
        limit |= {key: document[key] for key in ("scope", "year") if key in document} | limit


def _limits(own: Content) -> Iterator[Content]:
    tables = [_table(own, key) for key in ("variation", "school_rule")]
    for key in ("indicators", "goals"):
        tables += [_table(entry, "requires") for entry in _table(own, key).values()]
    for table in tables:
        yield from (limit for limit in table.values() if isinstance(limit, dict))


def _override_problems(parent: Content, own: Content) -> Iterator[str]:
    if not parent:
        return
    for key in BY_ENTRY:
        for entry in sorted(_table(own, key).keys() - _table(parent, key).keys()):
            if not (key == "indicators" and _is_new(_table(own, key)[entry])):
                yield f"{key}.{entry}: the standard it extends has none to override"
    for name, inherited in _table(parent, "indicators").items():
        overriding = _table(_table(_table(own, "indicators"), name), "requires")
        for entry in sorted(overriding.keys() - _table(inherited, "requires").keys()):
            yield f"indicators.{name}.requires.{entry}: the standard it extends has none to override"


def _is_new(indicator: Any) -> bool:
    """Whether an entry states a new indicator: it names its dimension, which no override needs to."""
    return isinstance(indicator, dict) and "dimension" in indicator


def _inherit(parent: Content, own: Content) -> Content:
    """The content of a file over that of its parent; a threshold is replaced whole, clause and all."""
    content = {key: parent[key] for key in WHOLE if key in parent} | own
    for key in (*BY_ENTRY, "goals"):
        if parent and isinstance(content.get(key, {}), dict):
            content[key] = _table(parent, key) | _table(own, key)
    for name, entry in _table(own, "indicators").items():
        if parent and name not in _table(parent, "indicators") and not _is_new(entry):
            del content["indicators"][name]
    for name, inherited in _table(parent, "indicators").items():
        if isinstance(inherited, dict) and (entry := _table(_table(own, "indicators"), name)):
            requires = _table(inherited, "requires") | _table(entry, "requires")
            content["indicators"][name] = inherited | entry | {"requires": requires}
    for key in ADDED_UP:
        content[key] = _added_up(parent.get(key, []), own.get(key, []))
    return content


def _added_up(inherited: Any, own: Any) -> Any:
    """Both lists in one; whichever is none stands for both, so that reading the standard names it."""
    wrong = [rows for rows in (inherited, own) if not isinstance(rows, list)]
    return wrong[0] if wrong else [*inherited, *own]


def _table(content: Any, key: str) -> Content:
    """The table that `key` is, and none where it is not one: what is of another kind, reading the standard names."""
    found = content.get(key) if isinstance(content, dict) else None
    return found if isinstance(found, dict) else {}


def _texts(content: Any, key: str) -> list[str]:
    """The text that `key` is, or those that stand in it."""
    found = content.get(key) if isinstance(content, dict) else None
    return [text for text in (found if isinstance(found, list | dict) else [found]) if isinstance(text, str)]


def _dangling(content: Content) -> Iterator[str]:
    indicators = _table(content, "indicators")
    known = {*indicators, *_table(content, "goals")}
    for entry in indicators.values():
        for requirement in _table(entry, "requires").values():
            known.update(_texts(requirement, "ids"))
    for place, name in _named(content):
        if name not in known:
            yield f"{place}: there is no indicator {name!r}"


def _named(content: Content) -> Iterator[tuple[str, str]]:
    """Where a standard names indicators, and which; a row that is of no single one says so by an empty name."""
    for key in NAMING_INDICATORS:
        rows = content.get(key)
        for place, row in enumerate(rows if isinstance(rows, list) else ()):
            yield from ((f"{key}.{place}", name) for name in _texts(row, "indicator") if name)
            yield from ((f"{key}.{place}", name) for name in _texts(row, "about"))
    yield from (("split_indicators", name) for name in _texts(_table(content, "split_indicators"), "value"))
    yield from (("restated", name) for name in _texts(content, "restated"))

"""Inheritance: a standard's file laid over those it extends; all that a file sets keeps its own clause."""

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
        if parent and name not in parent["indicators"] and not _is_new(entry):
            del content["indicators"][name]
    for name, inherited in _table(parent, "indicators").items():
        if entry := _table(_table(own, "indicators"), name):
            requires = _table(inherited, "requires") | _table(entry, "requires")
            content["indicators"][name] = inherited | entry | {"requires": requires}
    for key in ADDED_UP:
        content[key] = [*parent.get(key, []), *own.get(key, [])]
    return content


def _table(content: Content, key: str) -> Content:
    found = content.get(key)
    return found if isinstance(found, dict) else {}


def _dangling(content: Content) -> Iterator[str]:
    indicators = _table(content, "indicators")
    known = {*indicators, *_table(content, "goals")}
    for entry in indicators.values():
        for requirement in _table(entry, "requires").values():
            known.update(requirement.get("ids", ()))
    for key in NAMING_INDICATORS:
        for place, row in enumerate(content.get(key, [])):
            if row.get("indicator", "") not in {"", *known}:
                yield f"{key}.{place}: there is no indicator {row['indicator']!r}"
    for place, row in enumerate(content.get("duties", [])):
        yield from (
            f"duties.{place}: there is no indicator {name!r}" for name in row.get("about", []) if name not in known
        )
    for key, names in (("split_indicators", _table(content, "split_indicators").get("value", [])),
                       ("restated", _table(content, "restated"))):  # fmt: skip
        for name in names:
            if name not in known:
                yield f"{key}: there is no indicator {name!r}"

"""Every invalid_*.toml under tests/packs breaks the one rule it is named after; its first line says how."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import copy

import pytest

from questionnaires import paper as papers
from questionnaires.pack import Cited, Pack, PackError, build_pack, read_pack
from questionnaires.paper import Paper, load_paper
from questionnaires.rule import Rule

PACKS = Path(__file__).parent / "packs"
MODELS: dict[str, type[Paper] | type[Rule]] = {"papers": Paper, "rules": Rule}
Overlaid = Callable[[Path], Paper]


def bad_files(*kinds: str) -> list[object]:
    paths = [path for kind in kinds for path in sorted((PACKS / kind).glob("invalid_*.toml"))]
    return [pytest.param(path, id=f"{path.parent.name}-{path.stem}") for path in paths]


def broken_rule(path: Path) -> str:
    return path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# breaks: ")


def lay_beside(overlay: Path, folder: Path, paper: str) -> None:
    """Write an overlay as the file of an edition with this one paper."""
    lines = overlay.read_text(encoding="utf-8").splitlines()
    language = next(line for line in lines if line.startswith("language = "))
    rest = [line for line in lines if line != language]
    (folder / f"{paper}.en.toml").write_text("\n".join([language, f"[{paper}]", *rest]), encoding="utf-8")


@pytest.fixture
def overlaid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Overlaid:
    monkeypatch.setattr(papers, "FOLDER", tmp_path)
    load_paper.cache_clear()

    def load(overlay: Path) -> Paper:
        copy(PACKS / "papers" / "valid.toml", tmp_path)
        lay_beside(overlay, tmp_path, "valid")
        return load_paper("valid", "en")

    return load


@pytest.mark.parametrize("path", bad_files("papers", "rules"))
def test_a_bad_pack_is_refused_with_its_file_and_place_and_nothing_else(path: Path) -> None:
    with pytest.raises(PackError) as refused:
        read_pack(path, MODELS[path.parent.name])
    assert refused.value.problems == [f"{path.name}: {broken_rule(path)}"]


@pytest.mark.parametrize("path", bad_files("overlays"))
def test_a_bad_overlay_is_refused_with_its_place(path: Path, overlaid: Overlaid) -> None:
    with pytest.raises(PackError) as refused:
        overlaid(path)
    assert refused.value.problems == [f"valid.en.toml: {broken_rule(path)}"]


@pytest.mark.parametrize("kind", MODELS)
def test_the_pack_that_the_bad_ones_are_made_from_is_good(kind: str) -> None:
    assert read_pack(PACKS / kind / "valid.toml", MODELS[kind]).id == "valid"


def test_an_overlay_changes_the_words_and_nothing_else(overlaid: Overlaid) -> None:
    ours, theirs = (
        read_pack(PACKS / "papers" / "valid.toml", Paper),
        overlaid(PACKS / "overlays" / "valid.toml"),
    )
    assert (theirs.id, theirs.item_ids, theirs.values, theirs.groups) == (
        ours.id,
        ours.item_ids,
        ours.values,
        ours.groups,
    )
    assert [item.text for item in theirs.items] == ["Manners", "As a whole"]
    assert theirs.items[1].stem == "All in all?"


def test_all_problems_of_a_file_are_reported_at_once(tmp_path: Path) -> None:
    text = (PACKS / "papers" / "valid.toml").read_text(encoding="utf-8")
    bad = text.replace('"public"', '"parent"').replace("value = 9", "value = 5").replace("自拟", " ")
    (tmp_path / "bad.toml").write_text(bad.replace('"virtue_1"', '"overall"') + "score = 1\n", encoding="utf-8")
    with pytest.raises(PackError) as refused:
        read_pack(tmp_path / "bad.toml", Paper)
    assert [problem.split(": ")[1] for problem in refused.value.problems] == [
        "id",
        "source",
        "groups",
        "options",
        "items.1.score",
    ]


def test_a_missing_file_is_a_problem_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"^nowhere\.toml: "):
        read_pack(tmp_path / "nowhere.toml", Paper)


def test_a_pack_never_changes_once_it_is_read() -> None:
    class Window(Pack):
        days: Cited[int]

    window = build_pack(Window, {"days": {"value": 5, "clause": "own"}}, "window")
    with pytest.raises(ValueError, match="frozen"):
        window.days = Cited(value=6, clause="own")  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        window.days.value = 6  # type: ignore[misc]


def test_dates_are_read_as_dates() -> None:
    assert read_pack(PACKS / "rules" / "valid.toml", Rule).published == date(2026, 11, 22)

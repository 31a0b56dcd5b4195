from pathlib import Path
from shutil import copy

import pytest

from questionnaires import paper as papers
from questionnaires.check import check_packs, edition_problems, group_problems, rule_problems
from questionnaires.paper import Paper, list_languages, list_papers, load_paper
from questionnaires.rule import load_rule
from tests.test_pack import lay_beside

PACKS = Path(__file__).parent / "packs"


@pytest.fixture
def edition() -> list[Paper]:
    return [load_paper(name) for name in list_papers() if name.endswith("-2026")]


def test_all_packs_that_ship_are_good() -> None:
    assert check_packs() == []


def test_broken_papers_and_overlays_are_all_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "FOLDER", tmp_path)
    load_paper.cache_clear()
    list_languages.cache_clear()
    for name in ("valid", "invalid_group_twice", "invalid_item_twice"):
        copy(PACKS / "papers" / f"{name}.toml", tmp_path)
    (tmp_path / "packs.lock").touch()
    lay_beside(PACKS / "overlays" / "invalid_unknown_key.toml", tmp_path, "valid")
    lay_beside(PACKS / "overlays" / "valid.toml", tmp_path, "invalid_item_twice")
    assert check_packs() == [
        "invalid_group_twice.toml: groups: parent stands twice",
        "invalid_item_twice.toml: items: virtue_1 stands twice",
        "valid.en.toml: groups: Extra inputs are not permitted",
    ]


def test_papers_of_an_edition_share_their_items_in_order(edition: list[Paper]) -> None:
    social, staff, student = edition
    turned = staff.model_copy(update={"items": staff.items[::-1]})
    assert list(edition_problems([social, turned, student])) == [
        "staff-2026: items: must have the ids, topics and order of social-2026"
    ]


def test_papers_of_an_edition_share_their_topics_in_order(edition: list[Paper]) -> None:
    social, staff, student = edition
    turned = student.model_copy(update={"topics": student.topics[::-1]})
    assert list(edition_problems([social, staff, turned])) == [
        "student-2026: topics: must be those of social-2026, in order"
    ]


def test_a_group_is_asked_by_one_paper_of_an_edition(edition: list[Paper]) -> None:
    social, staff, student = edition
    greedy = staff.model_copy(update={"groups": (*staff.groups, "parent")})
    assert list(edition_problems([social, greedy, student])) == [
        "staff-2026: groups: parent is asked by social-2026 already"
    ]


def test_another_edition_may_ask_other_items(edition: list[Paper]) -> None:
    later = edition[0].model_copy(update={"id": "social-2027", "items": edition[0].items[1:]})
    assert list(edition_problems([*edition, later])) == []


def test_every_group_of_a_rule_is_on_a_paper(edition: list[Paper]) -> None:
    nobody = edition[2].model_copy(update={"groups": ()})
    assert list(rule_problems([load_rule("quality-2024")], [*edition[:2], nobody])) == [
        "quality-2024: weights: student is on no paper"
    ]


def test_a_rule_scores_just_the_options_of_its_papers(edition: list[Paper]) -> None:
    short = edition[2].model_copy(update={"options": edition[2].options[1:]})
    assert list(rule_problems([load_rule("quality-2024")], [*edition[:2], short])) == [
        "quality-2024: counting.score: must score the options of student-2026"
    ]


def test_the_papers_a_rule_names_are_there(edition: list[Paper]) -> None:
    problems = list(rule_problems([load_rule("quality-2024")], edition[:2]))
    assert problems[0] == "quality-2024: papers: student-2026 is not there"


def test_papers_a_rule_does_not_name_need_not_fit_it(edition: list[Paper]) -> None:
    later = edition[0].model_copy(update={"id": "social-2027", "options": edition[0].options[1:]})
    assert list(rule_problems([load_rule("quality-2024")], [*edition, later])) == []


def test_the_papers_of_a_rule_ask_by_the_same_ids(edition: list[Paper]) -> None:
    turned = edition[2].model_copy(update={"items": edition[2].items[::-1]})
    assert list(rule_problems([load_rule("quality-2024")], [*edition[:2], turned])) == [
        "quality-2024: papers: must ask by the same item ids"
    ]


def test_a_group_that_no_paper_of_the_newest_edition_asks_is_named(edition: list[Paper]) -> None:
    older = load_paper("social-2012")
    assert list(group_problems([older, *edition])) == []
    assert list(group_problems([older, *edition[1:]])) == [
        f"Group: {group} is asked by no paper of the newest edition" for group in edition[0].groups
    ]

import re

import pytest

from questionnaires.paper import Item, Paper, edition_of, list_languages, list_papers, load_paper

TOPICS = ["virtue", "fairness", "sharing", "conduct", "rounded", "exams", "quality", "workload"]
SELF_CHECK = "本调查由本区（县）组织，不是教育部的调查。请如实填写，任何人不得要求您怎么选。"
PRAISE = re.compile("优质|良好|优秀|先进|努力|大力|积极|成效|显著|提高|提升|改善|满意|关心|关爱|公平|合理|按时|照顾")
WORDS_OF_SCALE = ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]


SIDES = ({4, 5}, {3}, {1, 2})
NO_DIRECTION = [
    *(("social", item) for item in ("exams_1", "workload_1")),
    *(("student", item) for item in ("fairness_2", "exams_1", "workload_1", "workload_2")),
    ("staff", "workload_1"),
]  # fmt: skip


@pytest.fixture(params=["social-2026", "staff-2026", "student-2026"])
def paper(request: pytest.FixtureRequest) -> Paper:
    return load_paper(request.param)


@pytest.fixture
def items(paper: Paper) -> list[Item]:
    return [item for item in paper.items if item.topic]


def said(paper: Paper) -> str:
    return "".join([paper.title, paper.stem, *paper.opening, paper.guardian, paper.remark]) + "".join(
        item.stem + item.text for item in paper.items
    )


EVERYBODY = ["student", "parent", "teacher", "principal", "deputy", "cppcc", "public"]
EDITIONS = {
    "2012": ["parent", "teacher", "principal", "deputy", "cppcc", "public"],
    "2027": EVERYBODY,
    "2027b": EVERYBODY,
    "2026": EVERYBODY,
}


@pytest.mark.parametrize("year", EDITIONS)
def test_the_papers_of_an_edition_ask_each_of_its_groups_once(year: str) -> None:
    papers = [load_paper(name) for name in list_papers() if edition_of(name) == year]
    assert sorted(group for paper in papers for group in paper.groups) == sorted(EDITIONS[year])


@pytest.mark.parametrize("name", ["social-2012", "staff-2012"])
def test_the_papers_of_2012_have_its_six_items_and_three_options(name: str) -> None:
    paper = load_paper(name)
    assert paper.item_ids == ("enrolment_1", "conditions_1", "teachers_1", "choice_1", "government_1", "overall")
    assert [option.label for option in paper.options] == ["满意", "基本满意", "不满意", "不了解"]
    values = {option.label: option.value for option in load_paper("social-2026").options}
    assert all(values[option.label] == option.value for option in paper.options)


@pytest.mark.parametrize("name", ["social-2012", "staff-2012"])
def test_the_papers_of_2012_neither_praise_nor_lead(name: str) -> None:
    paper = load_paper(name)
    assert paper.opening[0] == SELF_CHECK
    assert not [item.text for item in paper.items if PRAISE.search(item.text)]
    assert not re.search("[!！]|85|得分|满意度|认定|通过|演练|模拟", said(paper))
    assert all("满意还是不满意" in stem for stem in [paper.stem, *(item.stem for item in paper.items if item.stem)])
    assert "共6题" in said(paper)


def test_a_paper_has_two_items_a_topic_and_one_overall(paper: Paper) -> None:
    assert list(paper.item_ids) == [f"{topic}_{n}" for topic in TOPICS for n in (1, 2)] + ["overall"]
    assert [topic.id for topic in paper.topics] == TOPICS
    assert [item.topic for item in paper.items] == [topic for topic in TOPICS for _ in (1, 2)] + [""]


def test_the_options_run_from_best_to_worst_and_then_unknown(paper: Paper) -> None:
    assert [option.value for option in paper.options] == [5, 4, 3, 2, 1, 9]
    assert [option.label for option in paper.options[:5]] == WORDS_OF_SCALE
    assert paper.options[5].label == ("不清楚" if paper.kind == "student" else "不了解")


def test_items_are_short_phrases_under_one_stem(items: list[Item]) -> None:
    assert not [item.text for item in items if len(item.text) > 16 or re.search("[，。？、；]", item.text)]
    assert not [item.id for item in items if item.stem]
    assert len({item.text for item in items}) == 16


def test_an_item_asks_one_thing(items: list[Item]) -> None:
    assert not [item.text for item in items if re.search("[和与及或、]", item.text.replace("道德与法治课", ""))]


def test_no_item_praises_or_leads(items: list[Item]) -> None:
    assert not [item.text for item in items if PRAISE.search(item.text)]


def test_every_stem_offers_both_sides(paper: Paper) -> None:
    stems = [paper.stem] + [item.stem for item in paper.items if item.stem]
    assert len(stems) == 2
    assert all("满意还是不满意" in stem for stem in stems)


def test_the_overall_item_of_pupils_is_about_their_school() -> None:
    texts = {name: load_paper(name).items[-1].text for name in ("social-2026", "staff-2026", "student-2026")}
    assert texts["student-2026"] == "我的学校"
    assert texts["social-2026"] == texts["staff-2026"] == "本区（县）义务教育的总体情况"


def test_the_tone_is_quiet_and_no_rate_is_named(paper: Paper) -> None:
    assert not re.search("[!！]|85|得分|满意度|认定|通过|演练|模拟", said(paper))


@pytest.mark.parametrize("name", ["social-2026", "staff-2026"])
def test_adults_are_told_first_whose_survey_it_is(name: str) -> None:
    assert load_paper(name).opening[0] == SELF_CHECK


def test_pupils_are_told_first_whose_survey_it_is_in_their_words() -> None:
    first = load_paper("student-2026").opening[0]
    assert "我们区（县）自己" in first
    assert "不是教育部" in first
    assert "谁也不能要求你怎么选" in first


@pytest.mark.parametrize("promise", ["17", "两分钟", "姓名|名字", "电话", "微信号", "看不到", "没有对错", "可以不"])
def test_the_opening_says_all_a_respondent_must_know(paper: Paper, promise: str) -> None:
    assert re.search(promise, "".join(paper.opening))


def test_the_social_paper_presumes_neither_child_nor_school() -> None:
    assert not re.search("孩子|子女的|您家|贵校|所在学校|我", said(load_paper("social-2026")))


def test_pupils_are_called_you_and_adults_are_addressed_politely(paper: Paper) -> None:
    assert ("您" in said(paper)) == (paper.kind != "student")
    assert ("你" in said(paper)) == (paper.kind == "student")


def test_pupils_items_are_at_most_eleven_characters() -> None:
    assert max(len(item.text) for item in load_paper("student-2026").items) <= 11


def test_only_pupils_have_a_line_for_the_guardian_and_no_open_remark(paper: Paper) -> None:
    assert bool(paper.guardian) == (paper.kind == "student")
    assert bool(paper.remark) == (paper.kind != "student")


def test_the_remark_asks_for_no_names_and_no_phone_numbers(paper: Paper) -> None:
    assert not paper.remark or "请不要写姓名、电话" in paper.remark


def test_a_paper_can_be_read_in_another_language_by_item_id() -> None:
    ours, theirs = load_paper("social-2026"), load_paper("social-2026", "en")
    assert list_languages("social-2026") == ("en",)
    assert theirs.item_ids == ours.item_ids
    assert not re.search("[一-鿿]", said(theirs))


# The edition of 2027: what was found in the wording of 2026 is mended


@pytest.mark.parametrize("kind", ["social", "staff", "student"])
def test_a_new_edition_asks_by_the_ids_of_the_one_before_in_other_words(kind: str) -> None:
    new = load_paper(f"{kind}-2027")
    old = load_paper(f"{kind}-2026")
    assert [(item.id, item.topic) for item in new.items] == [(item.id, item.topic) for item in old.items]
    assert not re.search("[!！]|85|得分|满意度|认定|通过|演练|模拟", said(new))
    assert not [item.text for item in new.items if item.topic and PRAISE.search(item.text)]


@pytest.mark.parametrize(
    ("name", "item", "without"),
    [
        ("social-2027", "exams_1", "考试的次数$"), ("social-2027", "workload_1", "作业量$"),
        ("social-2027", "fairness_2", "随迁|外来"), ("social-2027", "sharing_1", "乡村"),
        ("staff-2027", "conduct_1", "执行$"), ("staff-2027", "virtue_2", "师德"),
        ("staff-2027", "exams_2", "考核教师"), ("staff-2027", "workload_1", "总量$"),
        ("student-2027", "virtue_1", "课$"), ("student-2027", "fairness_2", "远近"),
        ("student-2027", "sharing_1", "屏幕"), ("student-2027", "exams_1", "次数"),
    ],
)  # fmt: skip
def test_items_without_direction_about_oneself_or_unseen_are_asked_anew(name: str, item: str, without: str) -> None:
    texts = {asked.id: asked.text for asked in load_paper(name).items}
    assert not re.search(without, texts[item])
    before = {asked.id: asked.text for asked in load_paper(name.replace("2027", "2026")).items}
    assert texts[item] != before[item]


def test_adults_are_asked_under_more_than_one_stem() -> None:
    for name in ("social-2027", "staff-2027"):
        assert len({item.stem for item in load_paper(name).items if item.topic}) > 1


def test_a_child_is_asked_short_questions_on_a_scale_of_its_own_that_says_what_counts() -> None:
    paper = load_paper("student-2027")
    asked = [item.text for item in paper.items]
    assert all(text.endswith("？") and len(text) <= 14 for text in asked)
    assert "满意" not in said(paper)
    assert len(set(asked)) == 17
    assert [option.value for option in paper.options] == [5, 4, 3, 2, 1, 9]
    assert paper.counts
    assert paper.counts.value == {3, 4, 5}
    assert paper.counts.clause


def test_another_scale_than_satisfaction_says_which_codes_count() -> None:
    content = load_paper("student-2027").model_dump()
    with pytest.raises(ValueError, match="must say which codes count"):
        Paper.model_validate(content | {"counts": None})
    with pytest.raises(ValueError, match="among the options"):
        Paper.model_validate(content | {"counts": {"value": [7], "clause": "x"}})


@pytest.mark.parametrize("kind", ["social", "staff", "student"])
def test_the_second_edition_asks_the_same_on_a_scale_with_as_many_good_as_bad_options_around_a_middle(
    kind: str,
) -> None:
    paper = load_paper(f"{kind}-2027b")
    assert paper.items == load_paper(f"{kind}-2027").items
    assert [option.value for option in paper.options] == [5, 4, 3, 2, 1, 9]
    good, middle, bad = ([option.label for option in paper.options if option.value in codes] for codes in SIDES)
    assert [bool(re.search("[不没]", label)) for label in (*good, *middle, *bad)] == [False] * 3 + [True] * 2
    assert paper.counts
    assert paper.counts.value == {4, 5}
    assert "正中" in paper.counts.clause
    assert paper.published is None


@pytest.mark.parametrize("name", [name for name in list_papers() if "2027" in name])
def test_who_does_not_know_ticks_apart_from_the_scale(name: str) -> None:
    assert load_paper(name).apart
    assert load_paper(name).options[-1].value == 9


@pytest.mark.parametrize(
    "name", [f"{kind}-{edition}" for kind in ("social", "staff", "student") for edition in ("2027", "2027b")]
)
def test_every_scale_is_coded_from_best_to_worst(name: str) -> None:
    values = [option.value for option in load_paper(name).scale]
    assert values == sorted(values, reverse=True) == [5, 4, 3, 2, 1]


def test_one_word_has_one_code_in_all_papers_of_a_kind_and_edition() -> None:
    for name in list_papers():
        labels = [option.label for option in load_paper(name).options]
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(("name", "item"), NO_DIRECTION)
def test_an_item_to_be_dissatisfied_with_in_two_directions_is_asked_anew(name: str, item: str) -> None:
    assert not re.search("次数$|作业量|总量|数量|难度|远近|多少", _text(f"{name}-2027", item))
    assert _text(f"{name}-2027", item) != _text(f"{name}-2026", item)


@pytest.mark.parametrize("item", ["conduct_1", "virtue_2", "exams_2"])
def test_heads_are_asked_about_the_county_and_not_about_what_they_do_themselves(item: str) -> None:
    assert _text("staff-2027", item) != _text("staff-2026", item)
    assert re.search("区（县）|经费", _text("staff-2027", item))


@pytest.mark.parametrize("item", ["fairness_2", "sharing_1", "sharing_2", "conduct_2", "workload_2"])
def test_parents_and_deputies_are_asked_what_they_can_see(item: str) -> None:
    assert _text("social-2027", item) != _text("social-2026", item)
    assert re.search("报名|身边|家长|睡眠", _text("social-2027", item))


def test_pupils_items_are_about_their_topic() -> None:
    for item in ("virtue_1", "fairness_2", "sharing_1"):
        assert _text("student-2027", item) != _text("student-2026", item)
    assert "按课表" not in said(load_paper("student-2027"))


def _text(name: str, item: str) -> str:
    return next(asked.text for asked in load_paper(name).items if asked.id == item)

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.disclosure import LEFT_OUT, answers_by_group, hidden_measures, join_groups, joined, joined_weights
from questionnaires.paper import load_paper
from questionnaires.vocabulary import Group

SOCIAL, STAFF, STUDENT = PAPERS = tuple(load_paper(f"{kind}-2026") for kind in ("social", "staff", "student"))
TOPICS = [topic.id for topic in SOCIAL.topics]
ENOUGH = dict.fromkeys(Group, 50)


def labels(**answers):
    return join_groups(ENOUGH | answers, PAPERS, 10)


def test_groups_that_are_large_enough_keep_their_names():
    assert labels() == {group: group for group in Group}


def test_small_groups_of_a_paper_are_joined_with_each_other_in_the_order_of_the_glossary():
    assert labels(cppcc=9, deputy=1)["cppcc"] == "deputy+cppcc"


def test_small_groups_too_few_together_take_the_smallest_other_group_of_their_paper():
    assert labels(cppcc=4, deputy=5, public=20)["public"] == "deputy+cppcc+public"
    assert labels(principal=3)["teacher"] == "teacher+principal"


def test_a_small_group_alone_on_its_paper_enters_no_figure():
    assert labels(student=9)["student"] == LEFT_OUT


def test_a_small_group_of_no_known_paper_enters_no_figure():
    assert join_groups({"principal": 4}, [SOCIAL], 10) == {"principal": LEFT_OUT}


def test_a_group_without_answers_keeps_its_name_to_be_missed_by():
    assert labels(principal=0)["principal"] == "principal"
    assert labels(principal=0)["teacher"] == "teacher"


@given(st.fixed_dictionaries({group: st.integers(0, 25) for group in Group}))
def test_every_label_that_is_shown_stands_for_enough_people_of_one_paper(answers):
    together = {}
    for group, label in join_groups(answers, PAPERS, 10).items():
        together[label] = together.get(label, 0) + answers[group]
    for label, count in together.items():
        assert label == LEFT_OUT or count >= 10 or count == 0
        assert label == LEFT_OUT or any(set(label.split("+")) <= set(paper.groups) for paper in PAPERS)


def test_what_is_left_out_is_in_no_table_but_its_weight_is_missed():
    table = pd.DataFrame({"group": ["student", "deputy", "cppcc"]})
    names = {"student": LEFT_OUT, "deputy": "deputy+cppcc", "cppcc": "deputy+cppcc"}
    assert list(joined(table, names)["group"]) == ["deputy+cppcc"] * 2
    weights = joined_weights({"student": 0.5, "deputy": 0.25, "cppcc": 0.25}, names)
    assert weights == {"student": 0.5, "deputy+cppcc": 0.5}


def test_only_answers_to_the_headline_count_for_a_group():
    cells = pd.DataFrame({"measure": ["headline", "headline", "overall"], "group": "student", "n": [3, 4, 9]})
    assert answers_by_group(cells) == {"student": 7}


def hidden(**counts):
    """Measures hidden from a group of 50 but for the given counts."""
    measures = [*SOCIAL.item_ids, *(f"topic:{topic.id}" for topic in SOCIAL.topics), "headline"]
    n = dict.fromkeys(measures, 50) | {name.replace("__", ":"): count for name, count in counts.items()}
    estimates = pd.DataFrame({"domain": "cppcc", "measure": list(n), "n": list(n.values())})
    return {measure for _, measure in hidden_measures(estimates, SOCIAL, 10)}


def test_an_item_too_few_answered_takes_its_topic_along():
    assert hidden(quality_2=9) == {"quality_1", "quality_2", "topic:quality"}


def test_a_topic_too_few_answered_takes_the_next_smallest_along_against_the_headline():
    assert hidden(quality_1=3, quality_2=4, topic__quality=5, topic__exams=40) == {
        *("quality_1", "quality_2", "topic:quality"),
        *("exams_1", "exams_2", "topic:exams"),
    }


@pytest.mark.parametrize("count", [0, 10])
def test_nothing_is_hidden_where_nobody_or_enough_answered(count):
    assert hidden(quality_2=count) == set()


def test_the_overall_item_is_hidden_alone():
    assert hidden(overall=9) == {"overall"}


@st.composite
def counts_of_a_group(draw):
    """How many of a group answered each item, its topic and the headline."""
    counts = {"headline": 50}
    for topic in TOPICS:
        first, second = draw(st.integers(0, 14)), draw(st.integers(0, 14))
        either = draw(st.integers(max(first, second), first + second))
        counts |= {f"{topic}_1": first, f"{topic}_2": second, f"topic:{topic}": either}
    return counts


@given(counts_of_a_group())
def test_no_measure_too_few_answered_can_be_computed_from_what_is_shown_of_its_group(counts):
    """Taking every form as whole, so that a topic is the mean of its items and the headline that of all."""
    own = dict(zip([f"{topic}_{k}" for topic in TOPICS for k in (1, 2)], np.eye(16), strict=True))
    means = {f"topic:{topic}": own[f"{topic}_1"] + own[f"{topic}_2"] for topic in TOPICS}
    vectors = own | means | {"headline": np.ones(16)}
    dark = hidden(**{name.replace(":", "__"): count for name, count in counts.items()})
    shown = np.array([vectors[name] for name in counts if name not in dark])
    rank = np.linalg.matrix_rank(shown)
    for name, count in counts.items():
        if 0 < count < 10:
            assert np.linalg.matrix_rank(np.vstack([shown, vectors[name]])) > rank

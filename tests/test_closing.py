from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from analysis.estimate import weighted_share
from analysis.recognition.measuring import measure_survey
from analysis.results import as_json
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import Group
from reports.evidence.evidence_texts import read_table
from survey_app.answering import Submission, find_access, new_number, store_forms
from survey_app.closing.box_opening import drop_boxes
from survey_app.closing.cancelling import cancel_round
from survey_app.closing.close import close_round
from survey_app.closing.round_tables import load_forms, load_published
from survey_app.codes.issuing import IssuedCode, issue_codes
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.models import Audit, Box, BoxNumber, Place, Published, Resource, Spent
from survey_app.frame.schools import store_frame, store_resources, store_schools
from survey_app.rounds.frame_rows import load_frame
from survey_app.rounds.key_files import key_path, load_key
from survey_app.rounds.opening import PAPERS, RoundPlan, open_round
from survey_app.rounds.proposals import is_cut_short
from survey_app.rounds.round_rows import find_round
from tests.attacks.known_answers import look, open_known
from tests.keyring import keys_of
from tests.postgresql import ON_POSTGRESQL_IN_SOAK
from tests.test_verdict import JUNIOR, PRIMARY

NOW = datetime(2025, 10, 20, 8)
CLOSES = NOW + timedelta(days=5)


def hold(engine: Engine, people: dict[str, int], answers: str | None = "5" * 17) -> list[IssuedCode]:
    """Open a round in which `people` of each group were invited at school P01, and let all answer."""
    frame = pd.DataFrame(
        {
            "group": list(people), "unit": "P01", "class": "", "grade": float("nan"), "stage": "primary",
            "population": list(people.values()), "invited": list(people.values()), "locale": "town", "township": "",
        }
    )  # fmt: skip
    plan = RoundPlan(
        county="青山区", organiser="督导室", population=40_000, population_source="普查", school_year=SchoolYear(2025),
        standard="national-2017", rule="quality-2024", papers=PAPERS, opens=NOW, closes=CLOSES,
    )  # fmt: skip
    with Session(engine) as session, session.begin():
        store_frame(session, frame, actor="test", now=NOW)
        round_ = open_round(session, plan, keys=keys_of(session.get_bind()), actor="test", now=NOW)
        codes = issue_codes(session, round_, "slip", actor="test", now=NOW, random=token_bytes)
        for code in codes if answers else []:
            number = new_number(token_bytes)
            access = find_access(session, code.code, number, NOW)
            assert store_forms(session.connection(), [Submission(access, number, str(answers), NOW)]) == ["stored"]
    return codes


def close(engine: Engine) -> dict[str, dict[str, Any]]:
    return as_json(close_round(engine, None, keys=keys_of(engine), actor="test", now=CLOSES).published)


def test_a_closed_round_publishes_counts_recognition_and_verdict(engine: Engine) -> None:
    hold(engine, dict.fromkeys(Group, 12))
    close(engine)
    with Session(engine) as session:
        published = as_json(load_published(session, find_round(session)))
    assert published["status"]["forms"] == 84
    recognition = published["recognition"]
    assert (recognition["received"], recognition["valid"]) == (84, 84)
    assert (recognition["recognition"]["rate"], recognition["recognition"]["verdict"]) == (1.0, "met")
    assert published["judgement"]["dimensions"]["recognition"]["verdict"] == "met"
    assert published["judgement"]["verdict"] == "undetermined"


def test_before_close_nothing_is_published(engine: Engine) -> None:
    hold(engine, {"teacher": 12})
    with Session(engine) as session, pytest.raises(NotFoundError):
        load_published(session, find_round(session))


def test_a_round_closes_once_and_takes_no_form_after(engine: Engine) -> None:
    [code, *_] = hold(engine, {"teacher": 12})
    close(engine)
    with pytest.raises(ConflictError):
        close(engine)
    with Session(engine) as session:
        assert find_access(session, code.code, None, NOW).state == "closed"
        assert find_round(session).state == "closed"


def test_closing_forgets_which_codes_were_spent(engine: Engine) -> None:
    hold(engine, {"teacher": 12})
    close(engine)
    with Session(engine) as session:
        assert session.scalars(select(Spent.ticket)).all() == []
        assert [row.action for row in session.scalars(select(Audit).order_by(Audit.id))][-3:] == [
            "open_boxes", "publish", "seal",
        ]  # fmt: skip


@pytest.mark.parametrize("step", ["open_boxes", "write_forms", "evaluate", "destroy_round_keys", "drop_boxes"])
def test_a_close_cut_short_at_any_step_is_finished_by_closing_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    hold(engine, {"teacher": 12})
    with monkeypatch.context() as broken:
        broken.delattr(f"survey_app.closing.close.{step}")
        with pytest.raises(NameError):
            close(engine)
    assert close(engine)["recognition"]["received"] == 12
    with Session(engine) as session:
        round_ = find_round(session)
        kept = session.scalars(select(BoxNumber.id)).all()
        left = session.scalars(select(Box.id)).all()
    assert (len(kept), left) == (12, [])
    assert load_key(keys_of(engine), round_.public_key or b"") is None
    with pytest.raises(ConflictError):
        close(engine)


def test_whoever_closes_an_earlier_round_again_leaves_the_answers_of_the_later_one(engine: Engine) -> None:
    hold(engine, {"teacher": 12})
    close(engine)
    with Session(engine) as session:
        earlier = find_round(session).name
        assert not is_cut_short(session, find_round(session))
    hold(engine, {"teacher": 15})
    for give_up in (close_round, cancel_round):
        with pytest.raises(ConflictError, match=r"已.*结束"):
            give_up(engine, earlier, keys=keys_of(engine), actor="test", now=CLOSES)
    with Session(engine) as session:
        round_id = find_round(session, earlier).id
        assert not is_cut_short(session, find_round(session, earlier))
    drop_boxes(engine, round_id)
    with Session(engine) as session:
        assert len(session.scalars(select(Box.id)).all()) == 15
    assert close(engine)["recognition"]["received"] == 15


def test_a_close_and_a_cancelling_cut_short_never_take_the_boxes_of_a_later_round(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(engine, {"teacher": 12}, answers=None)
    with monkeypatch.context() as broken:
        broken.delattr("survey_app.closing.close.open_boxes")
        with pytest.raises(NameError):
            close(engine)
    with Session(engine) as session:
        earlier = find_round(session).name
    hold(engine, {"teacher": 15})
    with pytest.raises(ConflictError, match="请先结束后一个批次"):
        close_round(engine, earlier, keys=keys_of(engine), actor="test", now=CLOSES)
    assert close(engine)["recognition"]["received"] == 15


def test_without_the_key_nothing_changes_and_the_sentence_says_what_is_needed(engine: Engine) -> None:
    hold(engine, {"teacher": 12})
    with Session(engine) as session:
        public = find_round(session).public_key or b""
    path = key_path(keys_of(engine), public)
    away = path.rename(path.with_suffix(".away"))
    with pytest.raises(SurveyError, match="密钥不在这台服务器上"):
        close(engine)
    with Session(engine) as session:
        assert find_round(session).state == "open"
    away.rename(path)
    assert close(engine)["recognition"]["received"] == 12


def test_a_round_without_any_form_closes_with_no_verdict_of_recognition(engine: Engine) -> None:
    hold(engine, {"teacher": 12}, answers=None)
    published = close(engine)
    assert published["recognition"]["received"] == 0
    assert published["judgement"]["dimensions"]["recognition"]["verdict"] == "undetermined"


@ON_POSTGRESQL_IN_SOAK
def test_a_round_is_published_with_the_countys_former_ones(engine: Engine) -> None:
    hold(engine, {"teacher": 12}, answers="2" * 17)
    assert close(engine)["former"] == {"rounds": [], "problems": []}
    with Session(engine) as session, session.begin():
        before = find_round(session)
        before.opens, before.closes = NOW - timedelta(days=365), CLOSES - timedelta(days=365)
    hold(engine, {"teacher": 12})
    (former,) = close(engine)["former"]["rounds"]
    assert (former["name"], former["opens"], former["valid"]) == ("2025-1", "2024-10-20", 12)
    assert former["recognition"]["rate"] == 0


@ON_POSTGRESQL_IN_SOAK
def test_forms_are_counted_by_stage_and_locale(engine: Engine) -> None:
    hold(engine, {"teacher": 12})
    strata = close(engine)["status"]["strata"]
    assert strata == [
        {"stage": "primary", "locale": "town", "group": "teacher", "invited": 12, "issued": 12, "forms": 12}
    ]


@ON_POSTGRESQL_IN_SOAK
def test_a_group_under_the_smallest_is_in_no_figure_of_its_own(engine: Engine) -> None:
    hold(engine, {"parent": 30, "teacher": 30, "principal": 4, "deputy": 3, "cppcc": 2, "public": 30, "student": 30})
    groups = close(engine)["recognition"]["groups"]
    assert not {"principal", "deputy", "cppcc"} & set(groups)


@ON_POSTGRESQL_IN_SOAK
def test_forms_come_out_as_they_went_in(engine: Engine) -> None:
    hold(engine, {"teacher": 12}, answers="54321905432190543")
    close(engine)
    with Session(engine) as session:
        forms = load_forms(session, find_round(session))
    assert forms[["virtue_1", "virtue_2", "fairness_1", "fairness_2", "sharing_1", "sharing_2", "conduct_1"]].iloc[
        0
    ].tolist() == [5, 4, 3, 2, 1, 9, 0]
    assert forms["group"].unique().tolist() == ["teacher"]


@ON_POSTGRESQL_IN_SOAK
def test_a_group_of_very_few_is_stored_with_its_neighbours_from_the_start(engine: Engine) -> None:
    """Three teachers at one school, one principal: no form in the store is a principal's alone."""
    hold(engine, {"teacher": 30, "principal": 1, "parent": 30, "student": 30, "public": 30})
    recognition = close(engine)["recognition"]
    with Session(engine) as session:
        forms = load_forms(session, find_round(session))
    assert sorted(set(forms["group"])) == ["parent", "public", "student", "teacher+principal"]
    assert forms.groupby(["group", "place"]).size().min() >= 10
    assert recognition["groups"]["teacher+principal"]["valid"] == 31
    assert "teacher" not in recognition["groups"]
    assert {group["group"]: group["shown_in"] for group in recognition["suppressed"]} == {
        "teacher": "teacher+principal",
        "principal": "teacher+principal",
    }


def store_year(session: Session, year: str, *codes: str) -> None:
    rows = [PRIMARY | {"school": code} if code[0] == "P" else JUNIOR | {"school": code} for code in codes]
    store_resources(session, pd.DataFrame(rows), SchoolYear.parse(year), actor="test", now=NOW)


@ON_POSTGRESQL_IN_SOAK
def test_a_school_year_before_the_rounds_is_put_beside_it(engine: Engine) -> None:
    codes = {"P01": "primary", "P02": "primary", "P03": "primary", "J01": "junior"}
    with Session(engine) as session, session.begin():
        listed = [{"code": code, "name": code, "kind": kind, "built_year": None} for code, kind in codes.items()]
        store_schools(session, pd.DataFrame(listed), actor="test", now=NOW)
        store_year(session, "2023-2024", "P03", "J01")
        store_year(session, "2024-2025", "P01", "P02", "J01")
        store_year(session, "2025-2026", "P01", "P03", "J01")
    hold(engine, dict.fromkeys(Group, 12))
    judgement = close(engine)["judgement"]
    assert {row["school"]: row["status"] for row in judgement["years"]["schools"]} == {
        "P01": "continued", "J01": "continued", "P03": "new", "P02": "gone",
    }  # fmt: skip
    assert any("P02" in note and "请核对" in note for note in judgement["years"]["notes"])
    assert judgement["provenance"]["as_of"] == 2025


@ON_POSTGRESQL_IN_SOAK
@pytest.mark.parametrize("earlier", ["2026-2027", "2024-2025"])
def test_a_year_that_comes_later_or_does_not_fit_todays_schools_is_not_put_beside_it(
    engine: Engine, earlier: str
) -> None:
    with Session(engine) as session, session.begin():
        listed = [{"code": code, "name": code, "kind": "primary", "built_year": None} for code in ("P01", "P02")]
        store_schools(session, pd.DataFrame(listed), actor="test", now=NOW)
        rows = [JUNIOR | {"school": "P01"}]
        store_resources(session, pd.DataFrame(rows), SchoolYear.parse(earlier), actor="test", now=NOW)
        store_year(session, "2025-2026", "P01", "P02")
    hold(engine, dict.fromkeys(Group, 12))
    assert close(engine)["judgement"]["years"] is None


@ON_POSTGRESQL_IN_SOAK
def test_what_is_no_school_year_is_never_put_beside_the_rounds(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        listed = [{"code": code, "name": code, "kind": "primary", "built_year": None} for code in ("P01", "P02")]
        store_schools(session, pd.DataFrame(listed), actor="test", now=NOW)
        store_year(session, "2025-2026", "P01", "P02")
        for code in ("P01", "P02"):
            session.add(Resource(school_year="2025", school=code, stage="primary", values=PRIMARY))
    hold(engine, dict.fromkeys(Group, 12))
    assert close(engine)["judgement"]["years"] is None


def take_sealed_and_readable(engine: Engine, classes: int, people: int) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Rates that follow from a close's own cells, and those of the same answers never sealed; how many places fewer."""
    known = open_known(engine, "new", classes)
    known.answer(people)
    known.writer.stop()
    with Session(engine) as session:
        round_ = find_round(session)
        frame = load_frame(session, round_)
        places = dict(session.execute(select(Place.id, Place.place)).all())
        spent = look(session.connection()).spent
        papers = [load_paper(name) for name in round_.papers]
    rows = [["parent", places[spent[ticket]], *map(int, answers)] for ticket, answers in known.given.items()]
    forms = pd.DataFrame(rows, columns=["group", "place", *papers[0].item_ids])
    readable = measure_survey(forms, frame, load_rule("quality-2024"), *papers).tallied
    close(engine)
    with Session(engine) as session:
        evidence = session.get_one(Published, (find_round(session).id, "evidence")).content
    sealed = read_table(evidence["cells.csv"])
    fewer = readable[readable.n_forms > 0].place.nunique() - sealed[sealed.n_forms > 0].place.nunique()
    return rates_of(sealed), rates_of(readable), fewer


def rates_of(cells: pd.DataFrame) -> pd.DataFrame:
    found = weighted_share(cells)
    return found[found.domain == "parent"].set_index("measure")[["estimate", "se"]].sort_index()


def test_rates_of_a_sealed_close_are_those_of_the_same_answers_unsealed_to_the_last_digit(engine: Engine) -> None:
    sealed, readable, fewer = take_sealed_and_readable(engine, classes=4, people=48)
    assert fewer == 0
    pd.testing.assert_frame_equal(sealed, readable, rtol=0, atol=1e-12)


def test_where_classes_are_joined_the_rate_moves_by_much_less_than_its_standard_error(sqlite_engine: Engine) -> None:
    """Who gives which answers is drawn anew each time: the largest move of a measure in 14 draws was .95 of its SE."""
    sealed, readable, fewer = take_sealed_and_readable(sqlite_engine, classes=12, people=80)
    assert fewer > 0
    moved = (sealed.estimate - readable.estimate).abs()
    assert moved.max() > 1e-12
    told = readable.se > 0
    assert (moved[told] / readable.se[told]).median() < 0.5
    assert (moved <= readable.se).mean() > 0.9

import asyncio
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import lxml.html
import pytest
from httpx import ASGITransport, AsyncClient, Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from questionnaires.vocabulary import Group
from survey_app.answering import REFUSED, code_lookup, hash_code
from survey_app.core.models import Batch, Code, FrameRow, Ledger, Model, Place, Round
from survey_app.core.settings import Settings
from survey_app.pages.page_drawing import pack_paper
from survey_app.pages.rate_limits import FORMS, GUESSES
from tests.conftest import NOON, OpenRound, build_phones
from tests.keyring import open_all, open_answers
from tests.postgresql import engine_mostly_sqlite

__all__ = ["engine_mostly_sqlite"]

ITEMS = load_paper("social-2026").item_ids
COMPLETE = dict.fromkeys(ITEMS, "4")
BLANK = {"remark": ""}
FORM = {"content-type": "application/x-www-form-urlencoded"}
UNKNOWN = "0" * 16
FIRST_VIEW = 9_500 - 90  # bytes; status line, date and server come from outside
STANDING = {
    "not_yet": ({"opens": NOON + timedelta(hours=1)}, 403, "调查还没有开始"),
    "paused": ({"state": "paused"}, 503, "调查暂时停一停"),
    "over": ({"closes": NOON}, 410, "调查已经结束"),
    "closed": ({"state": "closed"}, 410, "调查已经结束"),
    "void": ({"batch": "void"}, 410, "这个答题码已经作废"),
}
Making = Callable[..., OpenRound]
Client = TestClient[Any]


@pytest.fixture
def client(engine: Engine, tmp_path: Path) -> Iterator[Client]:
    """A phone; `client.cookies.clear()` makes another one of it."""
    app = build_phones(Settings(tmp_path, "", "http://testserver"), engine)
    with TestClient(app, raise_server_exceptions=False) as phone:
        phone.follow_redirects = False
        yield phone


def dump(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            name: sorted(connection.execute(select(table)), key=repr) for name, table in Model.metadata.tables.items()
        }


def forms(engine: Engine) -> list[str]:
    return open_answers(engine)


def change_round(engine: Engine, **changes: Any) -> None:
    with Session(engine) as session, session.begin():
        session.execute(update(Round).values(changes))


def answer(client: Client, code: str, fields: dict[str, Any] = COMPLETE) -> Response:
    return client.post(f"/q/{code}", data=fields)


def title(page: Response) -> str:
    (heading,) = lxml.html.fromstring(page.content).findall(".//h1")
    return heading.text_content().strip()


def chosen(page: Response) -> dict[str, str]:
    return dict(re.findall(r'name="(\w+)" value="(\d)" checked', page.text))


def problem_beside(page: Response, item: str) -> str:
    (question,) = lxml.html.fromstring(page.content).xpath(f"//fieldset[@id='{item}']")
    return " ".join(one.text_content() for one in question.find_class("problem"))


# Looking


def test_looking_writes_nothing(client: Client, engine: Engine, open_round: Making) -> None:
    code = open_round().codes[0]
    before = dump(engine)

    assert client.get(f"/q/{code}").status_code == 200
    assert dump(engine) == before


def test_a_paper_gives_a_number_for_this_code_that_no_script_can_read(client: Client, open_round: Making) -> None:
    code = open_round().codes[0]

    mark, number = client.get(f"/q/{code}").headers.get_list("set-cookie")

    assert re.match("number=[0-9a-f]{32};", number)
    assert {"HttpOnly", "SameSite=lax", f"Path=/q/{code}"} <= set(number.split("; "))
    assert re.match("mark=[0-9a-f]{32};", mark)
    assert "HttpOnly" not in mark
    assert "Secure" not in mark + number


def test_the_number_travels_over_tls_alone_where_people_come_over_tls(
    engine: Engine, open_round: Making, tmp_path: Path
) -> None:
    code = open_round().codes[0]
    app = build_phones(Settings(tmp_path, "", "https://survey.example"), engine)

    with TestClient(app) as client:
        assert "Secure" in client.get(f"/q/{code}").headers["set-cookie"]


def test_a_phone_keeps_the_number_it_has(client: Client, open_round: Making) -> None:
    code = open_round().codes[0]
    client.get(f"/q/{code}")

    assert "set-cookie" not in client.get(f"/q/{code}").headers


@pytest.mark.parametrize("number", ["", "1", "x" * 32, "0" * 33, '"\\015\\012Set-Cookie: a=b"'])
def test_a_number_that_we_cannot_have_given_is_replaced(client: Client, open_round: Making, number: str) -> None:
    code = open_round().codes[0]

    page = client.get(f"/q/{code}", headers={"cookie": f"number={number}"})

    assert re.match("number=[0-9a-f]{32};", page.headers.get_list("set-cookie")[-1])


@pytest.mark.parametrize("standing", STANDING)
def test_only_an_open_paper_gives_a_number(client: Client, open_round: Making, standing: str) -> None:
    code = open_round(**STANDING[standing][0]).codes[0]

    for path in (f"/q/{code}", f"/q/{UNKNOWN}", "/", "/nowhere"):
        assert "set-cookie" not in client.get(path).headers


def test_a_paper_is_the_same_for_every_code_of_a_round_group_and_kind(client: Client, open_round: Making) -> None:
    one, other = open_round(codes=2).codes

    pages = [client.get(f"/q/{code}").text for code in (one, other)]
    numbers = [re.findall('name="number" value="([0-9a-f]{32})"', page)[0] for page in pages]

    assert pages[0].replace(numbers[0], "") == pages[1].replace(numbers[1], "")
    assert one not in pages[0]


@pytest.mark.parametrize("encoding", ["br", "gzip"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("group", Group)
def test_a_paper_fits_into_the_first_packets_of_a_connection(
    client: Client, open_round: Making, group: str, language: str, encoding: str
) -> None:
    code = open_round(group=group, kind="class").codes[0]

    page = client.get(f"/q/{code}", params={"lang": language}, headers={"accept-encoding": encoding})

    head = sum(len(key) + len(value) + 4 for key, value in page.headers.items())
    assert page.headers["content-encoding"] == encoding
    assert head + int(page.headers["content-length"]) <= FIRST_VIEW
    assert lxml.html.fromstring(page.content).get("lang") == language
    assert not re.search(r"(src|href)=.?(http|/)", page.text.partition("<script>")[0])


@pytest.mark.parametrize("encoding", ["br", "gzip"])
@pytest.mark.parametrize("group", ["parent", "teacher", "student"])
def test_a_paper_of_another_edition_fits_too(client: Client, open_round: Making, group: str, encoding: str) -> None:
    papers = ["social-2027", "staff-2027", "student-2027"]
    code = open_round(group=group, kind="class", papers=papers).codes[0]

    page = client.get(f"/q/{code}", headers={"accept-encoding": encoding})

    head = sum(len(key) + len(value) + 4 for key, value in page.headers.items())
    assert head + int(page.headers["content-length"]) <= FIRST_VIEW


def test_a_browser_that_can_unpack_nothing_gets_the_page_plain(client: Client, open_round: Making) -> None:
    page = client.get(f"/q/{open_round().codes[0]}", headers={"accept-encoding": "identity"})

    assert "content-encoding" not in page.headers
    assert page.content.startswith(b"<!doctype html>")


def test_a_paper_is_drawn_and_packed_once_and_not_for_each_phone(client: Client, open_round: Making) -> None:
    made = open_round(codes=3)
    pack_paper.cache_clear()

    for code in made.codes:
        client.get(f"/q/{code}")

    assert pack_paper.cache_info().misses == 1


def test_the_policy_lets_run_the_one_script_and_the_one_style_of_the_page(client: Client, open_round: Making) -> None:
    page = client.get(f"/q/{open_round().codes[0]}")

    policy = page.headers["content-security-policy"]
    for kind, content in re.findall(r"<(script|style)>(.*?)</", page.text, re.DOTALL):
        assert f"{kind}-src 'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'" in policy
    assert policy.count("'self'") == 3  # what reads aloud, what is sent, where to
    assert "unsafe" not in policy
    assert not re.search(r" style=| on\w+=", page.text)


def test_a_paper_says_who_asks_and_until_when(client: Client, open_round: Making) -> None:
    code = open_round(county="青山区", organiser="区政府教育督导室").codes[0]

    page = client.get(f"/q/{code}").text

    assert "本调查由青山区政府教育督导室组织，用于本区自评，不是教育部的调查。" in page
    assert "由家长填写" in page
    assert "11月24日 12:00截止" in page


def test_a_window_that_closes_at_midnight_lasts_until_the_end_of_the_day_before(
    client: Client, open_round: Making
) -> None:
    code = open_round(closes=datetime(2025, 12, 1)).codes[0]

    assert "11月30日 24:00截止" in client.get(f"/q/{code}").text


def test_invented_data_says_so_on_every_page(client: Client, open_round: Making) -> None:
    code = open_round(invented=True).codes[0]
    notice = "演示数据"

    assert notice in client.get(f"/q/{code}").text
    assert notice in answer(client, code, BLANK).text
    answer(client, code)
    assert notice in client.get(f"/q/{code}").text
    client.cookies.clear()
    assert notice in client.get(f"/q/{code}").text


def test_a_real_round_says_nothing_of_invented_data(client: Client, open_round: Making) -> None:
    assert "演示" not in client.get(f"/q/{open_round().codes[0]}").text


def test_a_code_may_be_typed_in_any_way(client: Client, open_round: Making) -> None:
    code = open_round().codes[0]
    typed = f" {code[:4].lower()}-{code[4:10]} {code[10:].lower()}"

    assert client.get("/", params={"code": typed}).headers["location"] == f"/q/{code}"
    assert client.get(f"/q/{typed}").headers["location"] == f"/q/{code}"


def kept_in_the_field(page: Response) -> str:
    """What stands in the field for a code: in two lines where it is longer than a poster's digits."""
    field = lxml.html.fromstring(page.content).get_element_by_id("code")
    return str(field.get("value") or field.text)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ('ABC"><b>', "答题码有20个字母和数字，现在是4个。"),
        ("1234 567", "海报上的短码有9位数字，现在是7位。"),
        ("1234 5678 9", "这9位数字里有一位不对"),
        ("00001 00002 00003 0000A", "第4组有字不对"),
    ],
)
def test_a_mistyped_code_stays_in_the_field_and_the_part_to_look_at_is_named(
    client: Client, typed: str, sentence: str
) -> None:
    page = client.get("/", params={"code": typed})

    assert page.status_code == 400
    assert sentence in page.text
    assert kept_in_the_field(page) == typed


def test_a_code_that_nobody_has_stays_in_the_field_too(client: Client) -> None:
    page = client.get(f"/q/{UNKNOWN}")

    assert kept_in_the_field(page) == "0000 0000 0000 0000"
    assert "以前印的是16个字母和数字" in page.text


# Sending


def test_answers_are_stored_and_the_receipt_shows_none(client: Client, engine: Engine, open_round: Making) -> None:
    code = open_round().codes[0]
    client.get(f"/q/{code}")

    sent = answer(client, code, {"overall": "1", **COMPLETE, "remark": "操场很好"})

    assert forms(engine) == ["4" * 17]
    assert 'data-page="received"' in sent.text
    receipt = client.get(f"/q/{code}")
    assert (receipt.content, receipt.status_code, title(receipt)) == (sent.content, 200, "已收到，谢谢")
    assert re.findall('<(?:input|textarea)[^>]*name="(\\w+)"', receipt.text) == ["number"]
    assert not re.search("满意|操场", receipt.text)


def test_the_same_number_again_gets_the_same_receipt_and_counts_once(
    client: Client, engine: Engine, open_round: Making
) -> None:
    code = open_round().codes[0]

    answer(client, code)
    receipt = client.get(f"/q/{code}").content
    again = answer(client, code, dict.fromkeys(ITEMS, "1"))

    assert (again.status_code, again.content) == (200, receipt)
    assert client.get(f"/q/{code}").content == receipt
    assert forms(engine) == ["4" * 17]


def test_another_phone_is_told_that_the_slip_was_used(client: Client, engine: Engine, open_round: Making) -> None:
    code = open_round().codes[0]
    answer(client, code)

    client.cookies.clear()
    looked, sent = client.get(f"/q/{code}"), answer(client, code)

    assert (looked.status_code, sent.status_code) == (409, 409)
    assert title(sent) == "这个答题码已经用过了"
    assert "您刚才填写的答案没有计入" in sent.text
    assert "没有计入" not in looked.text
    assert len(forms(engine)) == 1


@pytest.mark.parametrize("standing", STANDING)
def test_a_code_that_is_not_open_says_why_and_stores_nothing(
    client: Client, engine: Engine, open_round: Making, standing: str
) -> None:
    changes, status, heading = STANDING[standing]
    code = open_round(**changes).codes[0]
    before = dump(engine)

    looked, sent = client.get(f"/q/{code}"), answer(client, code)

    assert (looked.status_code, sent.status_code, title(looked)) == (status, status, heading)
    assert dump(engine) == before


def test_an_unknown_code_says_so(client: Client, engine: Engine) -> None:
    for page in (client.get(f"/q/{UNKNOWN}"), answer(client, UNKNOWN)):
        assert (page.status_code, title(page)) == (404, "没有找到这个答题码")
    assert forms(engine) == []


@pytest.mark.parametrize("standing", ["over", "closed", "void"])
def test_who_answered_in_vain_is_told_that_nothing_counted(
    client: Client, engine: Engine, open_round: Making, standing: str
) -> None:
    code = open_round(**STANDING[standing][0], group="student").codes[0]

    assert "你刚才填写的答案没有计入" in answer(client, code).text


def test_a_pause_keeps_the_answers_on_the_page(client: Client, engine: Engine, open_round: Making) -> None:
    code = open_round().codes[0]
    client.get(f"/q/{code}")
    change_round(engine, state="paused")

    page = answer(client, code, COMPLETE | {"remark": "操场很好"})
    change_round(engine, state="open")

    assert "调查暂时停一停" in page.text
    assert chosen(page) == COMPLETE
    assert "操场很好" in page.text
    assert answer(client, code, chosen(page)).status_code == 200


def test_each_problem_stands_beside_its_question_and_every_answer_is_kept(
    client: Client, engine: Engine, open_round: Making
) -> None:
    code = open_round().codes[0]
    kept = COMPLETE | {ITEMS[5]: "9"}
    missing, twice, foreign = ITEMS[0], ITEMS[7], ITEMS[16]
    for item in (missing, twice, foreign):
        del kept[item]

    page = answer(client, code, kept | {twice: ["1", "2"], foreign: "7"})

    assert page.status_code == 422
    assert "还没有收到您的答卷" in page.text
    assert problem_beside(page, missing) == "这一题还没有选，请选一项。"
    assert problem_beside(page, twice) == "这一题选了不止一项，请只选一项。"
    assert problem_beside(page, foreign) == "这一题选的不是问卷上的选项，请重新选一项。"
    assert chosen(page) == kept
    assert [problem_beside(page, item) for item in kept] == [""] * len(kept)
    assert re.findall(r'href="#(\w+)"', page.text) == [missing, twice, foreign]
    assert forms(engine) == []


def test_a_remark_comes_back_as_text_and_never_as_markup(client: Client, open_round: Making) -> None:
    attack = "</textarea><script>alert('x')</script>\"&"

    page = answer(client, open_round().codes[0], {"remark": attack})

    assert "<script>alert" not in page.text
    assert lxml.html.fromstring(page.content).get_element_by_id("remark").text == attack


def test_a_remark_that_is_too_long_is_kept_with_a_sentence_beside_it(client: Client, open_round: Making) -> None:
    page = answer(client, open_round().codes[0], COMPLETE | {"remark": "长" * 151})

    assert page.status_code == 422
    assert "留言最多150字" in page.text
    box = lxml.html.fromstring(page.content).get_element_by_id("remark")
    assert box.text == "长" * 151
    assert box.get("maxlength") == "150"


def test_what_one_does_not_want_to_answer_can_be_left_out(client: Client, engine: Engine, open_round: Making) -> None:
    code = open_round().codes[0]
    some = {ITEMS[0]: "5"}

    offered = answer(client, code, some)
    sent = answer(client, code, some | {"blank_ok": "1"})

    assert 'name="blank_ok" value="1"' in offered.text
    assert sent.status_code == 200
    assert forms(engine) == ["5" + "0" * 16]


@pytest.mark.parametrize("fields", [BLANK, {"blank_ok": "1"}])
def test_a_wholly_blank_paper_is_refused_and_offers_no_way_round(
    client: Client, engine: Engine, open_round: Making, fields: dict[str, str]
) -> None:
    page = answer(client, open_round().codes[0], fields)

    assert page.status_code == 422
    assert "请至少选一题" in page.text
    assert 'name="blank_ok"' not in page.text
    assert forms(engine) == []


def test_answers_to_an_older_paper_are_kept_and_looked_at_again(client: Client, open_round: Making) -> None:
    page = answer(client, open_round().codes[0], COMPLETE | {"version": "social-2025"})

    assert page.status_code == 422
    assert "问卷有更新" in page.text
    assert chosen(page) == COMPLETE


# Class codes


def test_the_next_person_gets_a_number_and_an_empty_paper(client: Client, engine: Engine, open_round: Making) -> None:
    code = open_round(kind="class").codes[0]
    numbers = set()

    for answers in ("1", "3", "5"):
        assert chosen(client.get(f"/q/{code}")) == {}
        numbers.add(client.cookies["number"])
        answer(client, code, dict.fromkeys(ITEMS, answers))
        assert f'action="/q/{code}/next"' in client.get(f"/q/{code}").text
        assert client.post(f"/q/{code}/next").headers["location"] == f"/q/{code}"

    assert len(numbers) == 3
    assert sorted(forms(engine)) == ["1" * 17, "3" * 17, "5" * 17]


def test_a_class_code_sent_twice_by_one_person_counts_once(client: Client, engine: Engine, open_round: Making) -> None:
    code = open_round(kind="class").codes[0]
    client.get(f"/q/{code}")

    assert [answer(client, code).status_code for _ in range(2)] == [200, 200]
    assert len(forms(engine)) == 1


def test_a_shared_computer_is_asked_not_to_remember_what_was_chosen(client: Client, open_round: Making) -> None:
    shared, own = open_round(kind="class"), open_round(kind="slip")

    assert 'method="post" autocomplete="off"' in client.get(f"/q/{shared.codes[0]}").text
    assert "autocomplete" not in client.get(f"/q/{own.codes[0]}").text


def test_a_slip_is_for_one_person_and_has_no_next(client: Client, open_round: Making) -> None:
    code = open_round().codes[0]
    answer(client, code)

    assert "下一位" not in client.get(f"/q/{code}").text


def test_pupils_are_spoken_to_as_children_and_all_others_politely(client: Client, open_round: Making) -> None:
    for group in Group:
        code = open_round(kind="class", group=group).codes[0]
        pages = client.get(f"/q/{code}").text + answer(client, code, BLANK).text
        answer(client, code)
        pages += client.get(f"/q/{code}").text
        assert ("您" in pages, "你" in pages) == ((False, True) if group == "student" else (True, False))
        assert ("下一位同学" in pages) == (group == "student")


def test_a_pupils_first_card_is_a_childs_and_the_guardians_text_is_folded(client: Client, open_round: Making) -> None:
    code = open_round(kind="class", group="student").codes[0]
    (card,) = lxml.html.fromstring(client.get(f"/q/{code}").content).xpath("//*[@id='intro']")
    for_all, for_guardians = card.findall("details")
    assert for_guardians.find("summary").text == "家长请看"
    assert {"家长请先看", "个人信息保护法"} <= set(
        re.findall("家长请先看|个人信息保护法", for_guardians.text_content())
    )
    for folded in (for_all, for_guardians):
        folded.drop_tree()
    (resume,) = card.xpath(".//*[@id='resume']")  # hidden until something was begun
    resume.drop_tree()
    shown = "".join(card.text_content().split())
    assert not re.search("《|法律|个人信息|家长", shown)
    assert "老师不知道你选了什么" in shown
    assert len(shown) < 180


def test_a_link_preview_shows_title_and_organiser_and_never_a_question(client: Client, open_round: Making) -> None:
    page = lxml.html.fromstring(client.get(f"/q/{open_round().codes[0]}").content)
    told = {tag.get("property"): tag.get("content") for tag in page.xpath("//meta[@property]")}
    assert told == {"og:title": load_paper("social-2026").title, "og:description": "青山区政府教育督导室"}


def test_a_class_code_is_also_eight_digits(client: Client, engine: Engine, open_round: Making) -> None:
    made = open_round(kind="class")
    give_short_code(engine, made, "01234567")

    assert client.get("/", params={"code": "0123 4567"}).headers["location"] == "/q/01234567"
    assert answer(client, "01234567").status_code == 200
    assert title(client.get("/q/01234567")) == "已收到，谢谢"
    assert forms(engine) == ["4" * 17]


def test_on_a_public_code_one_picks_a_group_and_the_form_counts_there(
    client: Client, engine: Engine, open_round: Making
) -> None:
    made = open_round(kind="public", group="public")
    place = add_public_group(engine, made, "teacher")
    code = made.codes[0]

    choice = client.get(f"/q/{code}")
    assert re.findall(r'href="\?group=(\w+)"', choice.text) == ["teacher", "public"]
    assert "校长教师卷" in client.get(f"/q/{code}?group=teacher").text
    assert answer(client, code).status_code == 422
    assert client.post(f"/q/{code}?group=teacher", data=COMPLETE).status_code == 200
    assert client.post(f"/q/{code}?group=public", data=COMPLETE).status_code == 200

    assert [form.place for form in open_all(engine)] == [place]


@pytest.mark.parametrize("group", ["parent", "student", "", "x"])
def test_a_public_code_offers_only_the_groups_of_its_place(client: Client, open_round: Making, group: str) -> None:
    code = open_round(kind="public", group="public").codes[0]

    page = client.get(f"/q/{code}?group={group}").text

    assert "由其他群众填写" in page


def give_short_code(engine: Engine, made: OpenRound, short: str) -> None:
    with Session(engine) as session, session.begin():
        session.execute(insert(Code), [{"digest": hash_code(short), "batch_id": made.batch_id}])


def add_public_group(engine: Engine, made: OpenRound, group: str) -> int:
    """Let another group use a public code; returns the place its forms count in."""
    with Session(engine) as session, session.begin():
        place = Place(round_id=made.round_id, group=group, place="unit/P01")
        session.add(place)
        session.flush()
        row = FrameRow(
            round_id=made.round_id, place_id=place.id, group=group, unit="P01", class_name="", grade=None,
            population=40, invited=40, stage="", locale="", township="",
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add(Batch(frame_row_id=row.id, kind="public", state="made", codes=0, issued=40, made_at=NOON))
        return place.id


# Taking no part


def test_refusing_needs_no_answers_leaves_no_form_and_is_counted(
    client: Client, engine: Engine, open_round: Making
) -> None:
    made = open_round()
    code = made.codes[0]
    asked = client.get(f"/q/{code}?refuse=1")

    refused = answer(client, code, {"refuse": "1"})

    assert 'name="refuse" value="1"' in asked.text
    assert refused.status_code == 200
    assert [(form.group, form.answers) for form in open_all(engine)] == [("parent", REFUSED)]
    with Session(engine) as session:
        assert session.execute(select(Ledger.batch_id, Ledger.n)).all() == [(made.batch_id, 1)]


def test_who_refused_sees_the_receipt_of_those_who_answered_and_cannot_answer_again(
    client: Client, engine: Engine, open_round: Making
) -> None:
    one, other = open_round(codes=2).codes
    answer(client, one)
    answer(client, other, {"refuse": "1"})

    number = re.compile(r"(?:[0-9A-Z]{4}[-\n]){5}[0-9A-Z]{4}")
    told = [number.sub("", client.get(f"/q/{code}").text) for code in (one, other)]
    assert told[0] == told[1]
    assert answer(client, other).status_code == 200
    assert len(forms(engine)) == 1


def test_refusing_again_counts_once(client: Client, engine: Engine, open_round: Making) -> None:
    code = open_round(kind="class").codes[0]
    client.get(f"/q/{code}")
    for _ in range(3):
        answer(client, code, {"refuse": "1"})

    assert [form.answers for form in open_all(engine)] == [REFUSED]


# Limits


def test_a_machine_that_guesses_codes_is_slowed_and_no_one_with_a_qr_code_is(
    client: Client, engine: Engine, open_round: Making
) -> None:
    made = open_round(kind="class")
    give_short_code(engine, made, "01234567")

    statuses = [client.get(f"/q/{guess:08}").status_code for guess in range(GUESSES[0] + 5)]

    assert statuses == [404] * GUESSES[0] + [429] * 5
    assert client.get("/q/01234567").status_code == 429
    assert client.get(f"/q/{made.codes[0]}").status_code == 200
    assert title(client.get("/q/01234567")) == "请稍等一会儿"


def test_sixty_pupils_behind_one_address_are_never_slowed(client: Client, engine: Engine, open_round: Making) -> None:
    made = open_round(kind="class", group="student")
    give_short_code(engine, made, "01234567")
    seen = set()

    for _ in range(60):
        client.cookies.clear()
        client.get("/q/76543210")
        seen |= {client.get("/q/01234567").status_code for _ in range(2)}
        seen |= {answer(client, "01234567").status_code for _ in range(2)}

    assert seen == {200}
    assert len(forms(engine)) == 60


def test_a_machine_that_floods_one_class_code_is_slowed(client: Client, engine: Engine, open_round: Making) -> None:
    code = open_round(kind="class").codes[0]

    statuses = []
    for _ in range(FORMS[0] + 3):
        client.cookies.clear()
        statuses.append(answer(client, code).status_code)

    assert statuses == [200] * FORMS[0] + [429] * 3


def test_the_web_server_in_front_tells_who_asks_and_the_server_itself_has_no_limits(
    engine: Engine, tmp_path: Path
) -> None:
    app = build_phones(Settings(tmp_path, "", "http://testserver"), engine)

    async def guess(address: str) -> list[int]:
        front = ASGITransport(app=app, client=("127.0.0.1", 1))  # type: ignore[arg-type]
        headers = {"x-real-ip": address} if address else {}
        async with AsyncClient(transport=front, base_url="http://testserver", headers=headers) as client:
            return [(await client.get("/q/12345678")).status_code for _ in range(GUESSES[0] + 1)]

    async def guess_all() -> list[list[int]]:
        async with app.lifespan():
            return [await guess(address) for address in ("203.0.113.7", "203.0.113.8", "")]

    school, other, ourselves = asyncio.run(guess_all())
    assert school == other == [404] * GUESSES[0] + [429]
    assert ourselves == [404] * (GUESSES[0] + 1)


# Junk


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (413, b"remark=" + b"a" * 1_000_000, FORM),
        (415, urlencode(COMPLETE).encode(), {}),
        (415, b'{"overall": 5}', {"content-type": "application/json"}),
        (415, b"\r\n", {"content-type": "multipart/form-data"}),
        (400, urlencode(COMPLETE | {"remark": "操场"}, encoding="gb18030").encode(), FORM),
        (400, "remark=操场".encode(), FORM),
        (400, b"&".join(b"a%d=1" % n for n in range(300)), FORM),
        (422, b"", FORM),
        (422, urlencode(COMPLETE | {"name": "x"}).encode(), FORM),
        (422, urlencode([*COMPLETE.items(), ("overall", "1")]).encode(), FORM),
        (422, urlencode(COMPLETE | {"overall": "４"}).encode(), FORM),
        (422, urlencode(COMPLETE | {"overall": "-1"}).encode(), FORM),
    ],
    ids=lambda value: value if isinstance(value, int) else "",
)
def test_what_no_page_of_ours_sends_is_refused_with_a_sentence(
    client: Client, engine: Engine, open_round: Making, status: int, body: bytes, headers: dict[str, str]
) -> None:
    code = open_round().codes[0]
    before = dump(engine)

    page = client.post(f"/q/{code}", content=body, headers=headers)

    assert page.status_code == status
    assert re.search(r"[\u4e00-\u9fff]{4}", title(page))
    assert dump(engine) == before


@pytest.mark.parametrize(
    "path",
    [
        "/q/" + "A" * 5000,
        "/q/ABC%0d%0aSet-Cookie:%20a=b",
        "/q/%00",
        "/q/%ff%fe",
        "/q/..%2f..%2fetc",
        "/q/<script>",
        "/q/答题码",
        "/q/%F0%9F%98%80",
    ],
)
def test_a_code_that_cannot_be_one_is_not_found(client: Client, path: str) -> None:
    for page in (client.get(path), client.post(path, data=COMPLETE)):
        assert page.status_code == 404
        assert "set-cookie" not in page.headers
        assert page.text.count("<script") == 1


def test_a_line_break_in_a_code_reaches_no_header(client: Client, open_round: Making) -> None:
    code = open_round().codes[0]

    page = client.get(f"/q/{code[:8]}%0d%0a{code[8:]}")

    assert page.headers["location"] == f"/q/{code}"


OWN = {*ITEMS, "remark", "version", "blank_ok"}
ANYTHING = st.one_of(st.sampled_from(["", "0", "1", "5", "9", "55", "٣", "\0", "' OR 1=1 --"]), st.text(max_size=40))
POISON = st.one_of(
    st.tuples(st.text(min_size=1, max_size=20).filter(lambda name: name not in OWN), ANYTHING),
    st.tuples(st.sampled_from(ITEMS), ANYTHING.filter(lambda value: value not in {"", "0", "4"})),
)  # fmt: skip
SHARED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SHARED
@given(st.lists(POISON, min_size=1, max_size=5))
def test_no_spoilt_form_is_stored_or_breaks_the_service(
    client: Client, engine: Engine, open_round: Making, poison: list[tuple[str, str]]
) -> None:
    code = open_round().codes[0]
    body = urlencode([*COMPLETE.items(), *poison], errors="surrogatepass")

    page = client.post(f"/q/{code}", content=body, headers=FORM)

    assert page.status_code in (400, 422)
    assert title(page)
    assert forms(engine) == []


@SHARED
@given(st.binary(max_size=300))
def test_no_noise_is_stored_or_breaks_the_service(
    client: Client, engine: Engine, open_round: Making, noise: bytes
) -> None:
    page = client.post(f"/q/{open_round().codes[0]}", content=noise, headers=FORM)

    assert page.status_code in (400, 422)
    assert title(page)
    assert forms(engine) == []


# A store that fails


def test_a_failed_commit_stores_nothing_says_so_and_keeps_every_answer(
    client: Client, engine: Engine, open_round: Making
) -> None:
    code = open_round().codes[0]
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE ledger RENAME TO lost"))

    failed = answer(client, code, COMPLETE | {"remark": "操场很好"})
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE lost RENAME TO ledger"))

    assert failed.status_code == 503
    assert "刚才没有保存成功" in failed.text
    assert chosen(failed) == COMPLETE
    assert forms(engine) == []
    assert answer(client, code, chosen(failed)).status_code == 200
    assert forms(engine) == ["4" * 17]


def test_a_store_that_cannot_be_read_is_said_plainly(client: Client, engine: Engine, open_round: Making) -> None:
    code = open_round().codes[0]
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE spent RENAME TO lost"))

    for page in (client.get(f"/q/{code}"), answer(client, code)):
        assert (page.status_code, title(page)) == (503, "服务暂时出了问题")


# For everyone


@pytest.mark.parametrize("group", ["parent", "teacher", "student"])
def test_every_field_has_its_words_and_every_reference_its_target(
    client: Client, open_round: Making, group: str
) -> None:
    code = open_round(group=group, kind="class").codes[0]
    pages = [client.get(f"/q/{code}"), answer(client, code, {ITEMS[3]: "2", "remark": "长" * 151})]
    answer(client, code)
    pages += [client.get(f"/q/{code}"), client.get("/"), client.get("/?code=1"), client.get("/nowhere")]

    for page in pages:
        tree = lxml.html.fromstring(page.content)
        ids = tree.xpath("//@id")
        described = " ".join(tree.xpath("//@aria-describedby")).split()
        jumps = [link.removeprefix("#") for link in tree.xpath("//a/@href") if link.startswith("#")]
        described += " ".join(tree.xpath("//@aria-labelledby")).split()
        assert len(ids) == len(set(ids))
        assert {*described, *jumps, *tree.xpath("//label/@for")} <= set(ids)
        assert tree.xpath("//fieldset[not(legend)] | //input[@type='radio'][not(ancestor::label)]") == []
        assert all(tree.xpath(f"//label[@for='{one.get('id')}']") for one in tree.find_class("field"))
        assert tree.get("lang") == "zh-CN"
        assert title(page)
        assert tree.findtext(".//title").strip()


# Under a code's address


@pytest.mark.parametrize("path", ["/q", "/q/", "/quiz", "/q/{}/other", "/q/{}/next/next", "/q/{}/{}"])
def test_what_is_no_address_of_a_code_is_not_there(client: Client, open_round: Making, path: str) -> None:
    code = open_round().codes[0]

    for page in (client.get(path.format(code, code)), client.post(path.format(code, code), data=COMPLETE)):
        assert (page.status_code, "set-cookie" in page.headers) == (404, False)


@pytest.mark.parametrize(("path", "allowed"), [("/q/{}", "GET, POST, OPTIONS"), ("/q/{}/next", "POST, OPTIONS")])
def test_other_ways_to_ask_for_a_codes_page_are_named(
    client: Client, engine: Engine, open_round: Making, path: str, allowed: str
) -> None:
    address = path.format(open_round().codes[0])
    before = dump(engine)

    refused = [client.request(method, address, content=urlencode(COMPLETE)) for method in ("PUT", "DELETE", "PATCH")]
    told = client.options(address)

    assert {(page.status_code, page.headers["allow"]) for page in refused} == {(405, allowed)}
    assert (told.status_code, told.headers["allow"], told.content) == (204, allowed, b"")
    assert dump(engine) == before


def test_an_address_with_a_slash_at_its_end_or_too_many_is_the_same(client: Client, open_round: Making) -> None:
    code = open_round().codes[0]

    assert {client.get(path).status_code for path in (f"/q/{code}", f"/q/{code}/", f"/q//{code}")} == {200}


def test_no_request_looks_for_languages_on_the_disk(
    client: Client, open_round: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = open_round(codes=3).codes
    answer(client, codes[0])
    looked: list[Path] = []
    monkeypatch.setattr(Path, "glob", lambda path, pattern: looked.append(path) or iter(()))

    assert [client.get(f"/q/{codes[1]}").status_code, answer(client, codes[1]).status_code] == [200, 200]
    assert looked == []


async def send_in_pieces(app: Any, code: str, pieces: list[bytes]) -> tuple[int, int]:
    """The status, and how many of the pieces were taken, of a post that never ends by itself."""
    told: list[int] = []
    taken = iter(range(len(pieces)))
    left = 0

    async def receive() -> dict[str, Any]:
        nonlocal left
        left = next(taken)
        return {"type": "http.request", "body": pieces[left], "more_body": True}

    async def send(message: Any) -> None:
        told.extend([message["status"]] if "status" in message else [])

    heads = [(b"host", b"testserver"), (b"content-type", FORM["content-type"].encode())]
    scope = {"type": "http", "method": "POST", "path": f"/q/{code}", "query_string": b"", "headers": heads}
    await app({**scope, "client": ("203.0.113.9", 1), "scheme": "http", "http_version": "1.1"}, receive, send)
    return told[0], left


def test_a_body_that_is_too_long_is_refused_while_it_comes(client: Client, open_round: Making) -> None:
    code = open_round().codes[0]

    status, taken = asyncio.run(send_in_pieces(client.app, code, [b"a" * 16_384] * 100))

    assert (status, taken) == (413, 4)


def test_a_pause_is_seen_within_a_second_and_stores_nothing_before(
    client: Client, engine: Engine, open_round: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = open_round().codes[0]
    client.get(f"/q/{code}")
    change_round(engine, state="paused")

    assert answer(client, code).status_code == 503
    assert forms(engine) == []
    later = monotonic() + code_lookup.REMEMBERED + 1
    monkeypatch.setattr(code_lookup, "monotonic", lambda: later)
    assert title(client.get(f"/q/{code}")) == STANDING["paused"][2]


def test_a_round_with_a_telephone_says_whose_survey_it_is_by_name_and_whom_to_call(
    client: Client, engine: Engine, open_round: Making
) -> None:
    code = open_round().codes[0]
    change_round(engine, telephone="023-79220000", organiser="青山区人民政府教育督导室", county="青山区")
    page = lxml.html.fromstring(client.get(f"/q/{code}").content).text_content()
    whose = "本调查由青山区人民政府教育督导室组织，用于本区自评，不是教育部的调查，咨询电话023-79220000。"
    assert whose + "请如实填写，任何人不得要求您怎么选。" in page
    assert "请勿写姓名。需要答复的事项请拨打023-79220000。" in page
    assert "about two minutes" in client.get(f"/q/{code}?lang=en").text


@pytest.mark.parametrize("group", ["parent", "student"])
def test_a_round_of_before_without_a_telephone_names_who_asks_and_sends_nobody_to_call(
    client: Client, engine: Engine, open_round: Making, group: str
) -> None:
    code = open_round(group=group).codes[0]
    change_round(engine, telephone="", organiser="青山区人民政府教育督导室", county="青山区")
    page = lxml.html.fromstring(client.get(f"/q/{code}").content).text_content()
    assert "青山区人民政府教育督导室" in page
    assert not re.search("咨询电话|请拨打|None", page)


@pytest.mark.parametrize(
    ("minutes", "told"), [({}, "约两分钟"), ({"parent": 3}, "约三分钟"), ({"parent": 6}, "五分钟以上")]
)
def test_how_long_it_takes_is_what_the_group_took_in_the_round_before(
    client: Client, engine: Engine, open_round: Making, minutes: dict[str, int], told: str
) -> None:
    code = open_round(group="parent").codes[0]
    change_round(engine, minutes=minutes | {"student": 1})
    page = client.get(f"/q/{code}").text
    assert set(re.findall("约[一两三五]分钟|五分钟以上", page)) == {told}

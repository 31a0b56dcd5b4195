"""What an office has on its disks before a round: a list of 94 schools and a frame of seven groups, each a messy file.

A set is right but for mess that must not matter; beside it stands the same file as somebody first sent it, with one
mistake that must be caught. Both are made of the tables and damages of `tests.damages`.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from survey_app.frame.sheets import Upload
from tests.damages import BENIGN, FORMS, HARMFUL, Book, Cell, write

SCHOOLS = 94
TOWNSHIPS = tuple(f"{name}镇" for name in "甲乙丙丁戊己庚辛")
WORKBOOK_ONLY = {"merged", "two_sheets", "notes_sheet", "stray", "literal_percent"}
Damage = Callable[[Book, Random], None]


class Sent(NamedTuple):
    """A file as it was first sent, what is wrong with it, and the file that its sender gave instead."""

    mistake: str
    wrong: Upload
    right: Upload


class OfficeSet(NamedTuple):
    """The files of one office, and what its clerk types wrong at first: a field and a value."""

    schools: Sent
    frame: Sent
    typed: tuple[str, str]


def short_code(book: Book, random: Random) -> None:
    """P1 where P01 is meant."""
    row = random.choice([row for row in book.body if str(book.rows[row][1]).startswith("P0")])
    book.rows[row][1] = "P" + str(book.rows[row][1])[2:]


def huge_class(book: Book, random: Random) -> None:
    """A class of 4,000."""
    book.rows[random.choice([row for row in book.body if book.rows[row][2]])][4] = 4000


def unknown_stage(book: Book, random: Random) -> None:
    """A stage that no school has."""
    book.rows[random.choice([row for row in book.body if book.rows[row][2]])][5] = "高级班"


def same_code(book: Book, random: Random) -> None:
    """One code for two schools."""
    first, second = random.sample(list(book.body), 2)
    book.rows[second][0] = book.rows[first][0]


TYPED = (
    ("学年", "2025-2025"),
    ("常住人口", "四十万"),
    ("结束时间", "year"),
    ("开始时间", "backwards"),
    ("咨询电话", ""),
)
IN_FRAMES: tuple[Damage, ...] = (*HARMFUL, short_code, huge_class, unknown_stage)
IN_SCHOOLS: tuple[Damage, ...] = (*HARMFUL, same_code)


def make_set(number: int) -> OfficeSet:
    """One of the sets: the same number, the same files."""
    random = Random(number)
    return OfficeSet(
        schools=_send("schools", IN_SCHOOLS[number % len(IN_SCHOOLS)], random),
        frame=_send("frame", IN_FRAMES[number % len(IN_FRAMES)], random),
        typed=TYPED[number % len(TYPED)],
    )


def _send(kind: str, mistake: Damage, random: Random) -> Sent:
    seed = random.random()
    wrong = make_book(kind, Random(seed))
    mistake(wrong, random)
    right = make_book(kind, Random(seed))
    form = random.choice([None, None, None, *FORMS])
    fits = [damage for damage in BENIGN if form is None or damage.__name__ not in WORKBOOK_ONLY]
    for damage in sorted(random.sample(fits, 4), key=BENIGN.index):
        damage(right, random)
    if form:
        form(right, random)
    return Sent(mistake.__name__, _name(kind, wrong), _name(kind, right))


def _name(kind: str, book: Book) -> Upload:
    written = write(book)
    ending = written.name.rpartition(".")[2]
    return Upload(name=f"{'学校' if kind == 'schools' else '名册'}.{ending}", content=written.content)


def make_book(kind: str, random: Random) -> Book:
    """The list of schools, or the frame, without mess."""
    return Book(kind, _list_schools(random) if kind == "schools" else _list_people(random))


def _list_schools(random: Random) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["学校代码", "学校名称", "办学类型", "乡镇街道", "城乡", "建校年份"]]
    for n in range(1, SCHOOLS + 1):
        locale = random.choice(["城区", "镇区", "乡村"])
        rows.append([f"P{n:02d}", f"第{n}小学", "小学", _township(n), locale, 1950 + n % 60])
    return rows


def _list_people(random: Random) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["调查对象", "单位", "班级", "年级", "总人数", "学段", "城乡", "乡镇街道"]]
    for n in range(1, SCHOOLS + 1):
        place: list[Cell] = ["城区", _township(n)]
        for grade, name in ((3, "三"), (5, "五")):
            pupils = random.randint(20, 50)
            about: list[Cell] = [f"P{n:02d}", f"{name}年级1班", grade, pupils, "小学"]
            rows += [["家长", *about, *place], ["学生", *about, *place]]
        rows += [["教师", f"P{n:02d}", "", "", random.randint(12, 60), "", *place]]
        rows += [["校长", f"P{n:02d}", "", "", random.randint(1, 4), "", *place]]
    for township in TOWNSHIPS:
        rows += [["人大代表", f"{township}代表团", "", "", random.randint(12, 40), "", "", township]]
        rows += [["其他群众", township, "", "", random.randint(200, 900), "", "", township]]
    for sector in ("教育界", "医卫界", "经济界"):
        rows += [["政协委员", sector, "", "", 14, "", "", ""]]
    return rows


def _township(n: int) -> str:
    return TOWNSHIPS[n % len(TOWNSHIPS)]

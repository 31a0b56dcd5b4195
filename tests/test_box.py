"""A box keeps a form whole, tells nothing by its length or bytes, and opens to its own key alone."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_box_keypair

from questionnaires.answers import REMARK_LIMIT
from questionnaires.vocabulary import Group, Mode
from survey_app.answering.box import (
    BOX,
    NUMBER,
    REFUSED,
    REMARK_BOX,
    SealedForm,
    box_number,
    open_box,
    open_remark,
    seal,
    seal_remark,
)
from survey_app.core.boxes import UnreadableBoxError

PUBLIC, PRIVATE = crypto_box_keypair()
FORM = SealedForm(group=Group.PARENT, place=7, paper="social-2026", answers="54321" * 3 + "90")
forms = st.builds(
    SealedForm,
    group=st.sampled_from(Group),
    place=st.integers(1, 2**32 - 1),
    paper=st.sampled_from(["social-2026", "staff-2026", "student-2026"]),
    answers=st.text("0123459", max_size=64),
    mode=st.sampled_from(Mode),
    arm=st.integers(0, 255),
    bins=st.binary(min_size=4, max_size=4),
)


@given(forms)
def test_a_form_comes_out_of_its_box_as_it_went_in_and_every_box_has_one_length(form: SealedForm) -> None:
    box = seal(form, PUBLIC)
    assert len(box) == BOX
    assert open_box(box, PRIVATE) == form


@given(st.sampled_from(Group), st.text(max_size=REMARK_LIMIT // 2))
def test_a_remark_comes_out_as_it_went_in_and_its_box_is_as_long_as_an_empty_ones(group: Group, text: str) -> None:
    box = seal_remark(group, text, PUBLIC)
    assert len(box) == REMARK_BOX == len(seal_remark(group, "", PUBLIC))
    remark = open_remark(box, PRIVATE)
    assert (remark.group, remark.text) == (group, text)


def test_150_characters_fit_and_one_more_is_refused_not_cut() -> None:
    assert open_remark(seal_remark(Group.PARENT, "好" * 150, PUBLIC), PRIVATE).text == "好" * 150
    with pytest.raises(ValueError, match="no room"):
        seal_remark(Group.PARENT, "好" * 151, PUBLIC)


def test_a_refusal_is_a_box_like_any_other() -> None:
    refused = seal(SealedForm(group=Group.PARENT, place=7, paper="social-2026", answers=REFUSED), PUBLIC)
    assert len(refused) == len(seal(FORM, PUBLIC))
    assert open_box(refused, PRIVATE).answers == REFUSED


def test_the_same_form_is_sealed_to_other_bytes_each_time_and_no_two_boxes_share_enough_to_be_packed() -> None:
    boxes = [seal(FORM, PUBLIC) for _ in range(200)]
    assert len(set(boxes)) == 200
    shared = b"".join(box[1:] for box in boxes)
    assert len(zlib.compress(shared, 9)) >= len(shared)


def test_another_key_and_a_changed_box_open_nothing() -> None:
    box = seal(FORM, PUBLIC)
    _, stranger = crypto_box_keypair()
    for changed, key in (
        (box, stranger),
        (box[:-1] + bytes([box[-1] ^ 1]), PRIVATE),
        (b"\x02" + box[1:], PRIVATE),
        (box[:-1], PRIVATE),
        (b"", PRIVATE),
    ):
        with pytest.raises(UnreadableBoxError):
            open_box(changed, key)


def test_what_has_no_room_in_a_box_is_refused_not_cut() -> None:
    for form in (
        SealedForm(group=Group.PARENT, place=7, paper="social-2026", answers="1" * 65),
        SealedForm(group=Group.PARENT, place=7, paper="s" * 36, answers="1"),
    ):
        with pytest.raises(ValueError, match="no room"):
            seal(form, PUBLIC)


def test_a_boxs_number_follows_from_number_code_and_round_and_from_nothing_less() -> None:
    number = box_number("0" * 32, b"d" * 16, PUBLIC)
    assert len(number) == NUMBER
    assert number == box_number("0" * 32, b"d" * 16, PUBLIC)
    others = [
        box_number("1" * 32, b"d" * 16, PUBLIC),
        box_number("0" * 32, b"e" * 16, PUBLIC),
        box_number("0" * 32, b"d" * 16, crypto_box_keypair()[0]),
    ]
    assert len({number, *others}) == 4

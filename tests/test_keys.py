from itertools import combinations
from secrets import token_bytes

import pytest
from nacl.public import PublicKey, SealedBox

from survey_app.rounds.keys import (
    ForeignSheetError,
    SameSheetError,
    TooFewSheetsError,
    WrongSharesError,
    combine_sheets,
    new_seed,
    private_key,
    public_key,
    share_hash,
    split_seed,
    third_sheet,
)
from survey_app.rounds.sheet_text import KeySheet

SEED = bytes(range(16))


def test_what_is_sealed_with_the_public_key_opens_with_the_seed_alone() -> None:
    sealed = SealedBox(PublicKey(public_key(SEED))).encrypt(b"a form")
    assert SealedBox(private_key(SEED)).decrypt(sealed) == b"a form"


def test_any_two_of_three_sheets_give_the_seed_in_either_order() -> None:
    seed = new_seed(token_bytes)
    for sheet, other in combinations(split_seed(seed).sheets, 2):
        assert combine_sheets([sheet, other], public_key(seed)) == seed
        assert combine_sheets([other, sheet], public_key(seed)) == seed


def test_two_sheets_give_the_third_as_it_was() -> None:
    seed = new_seed(token_bytes)
    sheets = split_seed(seed).sheets
    for lost in sheets:
        assert third_sheet([sheet for sheet in sheets if sheet is not lost], public_key(seed)) == lost


def test_one_sheet_alone_opens_nothing() -> None:
    for sheet in split_seed(SEED).sheets:
        with pytest.raises(TooFewSheetsError):
            combine_sheets([sheet], public_key(SEED))


def test_a_sheet_given_twice_is_no_second_sheet() -> None:
    sheet = split_seed(SEED).sheets[1]
    with pytest.raises(SameSheetError):
        combine_sheets([sheet, sheet], public_key(SEED))


def test_a_sheet_of_another_round_is_named() -> None:
    own = split_seed(SEED).sheets[0]
    other = split_seed(bytes(16)).sheets[2]
    with pytest.raises(ForeignSheetError) as found:
        combine_sheets([own, other], public_key(SEED))
    assert found.value.number == 3


def test_a_wrong_share_never_passes_for_the_key() -> None:
    right, own, _ = split_seed(SEED).sheets
    wrong = KeySheet(number=own.number, key_mark=own.key_mark, share=token_bytes(16))
    with pytest.raises(WrongSharesError):
        combine_sheets([right, wrong], public_key(SEED))


def test_the_stored_hash_knows_each_sheet_alone_and_no_other() -> None:
    split = split_seed(SEED)
    assert tuple(map(share_hash, split.sheets)) == split.hashes
    assert len(set(split.hashes)) == 3


def test_sheets_that_would_not_open_are_never_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int, __: int, seed: bytes) -> list[tuple[int, bytes]]:
        return [(number, token_bytes(len(seed))) for number in (1, 2, 3)]

    monkeypatch.setattr("survey_app.rounds.keys.Shamir.split", broken)
    with pytest.raises(WrongSharesError):
        split_seed(SEED)

"""A bundle that holds more than the program wrote, or a record written otherwise, with every checksum made anew."""

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import convert

from analysis.published import Units
from reports.evidence.bundle import CHECKSUMS, WRITTEN, build_bundle, published_texts, seal, write_checksums
from reports.evidence.bundle_check import check_bundle
from reports.evidence.bundle_files import NotABundleError, find_foreign, find_unsummed, seal_again
from reports.evidence.evidence_texts import REVISITS, RoundRecord
from reports.evidence.minute_record import FILE, MinuteRecord, check_record, minute_sum, write_record
from survey_app.cli import survey
from tests.survey_example import ABOUT, example
from tests.test_bundle import Members, members_of

Change = Callable[[str], str]
FOREIGN = ("corrected_results.csv", "packs", "packs/papers/zzz.toml", "packs/standards/zzz.toml", "run_me.exe")


@cache
def sealed() -> tuple[bytes, str]:
    """The usual example's bundle with the record of its close, and the sum that stands on paper."""
    texts = example().texts()
    published = published_texts(example().published, convert(example().published["units"], Units))
    record = MinuteRecord(
        round="2025-1", county="青山区", closed_at="2025-11-20T10:00:00", closed_by="张三", boxes=600,
        boxes_sum="1" * 64, forms=600, forms_sum="2" * 64, published="3" * 64,
        texts={name: sha256(text.encode()).hexdigest() for name, text in (texts | published).items()},
        audit_rows=9, audit_link="4" * 64,
    )  # fmt: skip
    bundle = build_bundle(texts, published, convert(ABOUT, RoundRecord), record)
    return bundle, minute_sum(write_record(record))


def covered(members: Members) -> bytes:
    """The bundle of these files as the program would seal them."""
    rest = {name: content for name, content in members.items() if name != CHECKSUMS}
    return seal(rest | {CHECKSUMS: write_checksums(rest)})


def test_the_program_writes_only_files_that_it_knows() -> None:
    bundle, sum_ = sealed()
    assert check_bundle(bundle, sum_) == []
    assert {name for name in members_of(bundle) if not name.startswith("packs/")} < WRITTEN


@pytest.mark.parametrize("recorded", [True, False])
def test_files_that_the_program_does_not_write_are_named(recorded: bool) -> None:
    """All of them agreed with the sum on paper, and the bundle was the same."""
    bundle, sum_ = sealed()
    members = members_of(bundle) | dict.fromkeys(FOREIGN, b"id = 'zzz'\n")
    if not recorded:
        del members[FILE]
    found = check_bundle(covered(members), sum_ if recorded else None)
    assert found == [f"{name}：不是本程序写入复算材料包的文件。" for name in FOREIGN]


def test_a_file_whose_name_no_bundle_could_hold_is_named() -> None:
    with pytest.raises(NotABundleError, match=r"更正结果\.csv"):
        check_bundle(covered(members_of(sealed()[0]) | {"更正结果.csv": b""}))


def test_a_file_of_other_rounds_is_foreign_where_the_record_has_none() -> None:
    members = members_of(sealed()[0])
    assert find_foreign(members | {REVISITS: b"group,n\n"}) == {REVISITS}
    members.pop(FILE)
    assert find_foreign(members | {REVISITS: b"group,n\n"}) == set()


def test_standards_that_extend_each_other_end() -> None:
    members = members_of(sealed()[0])
    name = json.loads(members["round.json"])["standard"]
    members[f"packs/standards/{name}.toml"] = f'extends = "{name}"\n'.encode()
    assert find_foreign(members) == {"packs/standards/national-2017.toml"}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"forms":600', '"forms":999,"forms":600'),
        lambda text: text.replace('"forms":600', '"forms":600,"note":"更正"'),
        lambda text: json.dumps(json.loads(text), ensure_ascii=False, indent=1),
        lambda text: text.strip(),
    ],
    ids=["doubled key", "unknown key", "other spaces", "no line end"],
)
def test_a_record_that_reads_as_the_same_and_is_written_otherwise_is_named(change: Change) -> None:
    bundle, sum_ = sealed()
    members = members_of(bundle)
    members[FILE] = change(members[FILE].decode()).encode()
    assert members[FILE] != members_of(bundle)[FILE]
    for minute in (None, sum_):
        assert list(check_record(members, minute)) == [f"{FILE}：与结束时登记的不同。"]


def test_a_list_of_checksums_that_says_more_is_told() -> None:
    members = members_of(sealed()[0])
    members[CHECKSUMS] = b"0" * 64 + b"  cells.csv\n" + members[CHECKSUMS]
    assert list(find_unsummed(members)) == []
    assert seal_again(members) != seal(members)


def test_the_command_says_whether_it_compared_with_the_minute_and_takes_no_empty_sum(tmp_path: Path) -> None:
    bundle, sum_ = sealed()
    (tmp_path / "bundle.zip").write_bytes(bundle)
    for asked, code, said in (
        ([], 0, "没有与调查结束及启封记录核对"),
        (["--minute", sum_], 0, "与调查结束及启封记录上的校验值也一致"),
        (["--minute", " "], 1, "应为8组"),
    ):
        done = CliRunner().invoke(survey, ["verify", str(tmp_path / "bundle.zip"), *asked])
        assert (done.exit_code, said in done.output) == (code, True), (asked, done.output)

"""The sealed evidence: everything follows from it again, in this program and in R, and no change goes unseen."""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest

from analysis.results import as_json
from analysis.verdict import read_surveyed
from analysis.verdict.judged import judge_tables
from reports.evidence.bundle import CHECKSUMS, seal, write_checksums
from reports.evidence.bundle_check import check_bundle
from reports.evidence.bundle_files import NotABundleError
from tests.survey_example import STANDARD, Example, closed_example, counted_by_papers, drawn_by_size, example

Members = dict[str, bytes]


def members_of(bundle: bytes) -> Members:
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def forged(change: Callable[[Members], None]) -> list[str]:
    """What is found when somebody changes the bundle and makes its checksums anew."""
    members = members_of(example_bundle())
    change(members)
    del members[CHECKSUMS]
    return check_bundle(seal(members | {CHECKSUMS: write_checksums(members)}))


def edit(name: str, old: str, new: str) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        text = members[name].decode()
        assert old in text
        members[name] = text.replace(old, new, 1).encode()

    return change


def test_a_bundle_as_it_was_written_is_the_same() -> None:
    assert check_bundle(example_bundle()) == []


def test_no_bundle_names_a_day_of_its_window_so_that_none_differs_by_how_days_are_told() -> None:
    about = json.loads(members_of(example_bundle())["round.json"])
    assert {"round", "county", "as_of"} <= {*about}
    assert not {"opens", "closes", "window", "generated"} & {*about}


def test_the_example_holds_every_hard_case() -> None:
    survey = example().survey
    headline = survey.cells[survey.cells["measure"] == "headline"]
    in_classes = headline[headline["psu"] != ""]
    assert {0, 1} <= set(in_classes["n_forms"])
    assert survey.estimates["lonely_strata"].max() > 0
    assert headline["flagged"].any()
    assert survey.hidden
    assert "deputy+cppcc" in survey.weights
    assert {"raked", "without_flagged"} <= {
        choice["name"] for choice in example().published["recognition"]["sensitivity"]
    }
    assert {"shown", "above", "withheld"} <= {row["state"] for row in example().published["units"]["rows"]}


@cache
def example_bundle() -> bytes:
    """The usual example's bundle, built once."""
    return example().bundle()


def test_the_same_round_gives_the_same_bytes() -> None:
    assert example().bundle() == example_bundle()


def test_the_bundle_holds_no_form() -> None:
    members = members_of(example_bundle())
    cells = members["cells.csv"].decode().splitlines()
    assert len(cells) - 1 == len(example().survey.tallied)
    assert not [name for name in members if "form" in name or "response" in name]


def test_checksums_are_those_that_sha256sum_reads(tmp_path: Path) -> None:
    zipfile.ZipFile(BytesIO(example_bundle())).extractall(tmp_path)
    done = subprocess.run(["sha256sum", "-c", CHECKSUMS], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.soak)])
def test_r_computes_every_published_rate_and_error_alike(step: int, tmp_path: Path) -> None:
    """Every ninth of the example's rates, and all of them in `make soak`."""
    if not shutil.which("Rscript"):
        pytest.skip("R is not installed: run `apt-get install r-cran-survey`.")
    if subprocess.run(["Rscript", "-e", "library(survey)"], capture_output=True, check=False).returncode:
        pytest.skip("R has no survey package: run `apt-get install r-cran-survey`.")
    zipfile.ZipFile(BytesIO(example_bundle())).extractall(tmp_path)

    published = tmp_path / "published.csv"
    header, *rates = published.read_text(encoding="utf-8").splitlines()
    published.write_text("\n".join([header, *rates[::step]]) + "\n", encoding="utf-8")

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(["Rscript", "recompute.R"], cwd=tmp_path, capture_output=True, text=True, check=False)

    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rates[::step])}个比率" in done.stdout
    first = rates[0].split(",")
    first[3] = str(float(first[3]) + 1e-7)
    published.write_text("\n".join([header, ",".join(first)]), encoding="utf-8")
    assert run().returncode == 1


@pytest.mark.parametrize("survey", [drawn_by_size, pytest.param(closed_example, marks=pytest.mark.soak)])
def test_r_follows_draws_by_size_shared_classes_and_groups_kept_together(
    survey: Callable[[], Example], tmp_path: Path
) -> None:
    if subprocess.run(["Rscript", "-e", "library(survey)"], capture_output=True, check=False).returncode:
        pytest.skip("R has no survey package: run `apt-get install r-cran-survey`.")
    found = survey()
    cells = found.survey.cells
    if survey is drawn_by_size:
        assert cells.probability.notna().any()
        assert (cells[cells.psu != ""].groupby("stratum").group.nunique() > 1).any()
    else:
        assert cells.stratum.astype(str).str.endswith("/own").any()
    zipfile.ZipFile(BytesIO(found.bundle())).extractall(tmp_path)
    rows = (tmp_path / "published.csv").read_text(encoding="utf-8").splitlines()
    some = [row for row in rows[1:] if "headline" in row or "quality_1" in row or row.startswith(("strict", "overall"))]
    (tmp_path / "published.csv").write_text("\n".join([rows[0], *some]) + "\n", encoding="utf-8")
    done = subprocess.run(["Rscript", "recompute.R"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(some)}个比率" in done.stdout
    assert len(some) > 10


def test_a_changed_file_is_named_by_its_checksum() -> None:
    members = members_of(example_bundle())
    members["cells.csv"] = members["cells.csv"].replace(b"T1", b"T2", 1)
    assert "cells.csv：内容与校验值不符。" in check_bundle(seal(members))


@pytest.mark.parametrize("name", ["cells.csv", "recompute.R", "README.txt", "packs/rules/quality-2024.toml"])
def test_a_file_that_is_gone_is_named(name: str) -> None:
    members = members_of(example_bundle())
    del members[name]
    assert f"{name}：包内没有这个文件。" in check_bundle(seal(members))


def lower_cells(by: float) -> Callable[[Members], None]:
    """Takes so much from what the satisfied forms of a cell come to, where their squares allow it."""

    def change(members: Members) -> None:
        head, *lines = members["cells.csv"].decode().splitlines()
        place, squares = (head.split(",").index(name) for name in ("total", "total_sq"))
        cells = [line.split(",") for line in lines]
        for cell in cells:
            if cell[0] == "headline" and float(cell[place]) - by > float(cell[squares]):
                cell[place] = str(float(cell[place]) - by)
        members["cells.csv"] = "\n".join([head, *map(",".join, cells), ""]).encode()

    return change


def test_a_changed_number_of_a_cell_shows_in_what_was_published() -> None:
    found = forged(lower_cells(0.4))
    for name in ("unrounded", "recognition"):
        assert any(difference.startswith(f"{name}.json 的 groups.parent.rate：包内为") for difference in found)
    assert any(difference.startswith("judgement.json 的 dimensions.recognition.rate") for difference in found)


def test_a_number_changed_too_little_to_be_published_shows_in_the_unrounded_figures() -> None:
    assert any(
        difference.startswith("unrounded.json 的 groups.parent.rate") for difference in forged(lower_cells(1e-7))
    )


def test_a_changed_published_number_is_named_with_both_values() -> None:
    rate = example().published["recognition"]["recognition"]["rate"]
    found = forged(edit("recognition.json", f'"rate": {rate},', f'"rate": {rate + 0.01},'))
    assert any(difference.endswith(f"包内为 {rate + 0.01}，重新计算为 {rate}") for difference in found)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("judgement.json", '"verdict": "not_met"', '"verdict": "met"'),
        ("units.json", '"state": "withheld"', '"state": "shown"'),
        ("units.csv", "withheld", "shown"),
        ("published.csv", "published,county", "published,parent"),
        ("weights.csv", "published,headline,parent,0.5", "published,headline,parent,0.6"),
        ("round.json", '"population": 445012', '"population": 445013'),
        ("groups.csv", "parent,", "parent,1"),
        ("judged.json", '"rows"', '"row"'),
        ("frame.csv", ",village,", ",town,"),
    ],
)
def test_a_change_anywhere_is_found_even_with_new_checksums(name: str, old: str, new: str) -> None:
    assert forged(edit(name, old, new))


def test_a_changed_pack_differs_from_the_one_this_program_ships() -> None:
    found = forged(edit("packs/rules/quality-2024.toml", "0.85", "0.80"))
    assert "packs/rules/quality-2024.toml：与本程序所带的同一版本不同。" in found


@pytest.mark.parametrize("part", range(24))
def test_no_changed_byte_goes_unseen(part: int) -> None:
    bundle = bytearray(example_bundle())
    place = len(bundle) - 1 - part if part < 12 else part * len(bundle) // 24 - 7
    bundle[place] ^= 1
    try:
        found = check_bundle(bytes(bundle))
    except NotABundleError:
        return
    assert found


@pytest.mark.parametrize("content", [b"", b"PK", b"a text", seal({"a.txt": b""}), seal({"../../a": b""})])
def test_what_is_no_bundle_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(NotABundleError, match="这个文件不是复算材料包"):
        check_bundle(content)


def test_the_comparison_with_an_earlier_year_follows_from_the_bundle_too() -> None:
    survey = example()
    richer = survey.judged.resources.assign(equipment_value=survey.judged.resources["equipment_value"] * 2)
    judged = survey.judged._replace(earlier_resources=richer, earlier_county=survey.judged.county)
    judgement = as_json(judge_tables(STANDARD, judged, read_surveyed(survey.published["recognition"]), as_of=2025))
    assert judgement["years"]
    bundle = survey._replace(judged=judged, published=survey.published | {"judgement": judgement}).bundle()
    assert check_bundle(bundle) == []


def test_a_survey_without_any_form_has_evidence_too() -> None:
    empty = example(share=0.0)
    assert json.loads(empty.texts()["round.json"])["round"] == "2025-1"
    assert check_bundle(empty.bundle()) == []


def test_a_survey_whose_papers_count_their_own_way_follows_from_its_bundle() -> None:
    survey = counted_by_papers()
    assert check_bundle(survey.bundle()) == []
    choices = {choice["name"]: choice["rate"] for choice in survey.published["recognition"]["sensitivity"]}
    assert choices["rule_options"] > survey.published["recognition"]["recognition"]["rate"]

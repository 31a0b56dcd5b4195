"""What leaves a closed round: the bundle by two people, tables for other programs, each noted in the audit."""

import json
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from reports.evidence.bundle_check import check_bundle
from survey_app.closing.round_tables import load_parts
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.core.models import Audit
from survey_app.results.exporting import export_round
from survey_app.results.releasing import release_bundle
from survey_app.rounds.round_rows import find_round
from tests.conftest import copy_store
from tests.program import survey
from tests.test_closing import CLOSES, close, hold

PEOPLE = {"parent": 60, "student": 30, "teacher": 30, "principal": 4, "deputy": 12, "cppcc": 12, "public": 30}
ANSWERS = "54321905432190543"


@pytest.fixture(scope="module")
def closed_file(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Path:
    """A store with a closed round, to be copied."""
    folder = tmp_path_factory.mktemp("closed")
    with copy_store(sqlite_model, folder) as engine:
        hold(engine, PEOPLE, ANSWERS)
        close(engine)
    return folder / "survey.db"


@pytest.fixture
def closed(closed_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """That store, for one test."""
    with copy_store(closed_file, tmp_path / "data") as engine:
        yield engine


def release(engine: Engine, out: Path, *names: str) -> Path:
    with Session(engine) as session, session.begin():
        return release_bundle(session, find_round(session), out, names, actor="test", now=CLOSES)


def export(engine: Engine, out: Path, format_: str = "csv", **how: Any) -> list[Path]:
    with Session(engine) as session, session.begin():
        rng = np.random.default_rng(3)
        return export_round(session, find_round(session), out, format_, actor="test", now=CLOSES, rng=rng, **how)


def noted(engine: Engine, action: str) -> list[dict[str, Any]]:
    with Session(engine) as session:
        return list(session.scalars(select(Audit.detail).where(Audit.action == action).order_by(Audit.id)))


def test_the_bundle_of_a_closed_round_follows_from_itself(engine: Engine, tmp_path: Path) -> None:
    hold(engine, PEOPLE, ANSWERS)
    close(engine)
    path = release(engine, tmp_path, "张三", "李四")
    assert check_bundle(path.read_bytes()) == []
    assert path.stat().st_mode & 0o777 == 0o600
    assert noted(engine, "release") == [
        {"released_by": ["张三", "李四"], "sha256": sha256(path.read_bytes()).hexdigest()}
    ]


def test_the_same_round_gives_the_same_bundle_whenever_it_is_released(closed: Engine, tmp_path: Path) -> None:
    first = release(closed, tmp_path / "a", "张三", "李四").read_bytes()
    assert release(closed, tmp_path / "b", "王五", "李四").read_bytes() == first


def test_closing_notes_the_checksum_of_everything_in_the_bundle(closed: Engine, tmp_path: Path) -> None:
    [publish] = noted(closed, "publish")
    with zipfile.ZipFile(release(closed, tmp_path, "张三", "李四")) as archive:
        for name, noted_sum in publish["sha256"].items():
            assert sha256(archive.read(name)).hexdigest() == noted_sum
    assert {"cells.csv", "frame.csv", "recognition.json", "packs/rules/quality-2024.toml"} <= set(publish["sha256"])


@pytest.mark.parametrize("names", [(), ("张三",), ("张三", "张三"), ("张三", " "), ("张三", "李四", "王五")])
def test_anything_but_two_people_releases_nothing(closed: Engine, tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(SurveyError, match="两个不同的人"):
        release(closed, tmp_path / "out", *names)
    assert not (tmp_path / "out").exists()
    assert noted(closed, "release") == []


def test_what_is_published_does_not_hold_the_evidence(sqlite_engine: Engine) -> None:
    hold(sqlite_engine, {"teacher": 12}, ANSWERS)
    assert "evidence" not in close(sqlite_engine)
    with Session(sqlite_engine) as session:
        published = load_parts(session, find_round(session))
    assert "evidence" not in published
    assert "n_forms" not in json.dumps(published)


def test_nothing_leaves_an_open_round(sqlite_engine: Engine, tmp_path: Path) -> None:
    hold(sqlite_engine, {"teacher": 12}, ANSWERS)
    with pytest.raises(NotFoundError):
        release(sqlite_engine, tmp_path, "张三", "李四")
    with pytest.raises(NotFoundError):
        export(sqlite_engine, tmp_path, forms=True, purpose="研究")
    assert list(tmp_path.glob("*.zip")) == []


def test_forms_are_exported_for_a_purpose_that_is_noted(closed: Engine, tmp_path: Path) -> None:
    with pytest.raises(SurveyError, match="用途"):
        export(closed, tmp_path, forms=True)
    paths = export(closed, tmp_path, forms=True, purpose="教科院研究")
    assert noted(closed, "export") == [{"format": "csv", "forms": True, "purpose": "教科院研究"}]
    forms = pd.read_csv(next(path for path in paths if path.name == "答卷.csv"))
    assert forms.columns[:2].tolist() == ["对象代码", "virtue_1"]
    assert forms["对象代码"].tolist() == ["parent"] * PEOPLE["parent"]


@pytest.mark.usefixtures("closed")
def test_from_the_command_line_the_bundle_is_written_checked_and_refused(tmp_path: Path) -> None:
    assert "两个不同的人" in survey("report", "--part", "bundle", "--out", "out", folder=tmp_path, code=2).stderr
    two = ("--released-by", "张三", "--released-by", "李四")
    written = survey("report", "--part", "bundle", *two, "--out", "out", folder=tmp_path).stdout.strip()
    assert "一致" in survey("verify", written, folder=tmp_path).stdout
    with zipfile.ZipFile(tmp_path / written) as archive:
        told = archive.read("README.txt").decode()
    assert ("由两人共同放行" in told, "在服务器上用命令放行的，由服务器管理者单独执行" in told) == (False, True)
    bundle = tmp_path / written
    bundle.write_bytes(bundle.read_bytes().replace(b"T,", b"U,").replace(b",headline,", b",headlinf,"))
    assert "校验值" in survey("verify", written, folder=tmp_path, code=1).stdout
    assert "不是复算材料包" in survey("verify", "data/survey.db", folder=tmp_path, code=2).stderr
    exported = survey("export", "--format", "xlsx", "--out", "tables", folder=tmp_path).stdout.split()
    assert [Path(file).name for file in exported] == ["数据表.xlsx", "说明.txt"]


def test_the_audit_of_a_closed_round_tries_every_hidden_count_and_says_how_it_ended(
    closed_file: Path, tmp_path: Path
) -> None:
    with copy_store(closed_file, tmp_path / "data"):
        told = json.loads(survey("release-audit", "--json", folder=tmp_path).stdout)
        assert (told["certain"], told["narrow"], told["found"]) == (0, 0, [])
        assert told["tried"] == told["counts"]
        said = survey("release-audit", folder=tmp_path)
    assert f"核查{told['tried']}个" in said.stdout
    assert "已核查" in said.stderr

from hashlib import sha256
from pathlib import Path

import pytest

from analysis.standard.edition import FOLDER as STANDARDS
from questionnaires.frozen import LOCK, find_frozen, frozen_problems, read_lock
from questionnaires.paper import FOLDER as PAPERS
from questionnaires.rule import FOLDER as RULES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.toml").write_text("a = 1\n")
    (tmp_path / LOCK).write_text(f'[packs]\n"a.toml" = ["{digest("a = 1")}"]\n')
    return tmp_path


def digest(text: str) -> str:
    return sha256(f"{text}\n".encode()).hexdigest()


@pytest.mark.parametrize("shipped", [PAPERS, RULES, STANDARDS], ids=lambda path: path.name)
def test_every_pack_that_ships_is_locked_and_unchanged(shipped: Path) -> None:
    assert list(frozen_problems(shipped)) == []
    assert read_lock(shipped)


def test_a_changed_pack_is_named(folder: Path) -> None:
    assert list(frozen_problems(folder)) == []
    (folder / "a.toml").write_text("a = 2\n")
    assert [problem.split(":")[0] for problem in frozen_problems(folder)] == ["a.toml"]


def test_a_corrected_pack_keeps_its_earlier_bytes_beside_it(folder: Path) -> None:
    old = digest("a = 1")
    (folder / "a.toml").write_text("a = 2\n")
    (folder / LOCK).write_text(f'[packs]\n"a.toml" = ["{old}", "{digest("a = 2")}"]\n')
    assert list(frozen_problems(folder)) == [f"a.toml: its earlier bytes {old[:12]} are not in frozen/"]
    (folder / "frozen").mkdir()
    (folder / "frozen" / f"{old}.toml").write_text("a = 1\n")
    assert list(frozen_problems(folder)) == []
    assert find_frozen(folder, old) == folder / "frozen" / f"{old}.toml"
    assert find_frozen(folder, digest("a = 2")) == folder / "a.toml"
    assert find_frozen(folder, digest("a = 3")) is None


def test_a_lock_that_is_gone_is_a_problem(folder: Path) -> None:
    (folder / LOCK).unlink()
    assert len(list(frozen_problems(folder))) == 1

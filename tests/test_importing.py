"""What waits for a decision is cleared away whole, and never in the way of the next import."""

import os
from pathlib import Path

from survey_app.frame.importing import sweep


def leave(folder: Path, *names: str, at: float) -> None:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("x", encoding="utf-8")
        os.utime(folder / name, (at, at))


def test_two_files_left_behind_are_cleared_together_and_newer_ones_stay(tmp_path: Path) -> None:
    leave(tmp_path / "old", "a.xlsx", "b.xlsx", at=100)
    leave(tmp_path / "new", "c.xlsx", "d.xlsx", at=300)
    sweep(tmp_path, before=200)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["c.xlsx", "d.xlsx", "new"]

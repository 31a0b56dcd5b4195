import json
from pathlib import Path

from tests.covered_lines import count_lines, say_lines
from tests.house import PACKAGES


def test_each_package_has_a_line_and_what_no_test_reached_counts_too(tmp_path: Path) -> None:
    report = tmp_path / "coverage.json"
    files = {
        "questionnaires/text.py": {"executed_lines": [1, 3], "missing_lines": [9]},
        "analysis/places.py": {"executed_lines": [], "missing_lines": [1]},
    }
    report.write_text(json.dumps({"files": files}))
    said = say_lines(*count_lines(report)).splitlines()
    assert [line.split()[0] for line in said] == [*PACKAGES, "all"]
    assert said[0].endswith(" 66.7 %")
    assert said[1].endswith("  0.0 %")
    assert said[-1].split()[1:4] == ["2", "of", "4"]

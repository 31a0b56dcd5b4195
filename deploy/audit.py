"""Known holes in what is installed: exit 0 when there are none, 1 with a line each, 3 when nobody could be asked."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PROGRAM = [str(Path(sys.executable).with_name("pip-audit")), "--no-deps", "--disable-pip", "--format", "json"]
FOUND, NOT_ASKED = 1, 3
UNREACHED = "The database of known holes could not be reached, so nothing is known about these packages today."


def main(program: list[str]) -> int:
    """Ask about every package that the requirements name; print what is known."""
    named = [argument for path in sorted(ROOT.glob("requirements*.txt")) for argument in ("-r", str(path))]
    asked = subprocess.run([*program, *named], capture_output=True, text=True, check=False)
    try:
        packages = json.loads(asked.stdout)["dependencies"]
    except ValueError:
        packages = []
    if all("skip_reason" in package for package in packages):
        print(UNREACHED, file=sys.stderr)
        return NOT_ASKED
    holes = list(list_holes(packages))
    print("\n".join(holes) or f"No known holes in {len(packages)} packages.")
    return FOUND if holes else 0


def list_holes(packages: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each hole, with the versions that mend it, and for each package that nobody knew."""
    for package in packages:
        if "skip_reason" in package:
            yield f"{package['name']}: not looked up ({package['skip_reason']})"
        for hole in package.get("vulns", []):
            mended = ", ".join(hole["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {hole['id']}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main(PROGRAM))

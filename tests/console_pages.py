"""Console pages as an administrator sees them: `python -m tests.console_pages FOLDER PATH ...`."""

import sys
from pathlib import Path

from survey_app.core.db import connect
from tests.console import open_console


def main() -> None:
    """Print the pages of the store that a round was taken through in FOLDER."""
    folder, *paths = sys.argv[1:]
    data = Path(folder) / "data"
    with open_console(connect(f"sqlite:///{data / 'survey.db'}"), data) as console:
        for path in paths:
            answer = console.people["admin"].get(path)
            print(answer.status_code, answer.text)


if __name__ == "__main__":
    main()

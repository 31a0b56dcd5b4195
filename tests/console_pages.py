"""Console pages as an administrator sees them: `python -m tests.console_pages FOLDER PATH ...`."""

import sys
from datetime import datetime
from pathlib import Path

from survey_app.core.db import connect
from survey_app.core.settings import BEIJING
from tests.console import open_console


def main() -> None:
    """Print the pages of the store that a round was taken through in FOLDER."""
    folder, *paths = sys.argv[1:]
    data = Path(folder) / "data"
    now = datetime.now(tz=BEIJING).replace(tzinfo=None)
    with open_console(connect(f"sqlite:///{data / 'survey.db'}"), data, now) as console:
        for path in paths:
            answer = console.people["admin"].get(path)
            print(answer.status_code, answer.text)


if __name__ == "__main__":
    main()

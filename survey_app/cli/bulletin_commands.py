"""`survey bulletin`: today's one-page bulletin."""

from pathlib import Path

import click
from sqlalchemy.orm import Session

from reports.document.word import write_docx
from reports.progress.bulletin import FILE, draw_bulletin
from reports.progress.bulletin import bulletin as draw_up
from survey_app.cli.opened_store import open_store
from survey_app.cli.options import directory, output, round_name
from survey_app.core.db import reading
from survey_app.core.settings import beijing_now
from survey_app.rounds.round_rows import find_round
from survey_app.watching.bulletins import prepare_bulletin
from survey_app.watching.live_counts import Watch


@click.command("bulletin")
@directory
@round_name
@output
def bulletin(folder: Path, round_name: str | None, out: Path) -> None:
    """写出当天的进度通报（第N期）：Word 和发到群里的图片；只有数量。"""
    _, engine = open_store(folder)
    with Session(engine) as session:
        round_ = find_round(session, round_name)
        seen = Watch(reading(engine)).look(round_, beijing_now())
        facts, counts = prepare_bulletin(round_, seen, seen.rows)
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / f"{FILE.format(number=facts.number)}.{kind}" for kind in ("docx", "png")]
    write_docx(draw_up(facts, counts), paths[0])
    paths[1].write_bytes(draw_bulletin(facts, counts))
    for path in paths:
        click.echo(str(path))

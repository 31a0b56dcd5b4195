"""`survey boxes`: a list of the boxes so far, to be kept elsewhere, and whether all of one are still there."""

import sys
from pathlib import Path

import click
from sqlalchemy.orm import Session

from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import directory, round_name
from survey_app.closing.box_lists import BoxList, check_box_list, list_boxes, read_box_list
from survey_app.core.errors import SurveyError
from survey_app.core.models import Round
from survey_app.core.settings import beijing_now
from survey_app.rounds.round_rows import find_round


@click.command("boxes")
@directory
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="把清单写到这个文件；不覆盖已有的文件。")
@click.option("--check", type=click.Path(path_type=Path, dir_okay=False), help="核对以前的清单：上面的答卷是否都还在。")
@click.option("--sum", "printed_sum", metavar="校验值", help="同时核对打印或发出去的清单校验值。")
@round_name
def boxes(folder: Path, out: Path | None, check: Path | None, printed_sum: str | None, round_name: str | None) -> None:
    """加密封存的答卷清单：每小时写一份存到别处或发出去，以后少了哪一份都查得出。"""
    if out and check:
        raise SurveyError(say_command("boxes_one"))
    if printed_sum is not None and not check:
        raise SurveyError(say_command("boxes_no_check"))
    known = read_box_list(check) if check else None
    with transaction(folder) as session:
        if known:
            sys.exit(_check(session, find_round(session, round_name or known.round), known, printed_sum))
        found = list_boxes(session, find_round(session, round_name), beijing_now())
    if out:
        _write(found, out)
    click.echo(say_command("boxes_listed", title=found.title.removeprefix("# "), sum=found.sum))


def _write(found: BoxList, out: Path) -> None:
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(found.text)
    except FileExistsError:
        raise SurveyError(say_command("boxes_there", path=out)) from None
    except OSError as error:
        raise SurveyError(say_command("boxes_unwritten", path=out, why=error.strerror)) from None


def _check(session: Session, round_: Round, known: BoxList, printed_sum: str | None) -> int:
    problems = list(check_box_list(session, round_, known, printed_sum))
    for line in problems or [say_command("boxes_whole", boxes=len(known.numbers), sum=known.sum)]:
        click.echo(line)
    return 1 if problems else 0

"""`survey proof`: files that prove what is said, what is still lacking, and the package for the review on documents."""

from pathlib import Path

import click

from analysis.standard import list_standards, load_standard
from questionnaires.school_year import SchoolYear
from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import directory, existing, school_year
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import SurveyError
from survey_app.core.settings import beijing_now
from survey_app.problems.proof_files import PROOF_WORDS, drop_proof, list_proofs, read_about, store_proof
from survey_app.results.review_package import find_facts, gather_review, pack_review
from survey_app.rounds.round_words import name_actor

year_option = click.option("--year", type=school_year, required=True, help=say_command("proof_year"))
STANDARDS = click.Choice(list_standards())


@click.group("proof")
def proof() -> None:
    """佐证材料：收下、列出、撤下，尚缺什么，集中汇审的包。"""


@proof.command("add")
@click.argument("file", type=existing)
@directory
@year_option
@click.option("--indicator", default="", help=say_command("problem_indicator"))
@click.option("--school", default="", help=say_command("proof_school"))
@click.option("--problem", type=click.IntRange(min=1), default=None, help=say_command("proof_problem"))
def add(file: Path, folder: Path, year: SchoolYear, indicator: str, school: str, problem: int | None) -> None:
    """收下一个文件（PDF、图片、docx、xlsx、pptx），写明是关于哪个指标、学校或问题的。"""
    with transaction(folder) as session:
        about = read_about(session, year, indicator=indicator, school=school, problem=problem)
        kept = store_proof(session, about, file.name, file.read_bytes(), actor=SERVER_OWNER, now=beijing_now())
        click.echo(PROOF_WORDS.kept.format(number=kept.id, name=kept.name, sum=kept.sum))


@proof.command("list")
@directory
@year_option
def list_(folder: Path, year: SchoolYear) -> None:
    """列出一个学年的佐证材料，带校验值。"""
    with transaction(folder) as session:
        lines = [
            PROOF_WORDS.line.format(
                number=row.id, about=PROOF_WORDS.abouts[row.about].format(key=row.key), name=row.name,
                size=-(-row.size // 1024), sum=row.sum,
                made_by=name_actor(row.made_by), made_at=f"{row.made_at:%Y-%m-%d %H:%M}",
            )
            for row in list_proofs(session, year)
        ]  # fmt: skip
    for line in lines or [PROOF_WORDS.none]:
        click.echo(line)


@proof.command("remove")
@click.argument("number", type=click.IntRange(min=1))
@directory
def remove(number: int, folder: Path) -> None:
    """撤下一个文件；操作记录里留下它的名称和校验值。"""
    with transaction(folder) as session:
        drop_proof(session, number, actor=SERVER_OWNER, now=beijing_now())
    click.echo(PROOF_WORDS.dropped.format(number=number))


@proof.command("package")
@directory
@year_option
@click.option("--standard", type=STANDARDS, required=True, help=say_command("sheets_standard"))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help=say_command("proof_out"))
def package(folder: Path, year: SchoolYear, standard: str, out: Path) -> None:
    """列出各项指标尚缺什么，并把目录、文件和校验值打成一个包。"""
    chosen = load_standard(standard)
    with transaction(folder) as session:
        review = gather_review(session, chosen, year)
        content = pack_review(session, review, year, find_facts(session, chosen, year, beijing_now().date()))
        files = len(review.proofs)
    try:
        out.write_bytes(content)
    except OSError:
        raise SurveyError(say_command("not_written", name=out.name)) from None
    for need in review.needs:
        if not need.is_whole:
            click.echo(
                PROOF_WORDS.need.format(indicator=need.indicator, title=need.title, verdict=need.said, need=need.need)
            )
    click.echo(PROOF_WORDS.packed.format(file=out, files=files, lacking=review.lacking))

"""`survey release-audit`: what an attacker could still learn from all that a closed round publishes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec import Struct, convert, to_builtins

from analysis.release.auditing import AuditReport, Tell
from questionnaires.pack import read_toml
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import as_json, directory, echo_json, round_name
from survey_app.results.release_audit import audit_round
from survey_app.rounds.round_rows import find_round


class _Words(Struct, frozen=True, kw_only=True):
    help: str
    sample: str
    seed: str
    done: str
    found: str
    refusals: str


WORDS = convert(read_toml(Path(__file__).with_name("release_audit.toml")), _Words)


@click.command("release-audit", help=WORDS.help)
@directory
@round_name
@click.option("--sample", type=click.IntRange(min=0), default=0, show_default=True, help=WORDS.sample)
@click.option("--seed", type=int, default=1, show_default=True, help=WORDS.seed)
@as_json
def release_audit(folder: Path, round_name: str | None, sample: int, seed: int, as_json: bool) -> None:
    """Attack a release; status 1 where a count is certain or narrow, refusals among them."""
    with transaction(folder) as session, _share_done() as tell:
        found = audit_round(session, find_round(session, round_name), sample=sample, seed=seed, tell=tell)
    if as_json:
        echo_json(to_builtins(found))
    else:
        click.echo(_say(found))
        click.echo(WORDS.refusals.format(units=len(found.refusals)))
    sys.exit(0 if found.holds else 1)


@contextmanager
def _share_done() -> Iterator[Tell]:
    """A bar with the share of counts that are done, on the terminal alone."""
    with click.progressbar(length=1, label=WORDS.done, show_percent=True, file=sys.stderr) as bar:

        def tell(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield tell


def _say(found: AuditReport) -> str:
    narrowest = "—" if found.narrowest is None else f"{100 * found.narrowest:.1f}"
    return WORDS.found.format(
        counts=found.counts,
        tried=found.tried,
        certain=found.certain,
        narrow=found.narrow,
        narrowest=narrowest,
        programs=found.programs,
        seconds=found.seconds,
    )

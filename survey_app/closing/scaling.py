"""Counting forms in parts, here or on the machines of a Dask scheduler: the tally is a sum over parts."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from analysis.cells.tallying import SUMS, add_cells, joint_items, tally, valid_forms
from analysis.many_rows import count_owners, take_rows
from analysis.places import place_forms
from analysis.weights import weigh_places
from questionnaires.paper import Paper
from questionnaires.rule import Rule, count_by_papers
from reports.evidence.bundle import JOINED, read_joined_note
from reports.evidence.evidence_texts import read_table
from survey_app.closing.closing_minute import EVIDENCE
from survey_app.closing.round_tables import Keys, load_forms
from survey_app.core.db import connect, reading
from survey_app.core.errors import ConflictError, Fact, NotFoundError, SurveyError
from survey_app.core.models import Published, Round

NO_DASK = Fact("dask_missing", "分到几台机器上计算需要 Dask，这里没有安装。")
KEY = ["measure", "group", "place"]
WHOLE = ["n_forms", "n"]
CLOSE = 1e-9  # sums of quotients differ in the last digits when they are added in another order
PATIENCE = 30  # seconds to find a scheduler


@dataclass(frozen=True)
class StoredPart:
    """The forms of a round whose random keys lie in a range."""

    url: str
    round_id: int
    keys: Keys

    def read(self) -> pd.DataFrame:
        """The forms, from whichever machine this runs on."""
        engine = reading(connect(self.url))
        try:
            with Session(engine) as session:
                return load_forms(session, session.get_one(Round, self.round_id), self.keys)
        finally:
            engine.dispose()


@dataclass(frozen=True)
class FilePart:
    """The forms of one Parquet file: group, unit, class (or place) and the items."""

    path: str

    def read(self) -> pd.DataFrame:
        """The forms, from a folder that every worker sees under the same name."""
        return pd.read_parquet(self.path)


Part = StoredPart | FilePart


class Counting(NamedTuple):
    """How forms are counted: where they may come from, by which paper and rule."""

    places: pd.DataFrame
    paper: Paper
    rule: Rule


class Counts(NamedTuple):
    """Forms of a part: how many came, and how many valid ones by (group, place)."""

    received: int
    valid: "Counter[tuple[str, str]]"


class Tallied(NamedTuple):
    """All parts together."""

    received: int
    valid: int
    cells: pd.DataFrame


Found = TypeVar("Found")


class Runner(Protocol):
    """Does one work on every part."""

    def __call__(
        self, work: Callable[[Part, Counting], Found], parts: Sequence[Part], counting: Counting, /
    ) -> list[Found]:
        """What the work finds in each part, in their order."""


def run_here(work: Callable[[Part, Counting], Found], parts: Sequence[Part], counting: Counting) -> list[Found]:
    """One part after another."""
    return [work(part, counting) for part in parts]


@contextmanager
def run_on(scheduler: str) -> Iterator[Runner]:
    """A runner on a Dask scheduler, whose workers have this program; raises SurveyError without Dask or scheduler."""
    try:
        import distributed
    except ImportError:
        raise SurveyError(NO_DASK) from None
    new_client: Any = distributed.Client  # it publishes types, but none for what it is called with
    try:
        client = new_client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SurveyError(f"连不上 Dask 调度器 {scheduler}：{type(error).__name__}。") from error
    with client:

        def run(work: Callable[[Part, Counting], Found], parts: Sequence[Part], counting: Counting) -> list[Found]:
            shared = client.scatter(counting, broadcast=True, hash=False)
            found: list[Found] = client.gather(client.map(work, parts, counting=shared, pure=False))
            return found

        yield run


def split_round(url: str, round_id: int, parts: int) -> list[StoredPart]:
    """A round's forms in parts of about the same size: keys are random, so equal ranges hold as many.

    >>> [part.keys[0].hex() for part in split_round("", 1, 4)]
    ['00000000', '40000000', '80000000', 'c0000000']
    """
    bounds = [(part * 2**32 // parts).to_bytes(4, "big") for part in range(parts)] + [b"\xff" * 17]
    return [StoredPart(url, round_id, pair) for pair in pairwise(bounds)]


def count_part(part: Part, counting: Counting) -> Counts:
    """The first pass: what weights follow from."""
    forms = _placed(part, counting)
    valid = take_rows(forms, valid_forms(forms, counting.paper, counting.rule))
    return Counts(len(forms), Counter(count_owners(valid)))


def tally_part(part: Part, counting: Counting) -> pd.DataFrame:
    """The second pass: `analysis.cells.tallying.tally` of one part."""
    return tally(_placed(part, counting), counting.paper, counting.rule, counting.places)


def _placed(part: Part, counting: Counting) -> pd.DataFrame:
    forms = part.read()
    return forms if "place" in forms else place_forms(forms, counting.places)


def tally_parts(
    parts: Sequence[Part], places: pd.DataFrame, papers: tuple[Paper, ...], rule: Rule, run: Runner
) -> Tallied:
    """Count the parts, weigh the places, and add the cells of all parts; `places` as `analysis.places.partition`."""
    paper = joint_items(papers)
    rule = count_by_papers(rule, papers)
    counted = run(count_part, parts, Counting(places, paper, rule))
    valid = sum((tallied.valid for tallied in counted), Counter[tuple[str, str]]())
    drawn = weigh_places(places, valid, rule)
    cells = add_cells(*run(tally_part, parts, Counting(drawn, paper, rule)))
    return Tallied(sum(tallied.received for tallied in counted), valid.total(), cells)


class ClosedEvidence(NamedTuple):
    """What a closed round kept: its places, its cells, and how many forms came."""

    places: pd.DataFrame
    cells: pd.DataFrame
    received: int


def load_evidence(session: Session, round_: Round) -> ClosedEvidence:
    """The evidence of a closed round; raises NotFoundError where there is none, ConflictError where it was joined."""
    evidence = session.get(Published, (round_.id, EVIDENCE))
    if evidence is None:
        raise NotFoundError(f"调查批次 {round_.name} 还没有结束，或者结束时没有留存证据，不能重新计数。")
    texts: Mapping[str, str] = evidence.content
    if JOINED in texts:
        raise ConflictError(read_joined_note().strip())
    places, cells, groups = (read_table(texts[f"{name}.csv"]) for name in ("frame", "cells", "groups"))
    return ClosedEvidence(places, cells, int(groups["received"].sum()))


def compare_cells(before: pd.DataFrame, found: pd.DataFrame) -> list[str]:
    """What differs between the cells that were kept at close and those counted again, a sentence each."""
    both = [table.groupby(KEY, observed=True)[SUMS].sum() for table in (before, found)]
    kept, again = both[0].align(both[1], fill_value=0)
    close = np.isclose(kept.to_numpy(float), again.to_numpy(float), rtol=CLOSE, atol=CLOSE).all(axis=1)
    same = close & (kept[WHOLE].to_numpy() == again[WHOLE].to_numpy()).all(axis=1)
    return [f"{'/'.join(key)}：结束时与重新计数的不同。" for key in kept.index[~same]]


def list_files(folder: Path) -> list[FilePart]:
    """The Parquet files of a folder, a part each; raises NotFoundError where there is none."""
    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise NotFoundError(f"{folder} 里没有 Parquet 文件。")
    return [FilePart(str(file)) for file in files]

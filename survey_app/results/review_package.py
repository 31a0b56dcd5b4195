"""The package for the review on documents (集中汇审): files, index, hashes, and what each indicator still needs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from analysis.indicators.computed_figures import compute_county
from analysis.indicators.reported import table_rows
from analysis.indicators.sections import TableError
from analysis.results import as_json
from analysis.standard import Standard
from analysis.verdict import CountyTables, Judgement
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import Verdict
from reports.evidence.bundle import seal
from reports.evidence.evidence_texts import write_json
from reports.packages.review_index import IndexedFile, IndexFacts, ProofNeed, load_review_words, render_index
from reports.setting.filing import name_files
from survey_app.core.errors import SurveyError
from survey_app.core.models import ProofFile
from survey_app.problems.proof_files import list_proofs
from survey_app.results.county_check import judge_stored, load_county_tables
from survey_app.results.register_letters import find_writer
from survey_app.rounds.round_words import name_actor


class Review(NamedTuple):
    """A school year's files with what each indicator still needs."""

    judgement: Judgement
    needs: tuple[ProofNeed, ...]
    proofs: list[ProofFile]

    @property
    def lacking(self) -> int:
        """How many indicators still need something."""
        return sum(not need.is_whole for need in self.needs)


def gather_review(session: Session, standard: Standard, year: SchoolYear) -> Review:
    """What there is and what is lacking; raises SurveyError where the data of the year are lacking or do not fit."""
    try:
        judgement = judge_stored(session, standard, year)
    except TableError as error:
        raise SurveyError(*error.problems) from error
    tables = load_county_tables(session, year)
    proofs = list_proofs(session, year)
    attached = Counter(standard.whole(proof.key) for proof in proofs if proof.about == "indicator")
    return Review(judgement, tuple(_list_needs(judgement, standard, tables, attached)), proofs)


def _list_needs(
    judgement: Judgement, standard: Standard, tables: CountyTables, attached: Counter[str]
) -> Iterator[ProofNeed]:
    until = judgement.provenance.as_of
    rows = table_rows(compute_county(tables, until=until))
    computed = {row["indicator"] for row in rows if row.get("formula")}
    words = load_review_words()
    found = {veto.id: veto.reason.removeprefix(f"{veto.title}：") for veto in judgement.vetoes}
    for key, verdict in _verdicts(judgement):
        entry = standard.entries.get(key)
        from_rows = (
            key in computed
            or (
                entry is not None
                and all(
                    need.reads != "county" or computed & {*(need.ids or (key,))} for need in entry.requires.values()
                )
            )
            or key in standard.of("resources")
        )
        wanted = [
            *([words.no_verdict] if verdict == Verdict.UNDETERMINED else []),
            *([words.no_document] if not from_rows and not attached[key] else []),
        ]
        yield ProofNeed(
            indicator=key,
            title=entry.title if entry else _condition_title(standard, key),
            verdict=verdict,
            said=found.get(key, verdict.zh),
            from_rows=from_rows,
            files=attached[key],
            need="；".join(wanted),
        )


def _verdicts(judgement: Judgement) -> Iterator[tuple[str, Verdict]]:
    dimensions = judgement.dimensions
    for key, stages in dimensions.resources.indicators.items():
        found = [stage.verdict for stage in stages.values()]
        failed = Verdict.NOT_MET in found
        open_ = Verdict.UNDETERMINED in found
        yield key, Verdict.NOT_MET if failed else Verdict.UNDETERMINED if open_ else Verdict.MET
    for name in ("guarantee", "quality"):
        for key, indicator in dimensions.indicators(name).items():
            yield key, indicator.verdict
    yield "S1", dimensions.recognition.verdict
    for condition in (*judgement.preconditions, *judgement.vetoes):
        yield condition.id, condition.verdict


def _condition_title(standard: Standard, key: str) -> str:
    return {**standard.preconditions, **standard.vetoes}[key].title


def pack_review(session: Session, review: Review, year: SchoolYear, facts: IndexFacts) -> bytes:
    """The archive: index, SHA256SUMS.txt, the judgement, and the files in a folder for each thing they are about."""
    words = load_review_words()
    folders = [f"{words.folders[proof.about]}/{_folder(proof)}" for proof in review.proofs]
    paths = [f"{folder}/{name}" for folder, name in zip(folders, _names(review.proofs), strict=True)]
    indexed = [
        IndexedFile(
            about=words.abouts[proof.about].format(key=proof.key), path=path, size=proof.size, sum=proof.sum,
            made_by=name_actor(proof.made_by), day=proof.made_at.date(),
        )
        for proof, path in zip(review.proofs, paths, strict=True)
    ]  # fmt: skip
    members = {path: proof.content for path, proof in zip(paths, review.proofs, strict=True)}
    sums = "".join(f"{proof.sum}  {path}\n" for proof, path in zip(review.proofs, paths, strict=True))
    return seal(
        {
            words.index: render_index(facts, review.needs, indexed),
            "SHA256SUMS.txt": sums.encode(),
            "judgement.json": write_json(as_json(review.judgement)).encode(),
            **members,
        }
    )


def _folder(proof: ProofFile) -> str:
    return name_files([proof.key])[0]


def _names(proofs: Sequence[ProofFile]) -> list[str]:
    """Names that no two files in a folder share: the number stands before each."""
    return [f"{proof.id}-{proof.name}" for proof in proofs]


def find_facts(session: Session, standard: Standard, year: SchoolYear, today: date) -> IndexFacts:
    """Who writes the index, of which year and standard."""
    writer = find_writer(session, today)
    return IndexFacts(
        county=writer.county,
        organiser=writer.organiser,
        day=writer.day,
        mark=writer.mark,
        school_year=str(year),
        standard=standard.title,
    )

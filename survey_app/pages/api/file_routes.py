"""Files: the console's own handlers once more, at the same address behind /api/files and with the same rights."""

from pathlib import Path

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from survey_app.pages.console import (
    account_pages,
    audit_pages,
    bulletin_pages,
    calendar_pages,
    county_package_pages,
    data_pages,
    import_pages,
    job_pages,
    paper_form_pages,
    problem_letter_pages,
    proof_pages,
    result_pages,
    revisit_pages,
    sample_pages,
    voice_pages,
    watch_pages,
)

ROOM = "/files"
ANY_KIND = "*/*"
"""How the document tells that a file says itself of which kind it is."""
GIVING = (
    watch_pages.download,
    bulletin_pages.download,
    paper_form_pages.take,
    result_pages.minute,
    account_pages.template,
    account_pages.letter,
    import_pages.template,
    revisit_pages.sheet,
    data_pages.export,
    sample_pages.record,
    calendar_pages.sheet,
    calendar_pages.papers,
    problem_letter_pages.letters,
    proof_pages.fetch,
    proof_pages.package,
    audit_pages.export,
    voice_pages.play,
    job_pages.take,
    county_package_pages.pack,
)


class FileWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each file is called, by the address that the console has it at; `more` where there is more to say."""

    any: str
    titles: dict[str, str]
    more: dict[str, str]


WORDS = msgspec.toml.decode((Path(__file__).parents[2] / "templates" / "api_files.toml").read_bytes(), type=FileWords)


def _give_again(handler: HTTPRouteHandler) -> HTTPRouteHandler:
    """The same handler for programs; what it does, whom it asks and what it notes is the console's."""
    [path] = handler.paths
    route = post if "POST" in handler.http_methods else get
    return route(
        f"{ROOM}{path}",
        sync_to_thread=True,
        status_code=200,
        media_type=ANY_KIND,
        summary=WORDS.titles[path],
        description=WORDS.any + WORDS.more.get(path, ""),
    )(handler.fn)


HANDLERS = [_give_again(handler) for handler in GIVING]

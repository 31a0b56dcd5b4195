"""核对修改稿: an edited document is given back, and the page says what in it is not what was published."""

from litestar import post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import MultipartBody
from pydantic import ConfigDict

from reports.edited.edited_reading import LARGEST
from reports.edited.edited_words import load_edited_words
from survey_app.closing.round_tables import load_published
from survey_app.core.errors import SurveyError
from survey_app.pages.console.console_forms import OfRound
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.result_pages import draw_downloads
from survey_app.results.edited_files import check_edited_file
from survey_app.rounds.round_rows import find_round

LARGEST_UPLOAD = 2 * LARGEST  # a larger one than is read, to be refused in a sentence


class EditedFileForm(OfRound):
    """An edited document of a round."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    file: list[UploadFile] = []  # noqa: RUF012 - pydantic copies it for each form

    def read(self) -> UploadFile:
        """The file that was chosen; raises SurveyError where none was."""
        chosen = [file for file in self.file if file.filename]
        if not chosen:
            raise SurveyError(load_edited_words().refusals.none)
        return chosen[0]


@post(
    "/results/check",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
    again=draw_downloads,
)
def check(console: NamedDependency[ConsoleRequest], data: MultipartBody[EditedFileForm]) -> Page:
    """What was found in the file, a sentence each; the file is not kept."""
    file = data.read()
    with console.reading() as session:
        round_ = find_round(session, data.round or None)
        found = check_edited_file(file.file.read(), round_, load_published(session, round_))
        return console.page(
            "edited",
            round=round_,
            invented=round_.invented,
            file=file.filename,
            problems=found,
            nothing=load_edited_words().nothing,
        )


HANDLERS = [check]

"""The county's package to save, and a package of any county computed again in the console."""

from litestar import post
from litestar.di import NamedDependency
from litestar.params import MultipartBody, URLEncodedBody

from analysis.indicators.sections import TableError
from analysis.standard import load_standard
from questionnaires.school_year import SchoolYear
from reports.packages.county_package import NotAPackageError, read_package
from reports.packages.package_check import check_package, say_earlier
from reports.packages.package_words import load_package_words
from survey_app.core.audit import record
from survey_app.core.errors import SurveyError
from survey_app.pages.console.console_forms import Line
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.judgement_pages import AskedJudgement, draw_judgements
from survey_app.pages.console.problem_letter_pages import ZIP
from survey_app.pages.console.proof_pages import ChosenFile
from survey_app.results.packing_county import PackageRequest, pack_county

LARGEST_UPLOAD = 32 * 1024 * 1024


class AskedPackage(AskedJudgement):
    """The judgement to pack, and the county's code where the standard does not name it."""

    county: Line = ""


@post("/judgements/package", sync_to_thread=True, status_code=200, again=draw_judgements)
def pack(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[AskedPackage]) -> Page:
    """The judgement of a year with its tables and the register's counts, signed."""
    with console.writing() as session:
        year = SchoolYear.parse(data.find_year(session))
        asked = PackageRequest(year=year, as_of=data.as_of or year.first, county=data.county, today=console.now.date())
        try:
            content = pack_county(session, load_standard(data.standard), asked, console.deps.settings.folder)
        except TableError as error:
            raise SurveyError(*error.problems) from error
        record(session, console.person.name, "download", "county_package", at=console.now, year=str(year))
    return console.download(f"{load_package_words().file} {year}.zip", content, ZIP)


@post(
    "/judgements/verify",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
    again=draw_judgements,
)
def verify(console: NamedDependency[ConsoleRequest], data: MultipartBody[ChosenFile]) -> Page:
    """What is wrong with a package, or that it is the same when computed again; the file is not kept."""
    words = load_package_words()
    file = data.choose()
    try:
        package = read_package(file.filename, file.file.read())
    except NotAPackageError as error:
        raise SurveyError(str(error)) from None
    return console.page(
        "package_checked",
        file=file.filename,
        record=package.record,
        problems=check_package(package),
        earlier=say_earlier(package),
        same=words.same.format(key=package.key),
    )


HANDLERS = [pack, verify]

"""What to answer and to log when something went wrong."""

from litestar.exceptions import HTTPException
from prometheus_client import Counter
from sqlalchemy.exc import DataError, DBAPIError

from survey_app.core.errors import StorageError, SurveyError
from survey_app.core.logs import describe_error, get_logger

log = get_logger(__name__)
failures = Counter("survey_failures", "What went wrong since this process began, by event.", ["event"], registry=None)


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    match error:
        case HTTPException():
            return error.status_code
        case SurveyError():
            return error.status
        case DataError():  # a value that the database cannot hold, such as a NUL in a text
            return SurveyError.status
        case DBAPIError():
            return StorageError.status
    return 500


def log_failure(event: str, error: Exception) -> None:
    """What failed and where; never a value, which could be a code or an answer."""
    failures.labels(event).inc()
    log.error(event, **describe_error(error))

"""What to answer and to log when something went wrong."""

from traceback import extract_tb

import structlog
from litestar.exceptions import HTTPException
from sqlalchemy.exc import DBAPIError

from survey_app.errors import StorageError, SurveyError

log = structlog.get_logger()


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    match error:
        case HTTPException():
            return error.status_code
        case SurveyError():
            return error.status
        case DBAPIError():
            return StorageError.status
    return 500


def log_failure(event: str, error: Exception) -> None:
    """What failed and where; never a value, which could be a code or an answer."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
    log.error(event, error=type(error).__name__, places=places[-5:])

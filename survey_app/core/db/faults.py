"""What keeps a store from being opened, read or written, in a sentence that never quotes the driver.

What a driver says may hold a piece of the URL, and so of a password: only its kind is taken from it.
"""

import re
import sqlite3

from psycopg.pq import Conninfo
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from survey_app.core.database_words import load_database_words, say_database
from survey_app.core.errors import SurveyError

UNRESOLVED = re.compile("resolve host|translate host name")
REACHED = re.compile("connection to server (at|on socket) ")
REFUSALS = {
    "refused_user": re.compile('authentication failed|no password supplied|no pg_hba|role ".*" does not exist'),
    "no_database": re.compile('database ".*" does not exist'),
    "crowded": re.compile("too many (clients|connections)|connection slots"),
    "busy_starting": re.compile("the database system is "),
}
"""What a server says that lets nobody in: no SQLSTATE comes with it."""
PLACES = {"host", "hostaddr", "port", "user", "password", "dbname"}
"""Options that a driver also names where nothing is wrong with their values."""


def check_options(address: URL) -> None:
    """Raise SurveyError for an option of a PostgreSQL URL that nobody knows, by its name alone."""
    known = {option.keyword.decode() for option in Conninfo.get_defaults()} | {"prepare_threshold"}
    for option in address.query:
        if option not in known:
            raise SurveyError(say_database("unknown_option", option=option))
    if address.query.get("prepare_threshold", "none") != "none":
        raise SurveyError(say_database("wrong_option", option="prepare_threshold"))


def say_fault(error: DBAPIError, url: str) -> str:
    """What is wrong with the store at this URL and what to do; "" for an error of our own programming.

    An SQL statement that is wrong, a table that lacks and a constraint that does not hold are our own.
    """
    address = make_url(url)
    words = load_database_words()
    if isinstance(error.orig, sqlite3.Error):
        name = getattr(error.orig, "sqlite_errorname", None) or "SQLITE_"
        return str(words["sqlite"].get(name.split("_")[1], "")).format(file=address.database)
    if state := getattr(error.orig, "sqlstate", None):
        sentence = words["postgresql"].get(state) or words["postgresql"].get(state[:2], "")
        return str(sentence).format(place=_name_place(address), state=state)
    return _say_connection(address, str(error.orig), is_lost=isinstance(error, OperationalError))


def _say_connection(address: URL, said: str, *, is_lost: bool) -> str:
    """The sentence for a connection that was not made or is lost; other words of a driver are about our own code."""
    named = [option for option in address.query if option not in PLACES and re.search(rf"\b{option}\b", said)]
    if named:
        return say_database("wrong_option", option="、".join(named))
    if not is_lost:
        return ""
    if UNRESOLVED.search(said):
        return say_database("unresolved")
    kinds = (kind for kind, refusal in REFUSALS.items() if refusal.search(said))
    place = _name_place(address) if REACHED.search(said) else ""
    return say_database(next(kinds, "unreachable"), place=place)


def _name_place(address: URL) -> str:
    """Where the database is; asked only where the host was found, so that it is no piece of a password."""
    facts = {"host": address.host or address.query.get("host"), "port": address.port or address.query.get("port")}
    facts["database"] = address.database
    named = [
        say_database(f"place_{fact}", **{fact: value}) for fact, value in facts.items() if isinstance(value, str | int)
    ]
    return say_database("place", facts="，".join(named)) if named else ""

"""What can go wrong for a person, with the HTTP status and a sentence they can act on."""

from collections.abc import Callable, Iterable, Mapping
from typing import Self, TypeVar

from questionnaires.bad_input import BadInputError

T = TypeVar("T")


class Fact(str):
    """What is wrong, where the way out depends on who asks: by its name each edge adds what its own user can do."""

    name: str

    def __new__(cls, name: str, sentence: str) -> Self:
        """The sentence, under the name that `advise` looks up."""
        fact = super().__new__(cls, sentence)
        fact.name = name
        return fact


def advise(problems: Iterable[str], advice: Mapping[str, str]) -> tuple[str, ...]:
    """The problems, each fact followed by what this edge advises its users.

    >>> advise([Fact("full", "满了。"), "错了。"], {"full": "请换一个。"})
    ('满了。请换一个。', '错了。')
    """
    return tuple(problem + advice.get(getattr(problem, "name", ""), "") for problem in problems)


class SurveyError(BadInputError):
    """Something the person in front can mend; `problems` are Chinese sentences, one a line."""

    status = 400

    def __init__(self, *problems: str):
        self.problems = problems
        super().__init__("\n".join(problems))


class Faults:
    """What is wrong with several things that are read one after the other, told at once.

    >>> faults = Faults()
    >>> faults.read(lambda: 1)
    1
    >>> faults.raise_all()
    """

    def __init__(self) -> None:
        self._problems: list[str] = []

    def read(self, read: Callable[[], T]) -> T | None:
        """What was read; None where it was refused, which `raise_all` tells."""
        try:
            return read()
        except SurveyError as error:
            self._problems += error.problems
            return None

    def raise_all(self) -> None:
        """Raise SurveyError with every problem, if there is any."""
        if self._problems:
            raise SurveyError(*self._problems)


class NotFoundError(SurveyError):
    """What was named is not there."""

    status = 404


class ConflictError(SurveyError):
    """The state does not allow it."""

    status = 409


class AlreadyIssuedError(ConflictError):
    """Everyone asked for has codes."""

    def __init__(self, unit: str | None):
        super().__init__(Fact("already_issued", "这些单位都已经发过码。"))
        self.unit = unit


class StorageError(SurveyError):
    """The store could not be written just now; trying again is safe."""

    status = 503

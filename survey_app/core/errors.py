"""What can go wrong for a person, with the HTTP status and a sentence they can act on."""

from questionnaires.bad_input import BadInputError


class SurveyError(BadInputError):
    """Something the person in front can mend; `problems` are Chinese sentences, one a line."""

    status = 400

    def __init__(self, *problems: str):
        self.problems = problems
        super().__init__("\n".join(problems))


class NotFoundError(SurveyError):
    """What was named is not there."""

    status = 404


class ConflictError(SurveyError):
    """The state does not allow it."""

    status = 409


class AlreadyIssuedError(ConflictError):
    """Everyone asked for has codes; what to do about it each edge says to its own user."""

    def __init__(self, unit: str | None):
        super().__init__("这些单位都已经发过码。")
        self.unit = unit


class StorageError(SurveyError):
    """The store could not be written just now; trying again is safe."""

    status = 503

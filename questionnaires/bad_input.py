"""What every program here calls bad input: something that whoever gave it can mend."""


class BadInputError(Exception):
    """Its arguments are sentences, one a problem; a command ends with them and no traceback."""

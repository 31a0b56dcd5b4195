"""The page's script and style sheet as they travel: without what only people read, which is a sixth of a first view."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import count
from string import ascii_letters

_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<text>'(?:\\.|[^'\\])*'|(?<=\()/(?:\\.|[^/\\])+/)|"""
    r"""(?P<name>(?<![\w$.])[A-Za-z_$][\w$]*)|(?P<space>\s+)|(?P<other>\.[\w$]+|\d[\w.]*|.)""",
    re.DOTALL,
)
_DECLARED = re.compile(r"\bfunction (\w+)|\bfunction \w*\(([\w, ]+)\)|\bcatch \((\w+)\)")
_VARIABLES = re.compile(r"\bvar ((?:[^\n]|,\n)*)")
_VARIABLE = re.compile(r"(?:^|, )(\w+)(?= =|,|$)")
_WORD = re.compile(r"[\w$]")


def shorten_script(source: str) -> str:
    """A script of ours with its own names shortened and without comments and indentation; it does the same.

    Our scripts are written so that this is safe: strings in single quotes, a regular expression only right after a
    parenthesis, an object's key right before its colon and a ternary's colon after a space, a line for a statement.

    >>> shorten_script("(function () {\\n  // why\\n  var page = find('page')\\n  page.kind = { page: page }\\n})()")
    "(function(){\\nvar a=find('page')\\na.kind={page:a}\\n})()"
    """
    short = _shorten_names(source)
    pieces: list[str] = []
    for token in _TOKEN.finditer(source):
        text = token.group()
        if token.lastgroup == "comment":
            continue
        if token.lastgroup == "space":
            text = _shorten_space(text, pieces[-1] if pieces else "\n", source[token.end() : token.end() + 1])
        elif token.lastgroup == "name" and source[token.end() : token.end() + 1] != ":":
            text = short.get(text, text)
        pieces.append(text)
    return re.sub(r"\n{2,}", "\n", "".join(pieces)).strip()


def shorten_style(source: str) -> str:
    """A style sheet of ours, a rule a line, without the ends of its lines.

    >>> shorten_style("a{color:red}\\nb{color:blue}\\n")
    'a{color:red}b{color:blue}'
    """
    return source.replace("\n", "")


def _shorten_space(space: str, before: str, after: str) -> str:
    """A line's end stays, for it ends a statement; a space stays between two words."""
    if "\n" in space:
        return "\n"
    return " " if _WORD.match(before[-1:]) and _WORD.match(after) else ""


def _shorten_names(source: str) -> dict[str, str]:
    """The names that a script declares itself, each with a short one, the shortest for the most used."""
    declared = set(_list_declared(source))
    used = Counter(re.findall(r"(?<![\w$.])[A-Za-z_$][\w$]*", source))
    fresh = (name for name in _list_short_names() if name not in used)
    return {name: next(fresh) for name, _ in used.most_common() if name in declared}


def _list_declared(source: str) -> Iterator[str]:
    for named, parameters, caught in _DECLARED.findall(source):
        yield from filter(None, [named, *parameters.split(", "), caught])
    for parameters in re.findall(r"\bfunction \w+\(([\w, ]+)\)", source):
        yield from parameters.split(", ")
    for line in _VARIABLES.findall(source):
        yield from _VARIABLE.findall(re.sub(r"\([^()]*\)|\[[^\]]*\]", "", line))


def _list_short_names() -> Iterator[str]:
    yield from ascii_letters
    for number in count():
        for letter in ascii_letters:
            yield f"{letter}{number}"

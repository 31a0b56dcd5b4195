"""Page templates: what HTML pages are written from; nothing unnamed is passed over, everything is escaped."""

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from reports.setting.figures import whole_percent
from reports.setting.told_figures import percent_of
from reports.setting.typesetting import TEMPLATES


@cache
def load_page(name: str) -> Template:
    """The template of this name; `percent` and `whole` write shares in it."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    pages.filters |= {"percent": percent_of, "whole": whole_percent}
    return pages.get_template(name)

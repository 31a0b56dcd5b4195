"""The rule of shown_counts for rows of a frame taken together: which sums are live, and the figures of all others."""

from collections.abc import Collection, Mapping

import msgspec

from survey_app.watching.shown_counts import Arrival, Figure, Word, show_figure


class CountedPart(msgspec.Struct, kw_only=True):
    """Rows of a frame together: people with codes, forms sent in and those of the last day, and when they came."""

    issued: int = 0
    forms: int = 0
    recent: int = 0
    arrivals: list[Arrival] = []

    def show(self, mark: int) -> Figure:
        """What is shown of them at a ten-minute mark."""
        return show_figure(self.arrivals, self.issued, mark)

    def tell(self) -> Figure:
        """Their counts as they are."""
        return Figure(n=self.forms, recent=self.recent, word=Word.COUNT)


def show_groups(groups: Mapping[str, CountedPart], several: Collection[str], mark: int) -> Figure:
    """What is shown of a county's groups together: those of several units are live, each other moves like a unit."""
    if len(groups) == 1 and not several:
        return next(iter(groups.values())).show(mark)
    figures = [part.tell() if group in several else part.show(mark) for group, part in groups.items()]
    n = sum(figure.n for figure in figures)
    return Figure(n=n, recent=sum(figure.recent for figure in figures), word=Word.COUNT)

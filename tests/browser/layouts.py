"""The sizes and kinds of type in which a paper is looked at, and what may not be out of sight in each."""

from itertools import product
from typing import Any, NamedTuple, Protocol

from playwright.sync_api import ViewportSize

SIZES = [(360, 568), (360, 640), (360, 780)]
LANDSCAPE = (640, 360)
LARGE_TYPE = """on => {
  document.documentElement.classList[on ? 'add' : 'remove']('elder')
  dispatchEvent(new Event('resize'))
}"""
TYPE_SIZE = """size => {
  document.body.style.webkitTextSizeAdjust = size + '%'
  dispatchEvent(new Event('resize'))
}"""
HIDDEN = """() => {
  const main = document.querySelector('main')
  const bar = document.getElementById('steps').getBoundingClientRect()
  return {
    cards: Math.max(0, main.scrollHeight - main.clientHeight),
    page: Math.max(0, document.documentElement.scrollHeight - innerHeight),
    bar: bar.top >= main.getBoundingClientRect().bottom - 1 && bar.bottom <= innerHeight + .5,
  }
}"""
TOGETHER = """() => {
  const of = what => document.querySelector('.card.now ' + what).getBoundingClientRect()
  return of('legend').top >= 0 && of('.choice').bottom <= document.getElementById('steps').getBoundingClientRect().top
}"""
EVERY_CARD = """async () => {
  const hidden = %s, together = %s, found = {}, cards = [...document.querySelectorAll('.card:not(#sending)')]
  const show = card => card.matches('.now') || new Promise(done => {
    addEventListener('hashchange', done, {once: true})
    location.hash = card.id
  })
  for (const card of cards) {
    await show(card)
    found[card.id] = Object.assign(hidden(), {together: card.tagName !== 'FIELDSET' || together()})
  }
  await show(cards[0])
  return found
}""" % (HIDDEN, TOGETHER)  # noqa: UP031 - the braces are the script's
IN_SIGHT: dict[str, Any] = {"cards": 0, "page": 0, "bar": True}
AT_THE_TOP = """() => {
  const heading = document.querySelector('h1').getBoundingClientRect(), page = document.documentElement
  return page.scrollWidth <= page.clientWidth && heading.top >= 0 && heading.bottom <= innerHeight
}"""
NUMBER_IS_CUT = """() => {
  const number = document.getElementById('receipt')
  return !!number && (number.scrollWidth > number.clientWidth || number.scrollHeight > number.clientHeight)
}"""


class Window(Protocol):
    """A page in any browser."""

    def set_viewport_size(self, viewport_size: ViewportSize) -> None: ...

    def evaluate(self, expression: str, arg: Any = None) -> Any: ...


class Layout(NamedTuple):
    """A window, and the size of its type."""

    width: int
    height: int
    large: bool
    type_size: int

    @property
    def holds_everything(self) -> bool:
        """Whether no item may be scrolled here; elsewhere its choices may."""
        size = (self.width, self.height)
        return self.type_size == 100 and (size == SIZES[-1] if self.large else size in SIZES)


LAYOUTS = [
    Layout(*size, large, type_size)
    for size, (large, type_size) in product([*SIZES, LANDSCAPE], [(False, 100), (True, 100), (False, 160)])
]


def lay_out(page: Window, layout: Layout) -> None:
    """Show a page in one of the layouts."""
    page.set_viewport_size({"width": layout.width, "height": layout.height})
    page.evaluate(LARGE_TYPE, layout.large)
    page.evaluate(TYPE_SIZE, layout.type_size)


def look_at_every_card(page: Window) -> None:
    """In every layout the button is in sight, a question beside its first choice and, where they fit, all choices."""
    for layout in LAYOUTS:
        lay_out(page, layout)
        for name, found in page.evaluate(EVERY_CARD).items():
            assert (found["page"], found["bar"], found["together"]) == (0, True, True), (layout, name)
            may_scroll = not layout.holds_everything or name in ("say", "finish")
            assert may_scroll or not found["cards"], (layout, name)


def look_at_the_top(page: Window) -> None:
    """In every layout the heading is in sight, nothing is wider than the window, and a receipt's number is whole."""
    for layout in LAYOUTS:
        lay_out(page, layout)
        assert page.evaluate(AT_THE_TOP), layout
        assert not page.evaluate(NUMBER_IS_CUT), layout

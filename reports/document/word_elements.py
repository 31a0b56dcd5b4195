"""Elements of a Word file that python-docx has no words for, made and put in their places."""

from typing import Protocol

from docx.oxml import OxmlElement
from docx.oxml.ns import qn


class Element(Protocol):
    """What is used of an element of the file."""

    text: str | None

    def append(self, element: "Element", /) -> None:
        """Put an element last inside this one."""

    def remove(self, element: "Element", /) -> None:
        """Take an element out of this one."""

    def addprevious(self, element: "Element", /) -> None:
        """Put an element before this one."""

    def find(self, path: str, /) -> "Element | None":
        """The first element inside of this tag."""

    def set(self, key: str, value: str, /) -> None:
        """Give the element an attribute."""


def append(parent: Element, tag: str, **attributes: str) -> Element:
    """Make an element and put it last inside another."""
    child = build_element(tag, **attributes)
    parent.append(child)
    return child


def place_before(parent: Element, tag: str, element: Element) -> None:
    """Put an element before the one of that tag, where the schema wants it; raises KeyError where there is none."""
    follower = parent.find(qn(tag))
    if follower is None:
        raise KeyError(tag)
    follower.addprevious(element)


def clear(parent: Element, *tags: str) -> None:
    """Take out the first element of each tag."""
    for tag in tags:
        old = parent.find(qn(tag))
        if old is not None:
            parent.remove(old)


def find_child(parent: Element, tag: str) -> Element:
    """The first element inside of a tag; raises KeyError where there is none."""
    child = parent.find(qn(tag))
    if child is None:
        raise KeyError(tag)
    return child


def build_element(tag: str, **attributes: str) -> Element:
    """An element with attributes of the same namespace as Word's own."""
    element: Element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element

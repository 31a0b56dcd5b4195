"""How papers are read aloud; `vocabulary` names it beside all other closed lists."""

from questionnaires.term import Term


class Speech(Term):
    """A way of speaking in which a paper is read aloud (读法); the phone's own speech is Standard Chinese."""

    SOUTHWESTERN = "southwestern", "西南官话", "Southwestern Mandarin"
    TUJIA = "tujia", "土家语", "Tujia"
    MIAO = "miao", "苗语", "Miao"

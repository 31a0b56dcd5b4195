"""What a request may say, and how times are told."""

from datetime import datetime
from typing import Annotated

from litestar.params import PathParameter, QueryParameter

from survey_app.core.settings import BEIJING

LONGEST = 100
PLAIN = r"^[^\x00-\x1f]*$"
MOST = 500
RoundName = Annotated[
    str,
    QueryParameter(
        name="round", max_length=LONGEST, pattern=PLAIN, description="调查批次；不写则为进行中的，否则为最近的。"
    ),
]
UnitName = Annotated[str, QueryParameter(max_length=LONGEST, pattern=PLAIN, description="单位；单位联系人不用写。")]
Person = Annotated[str, QueryParameter(max_length=LONGEST, pattern=PLAIN, description="只看这个人的；不写则为全部。")]
Before = Annotated[int, QueryParameter(ge=1, le=2**31 - 1, description="只看编号在此之前的；不写则从最新的开始。")]
Most = Annotated[int, QueryParameter(ge=1, le=MOST, description="最多多少条。")]
Year = Annotated[
    str,
    QueryParameter(pattern=r"^([0-9]{4}-[0-9]{4})?$", description="学年，如 2025-2026；不写则为最近的。"),
]
PartName = Annotated[str, PathParameter(max_length=LONGEST, pattern=r"^[a-z_]+$")]
Number = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]


def aware(moment: datetime) -> datetime:
    """A time of the store with its zone, for those who are elsewhere."""
    return moment.replace(tzinfo=BEIJING)

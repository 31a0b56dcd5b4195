"""What the API says when something went wrong: application/problem+json, in Chinese."""

import msgspec
from litestar import Response
from litestar.exceptions import ValidationException

from survey_app.pages.api.shapes import Problem
from survey_app.pages.failures import status_of

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "请求不合要求",
    401: "没有登录",
    403: "没有权限",
    404: "没有找到",
    405: "不能用这种方法请求",
    409: "现在不能这样做",
    413: "内容太大",
    415: "内容的格式不对",
    421: "网址不对",
    429: "请求太多",
    503: "暂时不能使用",
}
DETAILS = {
    400: "请求的参数或内容不合要求，请对照接口文档改正。",
    404: "没有这个地址，请对照接口文档核对。",
    405: "这个地址不接受这种请求方法，请对照接口文档改正。",
    413: "发来的内容太大，请对照接口文档核对。",
    415: "请用 application/json 发送内容。",
    429: "请求得太多，请过一会儿再试。",
    503: "系统忙，请过一会儿再试。",
}
BROKEN = "出错了，已经记录。请过一会儿再试；一直这样，请联系系统管理员。"


def tell(error: Exception) -> Response[bytes]:
    """The problem as JSON; what Litestar says in English of a parameter is among `problems`."""
    status = status_of(error)
    problems = list(getattr(error, "problems", ())) or _read_extra(error)
    own = "\n".join(getattr(error, "problems", ()))
    problem = Problem(
        type="about:blank",
        title=TITLES.get(status, "出错了"),
        status=status,
        detail=own or DETAILS.get(status, BROKEN),
        problems=problems,
    )
    headers = dict(getattr(error, "headers", None) or {}) | _challenge(status)
    return Response(msgspec.json.encode(problem), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _challenge(status: int) -> dict[str, str]:
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}


def _read_extra(error: Exception) -> list[str]:
    """Each parameter or field that was refused, and why; a value is never repeated."""
    extra = error.extra if isinstance(error, ValidationException) else None
    if not isinstance(extra, list):
        return []
    return [f"{fault.get('key', '')}: {fault.get('message', '')}" for fault in extra if isinstance(fault, dict)]

"""The OpenAPI document: made of the handlers themselves, so that it cannot say anything else."""

from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, Response, Router, get
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from analysis.plain import Json
from survey_app.pages.api import api_sign_in as entering
from survey_app.pages.api import count_routes as counts
from survey_app.pages.api import file_routes as files
from survey_app.pages.api import record_routes as records
from survey_app.pages.api.api_problems import MEDIA_TYPE, TITLES
from survey_app.pages.api.shapes import Problem

VERSION = "1.0.0"
UNDERSTOOD = "3.0.3"  # what the viewer's library reads; nothing here needs more than `nullable`
ABOUT = """只读接口，看到的和工作台里一样多：各人只看自己负责的范围；批次结束以前只有数量，没有答案和结果。

浏览器登录工作台以后可以直接用；程序先用 `POST /api/sign-in` 换一个凭证，以后每次请求带上 `Authorization: Bearer 凭证`。
出错时回答 `application/problem+json`。时间一律是带时区的北京时间。"""
NO_NUL = r"^[^\x00]*$"
"""What every door asks of a text."""
FAILING = (400, 401, 403, 404, 409, 429, 503)
PARTS = {"登录": entering.HANDLERS, "数量": counts.HANDLERS, "记录和结果": records.HANDLERS, "文件": files.HANDLERS}
HANDLERS = [handler for part in PARTS.values() for handler in part]


@get("/openapi.json", sync_to_thread=True, include_in_schema=False)
def show_document() -> Response[bytes]:
    """The document."""
    return Response(write_document(), media_type="application/json")


@cache
def write_document() -> bytes:
    """The document as JSON; it describes an application of these routes alone, which nobody serves."""
    config = OpenAPIConfig(
        title="社会认可度调查",
        version=VERSION,
        description=ABOUT,
        use_handler_docstrings=True,
        security=[{"cookie": []}, {"bearer": []}],
        components=Components(
            security_schemes={
                "cookie": SecurityScheme(type="apiKey", name="console", security_scheme_in="cookie"),
                "bearer": SecurityScheme(type="http", scheme="bearer"),
            }
        ),
    )
    nobody = {"console": Provide(lambda: None, sync_to_thread=False)}
    routers = [Router("/api", route_handlers=part, tags=[title], dependencies=nobody) for title, part in PARTS.items()]
    schema = Litestar(routers, openapi_config=config, logging_config=None).openapi_schema.to_schema()
    said = _say_plainly(schema)
    assert isinstance(said, dict)
    return msgspec.json.encode(_add_problems(said) | {"openapi": UNDERSTOOD})


def _add_problems(schema: dict[str, Any]) -> dict[str, Any]:
    """What each route answers when something went wrong."""
    _, components = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    schema["components"]["schemas"] |= components
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    failing = {str(status): {"description": TITLES[status], "content": content} for status in FAILING}
    for path in schema["paths"].values():
        for operation in path.values():
            for done in operation["responses"].values():
                done["description"] = "完成"
            operation["responses"] |= failing
            for asked in operation.get("parameters", ()):
                if asked["schema"].get("type") == "string" and "enum" not in asked["schema"]:
                    asked["schema"].setdefault("pattern", NO_NUL)
    return schema


def _say_plainly(part: Json) -> Json:
    """The same in the words of OpenAPI 3.0: what may be null is `nullable`, and no default is written out."""
    if isinstance(part, list):
        return [_say_plainly(item) for item in part]
    if not isinstance(part, dict):
        return part
    choices = part.get("oneOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        [schema] = [choice for choice in choices if choice != {"type": "null"}]
        said = _say_plainly(schema)
        assert isinstance(said, dict)
        return {**said, "nullable": True}
    return {name: _say_plainly(item) for name, item in part.items()}

"""Coming in with a program, going out, and who one is."""

import secrets

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from questionnaires.vocabulary import Role
from survey_app.accounts import LONGEST, sign_in, sign_out
from survey_app.pages.api.parameters import aware
from survey_app.pages.api.shapes import Credentials, Me, Pass
from survey_app.pages.console.console_request import Desk


@post("/sign-in", sync_to_thread=True, status_code=200, summary="登录", security=[{}])
def enter(desk: NamedDependency[Desk], data: JSONBody[Credentials]) -> Pass:
    """程序用账号和口令换一个凭证；浏览器在工作台登录以后不用这一步。连续输错会越等越久。"""
    desk.count_try()
    token = sign_in(desk.office.engine, data.name, data.password, now=desk.now, random=secrets.token_bytes)
    return Pass(token, aware(desk.now + LONGEST))


@post("/sign-out", sync_to_thread=True, status_code=204, summary="退出")
def leave(desk: NamedDependency[Desk]) -> None:
    """凭证从此作废。"""
    with desk.writing() as session:
        sign_out(session, desk.token, actor=desk.person.name, now=desk.now)


@get("/me", sync_to_thread=False, summary="本人的账号、角色和负责的范围")
def show_me(desk: NamedDependency[Desk]) -> Me:
    """看看自己是谁，能看到哪里。"""
    return Me(name=desk.person.name, role=Role(desk.person.role), scope=desk.person.scope)


HANDLERS = [enter, leave, show_me]

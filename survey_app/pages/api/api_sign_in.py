"""Coming in with a program, going out, and who one is."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from questionnaires.vocabulary import Role
from survey_app.accounts.signing_in import LONGEST, Attempt, sign_out
from survey_app.pages.api.parameters import aware
from survey_app.pages.api.shapes import Credentials, Me, Pass
from survey_app.pages.console.console_request import ConsoleRequest
from survey_app.pages.console.sign_in_pages import come_in


@post("/sign-in", status_code=200, summary="登录", security=[{}])
async def enter(console: NamedDependency[ConsoleRequest], data: JSONBody[Credentials]) -> Pass:
    """程序用账号和口令换一个凭证；浏览器在工作台登录以后不用这一步。连续输错会越等越久。"""
    attempt = Attempt(name=data.name, password=data.password, address=console.address)
    admitted = await come_in(console, attempt)
    return Pass(admitted.token, aware(console.now + LONGEST))


@post("/sign-out", sync_to_thread=True, status_code=204, summary="退出")
def leave(console: NamedDependency[ConsoleRequest]) -> None:
    """凭证从此作废。"""
    with console.writing() as session:
        sign_out(session, console.token, actor=console.person.name, now=console.now)


@get("/me", sync_to_thread=False, summary="本人的账号、角色和负责的范围")
def show_me(console: NamedDependency[ConsoleRequest]) -> Me:
    """看看自己是谁，能看到哪里。"""
    return Me(name=console.person.name, role=Role(console.person.role), scope=console.person.scope)


HANDLERS = [enter, leave, show_me]

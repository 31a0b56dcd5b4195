from pathlib import Path

import pytest
from click.testing import CliRunner

from survey_app.cli import survey
from survey_app.core.db import connect
from survey_app.core.errors import SurveyError
from survey_app.core.settings import read_settings


def refusal_of(url: str) -> str:
    """The one sentence that a database's address is refused with."""
    with pytest.raises(SurveyError) as caught:
        read_settings({"SURVEY_DATABASE_URL": url})
    [sentence] = caught.value.problems
    return sentence


@pytest.mark.parametrize(
    "url",
    [
        "opengauss+psycopg2://survey:secret@db/survey",
        "mysql://survey:secret@db/survey",
        "postgres://survey:secret@db/survey",
        "postgresql://survey:secret@db/survey",
        "survey:secret",
        "postgresql+psycopg://survey:secret@db:notaport/survey",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:secret?mode=memory&uri=true",
    ],
)
def test_a_database_that_is_not_supported_is_one_sentence_without_its_password(url: str) -> None:
    sentence = refusal_of(url)
    assert "postgresql+psycopg://" in sentence
    assert "secret" not in sentence
    ended = CliRunner().invoke(survey, ["status"], env={"SURVEY_DATABASE_URL": url})
    assert isinstance(ended.exception, SurveyError)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://survey:P@geheim@127.0.0.1:1/qianjiang",
        "postgresql+psycopg://survey:P@geheim/x@127.0.0.1:1/qianjiang",
        "postgresql+psycopg://survey:geheim@127.0.0.1/qianjiang?options=@",
    ],
)
def test_an_at_sign_that_is_not_written_as_a_code_is_refused_without_a_piece_of_the_address(url: str) -> None:
    sentence = refusal_of(url)
    assert [sentence.count(code) for code in ("%40", "%3A", "%2F", "%23")] == [1] * 4
    assert not any(piece in sentence for piece in ("geheim", "127.0.0.1", "qianjiang"))


@pytest.mark.parametrize("where", ["db:0/x", "db:70000/x", "db/x?port=geheim", "/x?host=a,b&port=1,2,3"])
def test_ports_that_no_server_has_are_refused_without_what_was_written(where: str) -> None:
    with pytest.raises(SurveyError, match="端口应为1到65535的整数") as caught:
        connect(read_settings({"SURVEY_DATABASE_URL": f"postgresql+psycopg://survey@{where}"}).database_url)
    assert "geheim" not in str(caught.value)


def test_an_option_that_nobody_knows_is_named_without_its_value() -> None:
    for option in ("prepare_treshold", "autocommit"):
        with pytest.raises(SurveyError, match=option) as caught:
            connect(f"postgresql+psycopg://survey@db/survey?{option}=geheim")
        assert "geheim" not in str(caught.value)


def test_options_on_an_sqlite_file_are_refused_and_make_no_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'survey.db'}?mode=ro"
    ended = CliRunner().invoke(survey, ["doctor"], env={"SURVEY_DATABASE_URL": url})
    assert "不能带选项" in str(ended.exception)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://survey@db/survey",
        "postgresql+psycopg://survey:P%40ss@db:5433/survey",
        "postgresql+psycopg://survey@/survey?host=/run/pgbouncer&port=6432&prepare_threshold=none",
        "sqlite:///data/survey.db",
        "sqlite:////data/a@b@c/survey.db",
    ],
)
def test_the_two_databases_that_are_supported_are_taken_as_they_are(url: str) -> None:
    assert read_settings({"SURVEY_DATABASE_URL": url}).database_url == url


@pytest.mark.parametrize(
    ("address", "only_here"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("http://[::]:8000", True),
        ("http://0.0.0.0:8000", True),
        ("http://192.168.1.5:8000", False),
        ("https://survey.example.cn", False),
        ("https://127.example.cn", False),
    ],
)
def test_an_address_that_no_phone_opens_is_known_as_such(address: str, only_here: bool) -> None:
    assert read_settings({"SURVEY_PUBLIC_URL": address}).only_here == only_here

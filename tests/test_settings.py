import pytest
from click.testing import CliRunner

from survey_app.cli import survey
from survey_app.core.errors import SurveyError
from survey_app.core.settings import read_settings


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
    with pytest.raises(SurveyError) as caught:
        read_settings({"SURVEY_DATABASE_URL": url})
    [sentence] = caught.value.problems
    assert "postgresql+psycopg://" in sentence
    assert "secret" not in sentence
    ended = CliRunner().invoke(survey, ["status"], env={"SURVEY_DATABASE_URL": url})
    assert isinstance(ended.exception, SurveyError)


@pytest.mark.parametrize("url", ["postgresql+psycopg://survey@db/survey", "sqlite:///data/survey.db"])
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

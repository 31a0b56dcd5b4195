"""Runs the migrations on the connection it is given (survey_app.db.upgrade), else on the store in ./data."""

from pathlib import Path

from alembic import context
from sqlalchemy import Connection

from survey_app.core.db import connect
from survey_app.core.models import Model
from survey_app.core.settings import read_settings


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Model.metadata)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with connect(read_settings(Path("data")).database_url).begin() as opened:
        migrate(opened)

"""What the office itself writes for the report of a round."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("round", sa.Column("own_words", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("round", "own_words")

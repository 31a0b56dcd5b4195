"""A telephone of the round, and how long its groups took in the round before."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("round", sa.Column("telephone", sa.String(), server_default="", nullable=False))
    op.add_column("round", sa.Column("minutes", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("round") as table:
        table.drop_column("minutes")
        table.drop_column("telephone")

"""How a county's own files name our columns and values, by kind of sheet."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assignment",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_assignment")),
    )


def downgrade() -> None:
    op.drop_table("assignment")

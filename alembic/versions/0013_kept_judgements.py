"""Judgements as they were made."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_judgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("school_year", sa.String(), nullable=False),
        sa.Column("as_of", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("standard", "verdict", "program", "inputs")),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_judgement")),
    )
    op.create_index(op.f("ix_kept_judgement_school_year"), "kept_judgement", ["school_year"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_kept_judgement_school_year"), table_name="kept_judgement")
    op.drop_table("kept_judgement")

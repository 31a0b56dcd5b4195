"""Until when schools look at their own rows, and what they said of them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TEXTS = ("reason", "made_by", "decision", "answer", "decided_by")


def upgrade() -> None:
    op.create_table(
        "row_term",
        sa.Column("school_year", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("school_year", name=op.f("pk_row_term")),
    )
    op.create_table(
        "row_reply",
        sa.Column("school_year", sa.String(), nullable=False),
        sa.Column("school", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        sa.Column("on_paper", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("school_year", "school", name=op.f("pk_row_reply")),
    )


def downgrade() -> None:
    op.drop_table("row_reply")
    op.drop_table("row_term")

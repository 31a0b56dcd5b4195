"""Files that prove what was said of an indicator, a school or a problem."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TEXTS = ("school_year", "about", "key", "name", "sum", "made_by")


def upgrade() -> None:
    op.create_table(
        "proof_file",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_file")),
        sa.UniqueConstraint("school_year", "about", "key", "sum", name=op.f("uq_proof_file_school_year_about_key_sum")),
    )


def downgrade() -> None:
    op.drop_table("proof_file")

"""What the office plans to spend on a line of the register."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("problem", sa.Column("funds", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("problem", "funds")

"""Until when the codes of a batch may be answered that end at a time of their own: re-contact slips."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch", sa.Column("closes", sa.DateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("batch", "closes")

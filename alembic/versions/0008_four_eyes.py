"""From when an administrator acts, who let them in, and who agreed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("acts_from", sa.DateTime(), nullable=True))
    for name in ("let_in_by", "agreed_by"):
        op.add_column("account", sa.Column(name, sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in ("acts_from", "let_in_by", "agreed_by"):
        op.drop_column("account", name)

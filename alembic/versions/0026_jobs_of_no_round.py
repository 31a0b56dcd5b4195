"""Jobs that belong to no round: sheets of all schools are made all year."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as table:
        table.alter_column("round_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM job WHERE round_id IS NULL")
    with op.batch_alter_table("job") as table:
        table.alter_column("round_id", existing_type=sa.Integer(), nullable=False)

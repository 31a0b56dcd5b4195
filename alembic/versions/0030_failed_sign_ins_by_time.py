"""Failed tries to sign in are swept by their time, without a look at all of them."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_failed_sign_in_until"), "failed_sign_in", ["until"])


def downgrade() -> None:
    op.drop_index(op.f("ix_failed_sign_in_until"), table_name="failed_sign_in")

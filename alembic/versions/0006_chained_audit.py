"""The chain of the audit: a link for each row, over all rows before it."""

import json
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

AUDIT = sa.table(
    "audit",
    sa.column("id", sa.Integer),
    sa.column("at", sa.DateTime),
    sa.column("actor", sa.String),
    sa.column("action", sa.String),
    sa.column("subject", sa.String),
    sa.column("detail", sa.JSON),
)
APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER audit_link_no_update BEFORE UPDATE ON audit_link "
        "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
        "CREATE TRIGGER audit_link_no_delete BEFORE DELETE ON audit_link "
        "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
        "CREATE TRIGGER audit_link_no_replace BEFORE INSERT ON audit_link "
        "WHEN EXISTS (SELECT 1 FROM audit_link WHERE position = NEW.position OR audit_id = NEW.audit_id) "
        "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
    ),
    "postgresql": (
        "CREATE TRIGGER audit_link_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_link "
        "FOR EACH STATEMENT EXECUTE FUNCTION keep_audit()",
    ),
}


def upgrade() -> None:
    table = op.create_table(
        "audit_link",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("link", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_audit_link_audit_id")),
    )
    link = bytes(32)
    links = []
    for position, row in enumerate(op.get_bind().execute(sa.select(AUDIT).order_by(AUDIT.c.id)), 1):
        content = [row.at.isoformat(timespec="microseconds"), row.actor, row.action, row.subject, row.detail]
        link = sha256(link + json.dumps(content, sort_keys=True).encode()).digest()
        links.append({"position": position, "audit_id": row.id, "link": link})
    if links:
        op.bulk_insert(table, links)
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_link")

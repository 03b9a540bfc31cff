"""documents by id"""

from alembic import op

revision = '2026_11_27_documents_by_id'
down_revision = '2026_11_26_told_once'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_documents_id', 'documents', ['id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_documents_id', 'documents')

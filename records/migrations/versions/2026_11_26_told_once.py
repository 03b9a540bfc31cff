"""told once"""

import sqlalchemy as sa
from alembic import op

revision = '2026_11_26_told_once'
down_revision = '2026_11_25_followers'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('outbox', sa.Column('said', sa.String(), nullable=True))
    op.create_index('ix_outbox_said', 'outbox', ['dossier', 'said'], unique=False, sqlite_where=sa.text('said IS NOT NULL'), postgresql_where=sa.text('said IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('ix_outbox_said', 'outbox')
    op.drop_column('outbox', 'said')

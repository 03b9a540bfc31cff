"""pages: counts over all offices read an index alone"""

import sqlalchemy as sa
from alembic import op

revision = '2026_12_02_pages'
down_revision = '2026_12_01_support'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_tasks_open', 'tasks', ['kind', 'due_at'], unique=False, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
    op.create_index('ix_dossiers_returned', 'dossiers', ['office', 'group', 'closed_at', 'promised_at'], unique=False, sqlite_where=sa.text("stage = 'returned'"), postgresql_where=sa.text("stage = 'returned'"))


def downgrade() -> None:
    op.drop_index('ix_dossiers_returned', 'dossiers')
    op.drop_index('ix_tasks_open', 'tasks')

"""stuck_by_due: what has been due for longest is read first"""

import sqlalchemy as sa
from alembic import op

revision = '2026_12_04_stuck_by_due'
down_revision = '2026_12_03_redelivery'
branch_labels = None
depends_on = None

OPEN = {'sqlite_where': sa.text('gone_at IS NULL'), 'postgresql_where': sa.text('gone_at IS NULL')}
FIRST = {'ix_stuck_open': [], 'ix_stuck_cause': ['cause', 'agency'], 'ix_stuck_office': ['office']}


def upgrade() -> None:
    _by('due_at')


def downgrade() -> None:
    _by('noticed_at')


def _by(instant: str) -> None:
    for name, first in FIRST.items():
        op.drop_index(name, 'stuck_cases')
        op.create_index(name, 'stuck_cases', [*first, instant, 'id'], unique=False, **OPEN)

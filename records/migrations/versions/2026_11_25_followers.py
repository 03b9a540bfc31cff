"""followers"""

import sqlalchemy as sa
from alembic import op

revision = '2026_11_25_followers'
down_revision = '2026_11_24_benefit_claims'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('dossiers', sa.Column('follows', sa.String(), nullable=True))
    op.create_index('ix_dossiers_follows', 'dossiers', ['follows', 'code'], unique=False, sqlite_where=sa.text('follows IS NOT NULL'), postgresql_where=sa.text('follows IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('ix_dossiers_follows', 'dossiers')
    op.drop_column('dossiers', 'follows')

"""support: stuck cases, acts, replays, switches, reconciliation, questions, archived histories"""

import sqlalchemy as sa
from alembic import op

revision = '2026_12_01_support'
down_revision = '2026_11_29_desks'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('stuck_cases',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('spell', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('owner', sa.String(), nullable=False),
    sa.Column('dossier', sa.String(), nullable=True),
    sa.Column('group', sa.String(), nullable=True),
    sa.Column('office', sa.String(), nullable=True),
    sa.Column('province', sa.String(), nullable=True),
    sa.Column('agency', sa.String(), nullable=True),
    sa.Column('leg', sa.String(), nullable=True),
    sa.Column('step', sa.String(), nullable=True),
    sa.Column('incident', sa.String(), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('noticed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', 'spell')
    )
    op.create_index('ix_stuck_cause', 'stuck_cases', ['cause', 'agency', 'noticed_at', 'id'], unique=False, sqlite_where=sa.text('gone_at IS NULL'), postgresql_where=sa.text('gone_at IS NULL'))
    op.create_index('ix_stuck_dossier', 'stuck_cases', ['dossier'], unique=False, sqlite_where=sa.text('gone_at IS NULL'), postgresql_where=sa.text('gone_at IS NULL'))
    op.create_index('ix_stuck_gone', 'stuck_cases', ['gone_at'], unique=False)
    op.create_index('ix_stuck_office', 'stuck_cases', ['office', 'noticed_at', 'id'], unique=False, sqlite_where=sa.text('gone_at IS NULL'), postgresql_where=sa.text('gone_at IS NULL'))
    op.create_index('ix_stuck_open', 'stuck_cases', ['noticed_at', 'id'], unique=False, sqlite_where=sa.text('gone_at IS NULL'), postgresql_where=sa.text('gone_at IS NULL'))
    op.create_index('ix_stuck_source', 'stuck_cases', ['source', 'id'], unique=False, sqlite_where=sa.text('gone_at IS NULL'), postgresql_where=sa.text('gone_at IS NULL'))
    op.create_index('ix_dossiers_closed', 'dossiers', ['closed_at', 'code'], unique=False, sqlite_where=sa.text('closed_at IS NOT NULL'), postgresql_where=sa.text('closed_at IS NOT NULL'))
    op.create_index('ix_dossiers_held', 'dossiers', ['code'], unique=False, sqlite_where=sa.text('held = 1'), postgresql_where=sa.text('held'))
    op.create_table('support_acts',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('dossier', sa.String(), nullable=False),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('leg', sa.String(), nullable=True),
    sa.Column('step', sa.String(), nullable=True),
    sa.Column('incident', sa.String(), nullable=True),
    sa.Column('cause', sa.String(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_hash', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_by', sa.String(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verify_by', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.String(), nullable=True),
    sa.Column('replay', sa.String(), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_support_acts_dossier', 'support_acts', ['dossier', 'asked_at'], unique=False)
    op.create_index('ix_support_acts_replay', 'support_acts', ['replay', 'state'], unique=False)
    op.create_index('ix_support_acts_state', 'support_acts', ['state', 'asked_at'], unique=False)
    op.create_table('replays',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('selection', sa.String(), nullable=False),
    sa.Column('selection_hash', sa.LargeBinary(), nullable=False),
    sa.Column('selected', sa.Integer(), nullable=False),
    sa.Column('rate', sa.Float(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by', sa.String(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paused_because', sa.String(), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_replays_state', 'replays', ['state', 'asked_at'], unique=False)
    op.create_table('replay_items',
    sa.Column('replay', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('dossier', sa.String(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('problem', sa.String(), nullable=True),
    sa.Column('act', sa.String(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('replay', 'number')
    )
    op.create_index('ix_replay_items_state', 'replay_items', ['replay', 'state', 'number'], unique=False)
    failed = sa.text('(status IS NULL OR status >= 500 OR status IN (408, 425, 429))')
    op.create_index('ix_exchanges_agency', 'exchanges', ['agency', 'at', 'status', 'duration_ms'], unique=False)
    op.create_index('ix_exchanges_failed', 'exchanges', ['agency', 'at'], unique=False, sqlite_where=failed, postgresql_where=failed)
    op.create_index('ix_outbox_settled', 'outbox', ['partner', 'settled_at'], unique=False, sqlite_where=sa.text('settled_at IS NOT NULL'), postgresql_where=sa.text('settled_at IS NOT NULL'))
    op.create_table('agency_switches',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('agency', sa.String(), nullable=False),
    sa.Column('rate', sa.Float(), nullable=True),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_agency_switches_agency', 'agency_switches', ['agency', 'since'], unique=False)
    op.create_table('reconciliations',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('agency', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ours', sa.Integer(), nullable=False),
    sa.Column('theirs', sa.Integer(), nullable=False),
    sa.Column('agreeing', sa.Integer(), nullable=False),
    sa.Column('problem', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_reconciliations_agency', 'reconciliations', ['agency', 'day'], unique=False)
    op.create_table('discrepancies',
    sa.Column('agency', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('dossier', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('ours', sa.String(), nullable=True),
    sa.Column('theirs', sa.String(), nullable=True),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reconciliation', sa.String(), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('agency', 'key')
    )
    op.create_index('ix_discrepancies_open', 'discrepancies', ['agency', 'settled_at', 'found_at'], unique=False)
    op.create_table('questions',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('dossier', sa.String(), nullable=False),
    sa.Column('office', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('cause', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_questions_dossier', 'questions', ['dossier', 'asked_at'], unique=False)
    op.create_index('ix_questions_state', 'questions', ['state', 'due_at', 'id'], unique=False)
    op.create_index('ix_questions_asked', 'questions', ['asked_at', 'id'], unique=False)
    op.create_table('question_messages',
    sa.Column('question', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('question', 'number')
    )
    op.create_table('advice',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('agency', sa.String(), nullable=True),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('question', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_advice_cause', 'advice', ['cause', 'written_at'], unique=False)
    op.create_table('saved_filters',
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('query', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('person', 'name')
    )
    op.create_table('unmaskings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column('dossier', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_unmaskings_dossier', 'unmaskings', ['dossier', 'at'], unique=False)
    op.create_table('archived_histories',
    sa.Column('dossier', sa.String(), nullable=False),
    sa.Column('run', sa.String(), nullable=False),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('events', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('dossier', 'run')
    )


def downgrade() -> None:
    op.drop_index('ix_dossiers_held', 'dossiers')
    op.drop_index('ix_outbox_settled', 'outbox')
    op.drop_index('ix_dossiers_closed', 'dossiers')
    op.drop_table('archived_histories')
    op.drop_table('unmaskings')
    op.drop_table('saved_filters')
    op.drop_table('advice')
    op.drop_table('question_messages')
    op.drop_table('questions')
    op.drop_table('discrepancies')
    op.drop_table('reconciliations')
    op.drop_table('agency_switches')
    op.drop_index('ix_exchanges_failed', 'exchanges')
    op.drop_index('ix_exchanges_agency', 'exchanges')
    op.drop_table('replay_items')
    op.drop_table('replays')
    op.drop_table('support_acts')
    op.drop_table('stuck_cases')

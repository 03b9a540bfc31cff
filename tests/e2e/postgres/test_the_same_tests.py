"""What holds on SQLite holds on PostgreSQL: these are the same tests, run on the other stack."""

# ruff: noqa: F403  # every test of these modules, whatever its name
from tests.e2e.test_death_trouble import *
from tests.e2e.test_idempotent_filing import *
from tests.e2e.test_review_rounds import *
from tests.e2e.test_straight_birth import *

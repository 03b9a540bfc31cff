"""What holds on SQLite holds on PostgreSQL: these are the same tests, run on the other stack."""

from tests.e2e.test_straight_birth import (
    test_a_filed_birth_is_returned_with_one_effect_a_key,
    test_the_certificate_carries_the_number_and_its_bytes_are_what_the_view_says,
    test_the_straight_birth_costs_at_most_a_hundred_events_and_fifty_kilobytes,
)

__all__ = [
    "test_a_filed_birth_is_returned_with_one_effect_a_key",
    "test_the_certificate_carries_the_number_and_its_bytes_are_what_the_view_says",
    "test_the_straight_birth_costs_at_most_a_hundred_events_and_fifty_kilobytes",
]

"""Whoever guesses at papers is slowed down; nobody else is."""

from api.verify.lookups import Lookups
from api.verify.words import DEFAULT, LANGUAGES, WORDS


def test_an_address_asks_so_often_a_minute() -> None:
    now = [100.0]
    lookups = Lookups(most=2, window=60.0, clock=lambda: now[0])
    assert [lookups.admit("a") for _ in range(3)] == [True, True, False]
    assert lookups.admit("b")
    now[0] += 60
    assert lookups.admit("a")


def test_both_languages_say_the_same_things() -> None:
    assert set(WORDS) == set(LANGUAGES)
    for words in WORDS.values():
        assert words.keys() == WORDS[DEFAULT].keys()
        assert all(words[name].keys() == said.keys() for name, said in WORDS[DEFAULT].items() if isinstance(said, dict))

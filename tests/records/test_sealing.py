"""Sealed values open only with their key, in their place, unchanged."""

import pytest

from records.database import Database
from records.keys import KeyDestroyed, KeyUnknown, StoredKeys
from records.sealing import SealBroken, seal, seal_fixed, unseal
from tests.records.conftest import MASTER
from tests.records.samples import claimed

KEY, OTHER = bytes(32), bytes(range(32))


@pytest.mark.parametrize("how", [seal, seal_fixed])
@pytest.mark.parametrize("content", [b"", b"short", b"long enough to be packed " * 40, bytes(70_000)])
def test_what_was_sealed_opens(how, content):
    assert unseal(KEY, how(KEY, content, "here"), "here") == content


@pytest.mark.parametrize("how", [seal, seal_fixed])
def test_it_opens_nowhere_else(how):
    sealed = how(KEY, b"content", "here")
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    reformed = b"\x02" + sealed[1:]
    for key, value, place in ((OTHER, sealed, "here"), (KEY, sealed, "there"), (KEY, changed, "here")):
        with pytest.raises(SealBroken):
            unseal(key, value, place)
    for value in (reformed, b"", b"\x01"):
        with pytest.raises(SealBroken):
            unseal(KEY, value, "here")


def test_fixed_sealing_repeats_itself_for_the_same_content_in_the_same_place_only():
    sealed = seal_fixed(KEY, b"content", "d/1/1")
    assert seal_fixed(KEY, b"content", "d/1/1") == sealed
    others = (b"content!", "d/1/1"), (b"content", "d/1/2"), (b"1content", "d/1/")
    nonces = {seal_fixed(KEY, content, place)[1:13] for content, place in others}
    assert len(nonces | {sealed[1:13]}) == 4
    assert seal(KEY, b"content", "d/1/1") != seal(KEY, b"content", "d/1/1")


async def test_a_dossier_has_one_key_known_to_every_process(database: Database, keys: StoredKeys):
    code = (await claimed(database, keys)).code
    assert await StoredKeys(database, MASTER).key_for(code) == await keys.key_for(code)
    with pytest.raises(KeyUnknown):
        await keys.key_for("G22.99.08-261122-000000")
    with pytest.raises(SealBroken):
        await StoredKeys(database, bytes(32)).key_for(code)


async def test_a_destroyed_key_is_gone_for_good(database: Database, keys: StoredKeys):
    code = (await claimed(database, keys)).code
    await keys.destroy(code)
    await keys.destroy(code)
    for each in (keys, StoredKeys(database, MASTER)):
        with pytest.raises(KeyDestroyed):
            await each.key_for(code)


async def test_search_hashes_need_the_master_key(database: Database, keys: StoredKeys):
    assert keys.search_hash("number", "1") == StoredKeys(database, MASTER).search_hash("number", "1")
    different = {
        keys.search_hash("number", "1"),
        keys.search_hash("number", "2"),
        keys.search_hash("name", "1"),
        StoredKeys(database, bytes(32)).search_hash("number", "1"),
    }
    assert len(different) == 4


def test_a_master_key_of_another_length_is_refused(tmp_path):
    with pytest.raises(ValueError, match="32 bytes"):
        StoredKeys(Database(f"sqlite:///{tmp_path / 'x.db'}"), b"short")

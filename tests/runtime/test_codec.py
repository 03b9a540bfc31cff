"""What stands in a history is sealed with the dossier's own key; without it nothing can be read."""

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter, WorkflowSerializationContext

from contracts.base import Message
from runtime.codec import DossierCodec, dossier_of
from runtime.converter import data_converter
from tests.keys import DerivedKeys

NAME = "Nguyễn Thị Bí Mật"
CODE = "G22.99.08-261122-000001"


class Told(Message):
    name: str


def converter(keys: DerivedKeys, workflow: str = f"birth/{CODE}") -> DataConverter:
    return data_converter(keys).with_context(WorkflowSerializationContext(namespace="dossiers", workflow_id=workflow))


@pytest.mark.parametrize(
    ("workflow", "key"),
    [
        (f"birth/{CODE}", CODE),
        (f"death/{CODE}", CODE),
        ("birth/", "shared"),
        ("courier/one-stop", "shared"),
        ("preview/1234", "shared"),
        (CODE, "shared"),
        ("", "shared"),
        (None, "shared"),
    ],
)
def test_the_key_is_named_by_the_workflow(workflow: str | None, key: str) -> None:
    assert dossier_of(workflow) == key


async def test_what_is_sealed_shows_nobody_and_comes_back_whole() -> None:
    keys = DerivedKeys()
    sealed = await converter(keys).encode([Told(name=NAME)])
    raw = sealed[0].SerializeToString()
    assert not [word for word in (NAME, "Nguyễn", "name") if word.encode() in raw]
    assert sealed[0].metadata["encryption-key-id"].decode() == CODE
    assert await converter(keys).decode(sealed, [Told]) == [Told(name=NAME)]


async def test_a_sealed_payload_names_its_key_so_that_any_context_can_open_it() -> None:
    keys = DerivedKeys()
    sealed = await converter(keys).encode([Told(name=NAME)])
    assert await data_converter(keys).decode(sealed, [Told]) == [Told(name=NAME)]
    assert await converter(keys, "courier/vneid").decode(sealed, [Told]) == [Told(name=NAME)]


async def test_the_same_words_are_sealed_differently_each_time() -> None:
    keys = DerivedKeys()
    first, second = await converter(keys).encode([Told(name=NAME), Told(name=NAME)])
    assert first.data != second.data


async def test_another_key_opens_nothing() -> None:
    sealed = await converter(DerivedKeys()).encode([Told(name=NAME)])
    with pytest.raises(ValueError, match="not sealed with this key"):
        await converter(DerivedKeys("another installation")).decode(sealed, [Told])


async def test_one_dossiers_payload_cannot_be_passed_off_as_anothers() -> None:
    keys = DerivedKeys()
    [sealed] = await converter(keys).encode([Told(name=NAME)])
    sealed.metadata["encryption-key-id"] = b"G22.99.08-261122-000002"
    with pytest.raises(ValueError, match="not sealed with this key"):
        await converter(keys).decode([sealed], [Told])


async def test_destroying_the_key_erases_the_dossier_and_no_other() -> None:
    keys = DerivedKeys()
    gone = await converter(keys).encode([Told(name=NAME)])
    kept = await converter(keys, "birth/G22.99.08-261122-000002").encode([Told(name=NAME)])
    keys.destroy(CODE)
    with pytest.raises(KeyError):
        await data_converter(keys).decode(gone, [Told])
    assert await data_converter(keys).decode(kept, [Told]) == [Told(name=NAME)]


@pytest.mark.parametrize("encoding", [b"json/plain", b"binary/plain", b"binary/something-new"])
async def test_what_was_never_sealed_passes_as_it_is(encoding: bytes) -> None:
    plain = Payload(metadata={"encoding": encoding}, data=b'"from an operator\'s command line"')
    assert await DossierCodec(DerivedKeys()).decode([plain]) == [plain]


async def test_a_failure_keeps_its_words_and_stack_sealed() -> None:
    converted = converter(DerivedKeys())
    failure = Failure()
    with pytest.raises(RuntimeError) as raised:
        raise RuntimeError(NAME)
    await converted.encode_failure(raised.value, failure)
    assert NAME.encode() not in failure.SerializeToString()
    assert b"test_codec.py" not in failure.SerializeToString()
    assert NAME in str(await converted.decode_failure(failure))

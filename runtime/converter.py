"""How messages become payloads: pydantic JSON; on the way back unknown fields are ignored, so old histories load."""

import functools
from typing import Any

from pydantic import TypeAdapter
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
)

from runtime.codec import DossierCodec
from runtime.protocols import KeyStore


@functools.lru_cache(maxsize=256)
def _adapter(hint: type) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


class _Tolerant(PydanticJSONPlainPayloadConverter):
    """Messages forbid unknown fields; what stands in a history may still hold them."""

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:  # noqa: ANN401  # any message
        hint: Any = type_hint if type_hint is not None else Any
        return _adapter(hint).validate_json(payload.data, extra="ignore")


_CONVERTERS = tuple(
    _Tolerant() if isinstance(each, JSONPlainPayloadConverter) else each
    for each in DefaultPayloadConverter.default_encoding_payload_converters
)
"""Made once: the engine's library makes a new converter for nearly every payload."""


class MessageConverter(CompositePayloadConverter):
    """Temporal's default converters with ours for JSON."""

    def __init__(self) -> None:
        super().__init__(*_CONVERTERS)


def data_converter(keys: KeyStore) -> DataConverter:
    """The converter of every client, worker and replayer: typed, sealed, failures included."""
    return DataConverter(
        payload_converter_class=MessageConverter,
        payload_codec=DossierCodec(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )

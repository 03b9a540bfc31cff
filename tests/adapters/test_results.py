"""Every kind of document that is signed can be handed over under its own name and number."""

import pytest

from adapters import results
from contracts.dossier import DocumentKind


@pytest.mark.parametrize("kind", DocumentKind)
def test_every_document_has_its_number_and_its_name(kind: DocumentKind) -> None:
    assert results.TYPES[kind]
    assert results.NAMES[kind]

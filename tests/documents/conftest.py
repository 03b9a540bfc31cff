"""One signing office and one certificate for all tests of documents."""

from collections.abc import Iterator

import pytest

from documents.certificate import render
from tests.documents.samples import Office, certificate


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    opened = Office(tmp_path_factory.mktemp("office"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def unsigned() -> bytes:
    return render(certificate())

"""What an installation needs before its first dossier; every step can be repeated.

Database migrated, namespace keeping histories for a year, search attributes, registers loaded, signers' and seals'
certificates known, couriers running.
"""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from records.registers import (
    AccountEntry,
    Accounts,
    Certificates,
    Duty,
    DutyEntry,
    OfficeEntry,
    Offices,
    SealEntry,
    Seals,
)
from runtime.settings import InsecureSetting
from workers.rooms import Rooms
from workflows.incidents import INCIDENT_CODES, OPEN_INCIDENTS

RETENTION = timedelta(days=365)
SAMPLE = Path(__file__).parent / "registers" / "sample.yaml"
TOKEN_KEY = "/control/credentials/{person}/token-key"  # noqa: S105  # a path
log = structlog.get_logger()


async def bootstrap(rooms: Rooms, client: Client) -> None:
    """Make everything ready; needs the engine, the database and the signing service."""
    await rooms.database.migrate()
    await _namespace(client)
    await _registers(rooms)
    log.info("bootstrapped", namespace=client.namespace)


async def _namespace(client: Client) -> None:
    keep = NamespaceConfig(workflow_execution_retention_ttl=Duration(seconds=int(RETENTION.total_seconds())))
    await client.workflow_service.update_namespace(UpdateNamespaceRequest(namespace=client.namespace, config=keep))
    kinds = {
        OPEN_INCIDENTS.name: IndexedValueType.INDEXED_VALUE_TYPE_INT,
        INCIDENT_CODES.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
    }
    for name, kind in kinds.items():
        request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes={name: kind})
        try:
            await client.operator_service.add_search_attributes(request)
        except RPCError as err:
            if err.status is not RPCStatusCode.ALREADY_EXISTS:
                raise


async def _registers(rooms: Rooms) -> None:
    if rooms.settings.registers is None and rooms.settings.environment != "local":
        msg = "LIENTHONG_REGISTERS must name the offices and duty periods outside the local environment"
        raise InsecureSetting(msg)
    source = rooms.settings.registers or SAMPLE
    told = yaml.safe_load(source.read_text(encoding="utf-8"))
    await Offices(rooms.database).load(OfficeEntry.model_validate(row) for row in told["offices"])
    accounts = (AccountEntry.model_validate(row) for row in told.get("accounts", ()))
    await Accounts(rooms.database, rooms.keys).load(accounts)
    duty = [DutyEntry.model_validate(row) for row in told.get("duty", ())]
    await Duty(rooms.database).load(duty)
    known = Certificates(rooms.database, rooms.keys)
    for entry in duty:
        if entry.credential is None:
            continue
        found = await rooms.signing.certificate(entry.credential)
        await known.register(entry.person, found.certificate, "remote")
        if rooms.settings.environment == "local":
            await _local_token(rooms, known, entry.person)
    seals = [SealEntry.model_validate(row) for row in told.get("seals", ())]
    certificates = [(await rooms.signing.certificate(entry.credential)).certificate for entry in seals]
    await Seals(rooms.database).load(zip(seals, certificates, strict=True))


async def _local_token(rooms: Rooms, known: Certificates, person: str) -> None:
    """The stand-in also gives each sample person a token of their own to sign with."""
    answer = await rooms.http.get(rooms.settings.signing_url + TOKEN_KEY.format(person=person))
    with suppress(KeyError):
        pem = answer.raise_for_status().json()["certificate_pem"]
        der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
        await known.register(person, der, "token")

"""The office's seal over HTTP: it follows the signature by itself, and what it lacks is seen, not lost."""

import hashlib

from tests.e2e.asking import kinds
from tests.e2e.signing_software import revoked
from tests.stack import Stack, leg


async def test_a_revoked_seal_holds_the_signed_document_up_until_it_is_mended(stack: Stack) -> None:
    await stack.faults("population", pending_rate=0)
    code = await stack.file()
    await stack.accept(code)
    await stack.task(code, "signature")
    try:
        async with revoked(stack, "seal-00070"):
            await stack.sign(code)
            incident = await stack.incident(code)
    finally:
        await stack.clear("population")
    assert (incident["step"], incident["code"]) == ("seal", "seal-refused")
    view = await stack.view(code)
    [document] = view["documents"]
    assert (document["state"], document["signed"], document["under_seal"]) == ("signed", True, None)
    assert leg(view, "residence")["state"] == leg(view, "health_card")["state"] == "waiting"
    assert await stack.effects("vneid", code, "hand_over") == 0
    published = document["id"].removesuffix(".signed")
    assert (await stack.get(f"/v1/dossiers/{code}/documents/{published}", "portal")).status_code == 404
    assert (await stack.http.get(f"/verify/{published}")).status_code == 404
    problem = await stack.resolve(incident["id"], "record_result", result={"id": published})
    assert problem.status_code in {409, 422}, problem.text
    answer = await stack.resolve(incident["id"], "retry")
    assert answer.status_code == 200, answer.text
    view = await stack.stage(code, "returned")
    [sealed] = view["documents"]
    assert (sealed["id"], sealed["state"]) == (published, "published")
    assert sealed["under_seal"] == {name: document[name] for name in ("id", "version", "sha256")}
    for each in (sealed, sealed["under_seal"]):
        content = (await stack.get(f"/v1/dossiers/{code}/documents/{each['id']}", "portal")).content
        assert hashlib.sha256(content).hexdigest() == each["sha256"]
    steps = ["document_signed", "document_sealed", "document_published"]
    assert [kind for kind in await kinds(stack, code) if kind in steps] == steps

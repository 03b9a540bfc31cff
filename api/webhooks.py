"""Portals' webhooks: subscribe, list, delete, look at deliveries, ask for one again."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, status

from api import openapi
from api.answers import NewWebhook, Page, WebhookDelivery
from api.bodies import IdempotencyKey, WebhookBody
from api.deps import Front, FrontDep
from api.gate import CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.portal import Limit, vars_of
from api.problems import Problem
from contracts.addresses import url_problem
from contracts.dossier import ProblemItem
from records.edge.webhooks import Subscription

router = APIRouter(prefix="/v1/webhooks", route_class=GuardedRoute, tags=["webhooks"])
WebhookId = Annotated[str, Path(max_length=40)]
DeliveryId = Annotated[str, Path(pattern=r"^wh_[0-9a-f]{32}\.[0-9]{1,18}$")]


@router.post("", status_code=status.HTTP_201_CREATED, responses=openapi.answers(NewWebhook, 201))
@needs("dossiers:write")
async def subscribe(body: WebhookBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """Have my events sent to an address; the answer alone shows the secret, the same key shows it again."""
    _reachable(front, body.url)
    request = await request_id(front, caller, "webhook", key, body.model_dump(mode="json"))
    made, secret = await front.webhooks.subscribe(
        f"wh_{request}", client=caller.client, url=body.url, events=body.events
    )
    return {**vars_of(made), "secret": secret}


def _reachable(front: Front, url: str) -> None:
    problem = url_problem(url, local=front.settings.environment == "local")
    if problem is not None:
        raise Problem(
            422, "invalid", "the address cannot be called", [ProblemItem(pointer="/url", code="url", message=problem)]
        )


@router.get("", responses=openapi.answers(Page[Subscription]))
@needs("dossiers:read")
async def listing(caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """My webhooks, oldest first."""
    return {"items": [vars_of(each) for each in await front.webhooks.listing(caller.client)], "next": None}


@router.delete("/{webhook}", status_code=status.HTTP_204_NO_CONTENT)
@needs("dossiers:write")
async def delete(webhook: WebhookId, caller: CallerDep, front: FrontDep) -> None:
    """Send nothing there any more; safe to repeat."""
    await front.webhooks.remove(caller.client, webhook)


@router.get("/{webhook}/deliveries", responses=openapi.answers(Page[WebhookDelivery]))
@needs("dossiers:read")
async def deliveries(
    webhook: WebhookId,
    caller: CallerDep,
    front: FrontDep,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """What became of each event, newest first."""
    page = await front.webhooks.deliveries(caller.client, webhook, cursor=cursor, limit=limit)
    return {"items": [vars_of(each) for each in page.items], "next": page.next}


@router.post(
    "/{webhook}/deliveries/{delivery}/redelivery",
    status_code=status.HTTP_202_ACCEPTED,
    responses=openapi.answers(WebhookDelivery, 202),
)
@needs("dossiers:write")
async def redeliver(
    webhook: WebhookId, delivery: DeliveryId, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Send an event again, under the same `webhook-id`."""
    request = await request_id(front, caller, f"redelivery/{delivery}", key, webhook)
    return vars_of(await front.webhooks.redeliver(caller.client, webhook, delivery, request))

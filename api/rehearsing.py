"""What a replay of many would do: how its items divide, what would happen to a few of them, which are left out."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from api import foresight, reopenings
from api.deps import Front
from api.portal import vars_of
from api.problems import Problem
from contracts.causes import Act
from contracts.replays import ItemState
from records.support.replay_items import ReplayItem
from records.support.replays import ReplayRow

SAMPLE = 10
NAMED = 10
"""So many of those that are left out are named."""
GONE = "gone"


async def rehearsed(front: Front, replay: ReplayRow) -> dict[str, Any]:
    """The preview of a replay, as things stand now."""
    items = (await front.replays.items(replay.id)).items
    meant = [each for each in items if not (each.state is ItemState.SKIPPED and each.act is None)]
    divided = vars_of(await front.replays.breakdown(replay.id))
    return {
        **{name: _divided(counts) for name, counts in divided.items()},
        "sample": await asyncio.gather(*(_sampled(front, replay, each) for each in _spread(meant))),
        "warnings": _warnings([each for each in items if each not in meant]),
    }


async def _sampled(front: Front, replay: ReplayRow, item: ReplayItem) -> dict[str, Any]:
    shown: dict[str, Any] = {"number": item.number, "dossier": item.dossier, "preview": None, "problem": None}
    place, header = await front.replays.place(item.place), await front.queries.header(item.dossier)
    if place is None or place.gone or header is None:
        return {**shown, "problem": GONE}
    try:
        if replay.act is Act.REPLAY and place.target.leg and header.stage.closed:
            told = await reopenings.preview(front, item.dossier, place.target)
        else:
            told = await foresight.preview(front, await foresight.plan(front, header, replay.act, place.target))
    except Problem as problem:
        return {**shown, "problem": problem.name}
    return {**shown, "preview": told.model_dump(mode="json")}


def _spread(items: Sequence[ReplayItem]) -> list[ReplayItem]:
    """A few from all over the list, the same ones each time."""
    count = min(SAMPLE, len(items))
    return [items[number * len(items) // count] for number in range(count)]


def _divided(counts: Mapping[str | None, int]) -> list[dict[str, Any]]:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0] or ""))
    return [{"name": name, "count": count} for name, count in ordered]


def _warnings(left_out: Sequence[ReplayItem]) -> list[dict[str, Any]]:
    problems = dict.fromkeys(each.problem for each in left_out)
    of = {problem: [each.dossier for each in left_out if each.problem == problem] for problem in problems}
    return [{"problem": each, "count": len(codes), "dossiers": codes[:NAMED]} for each, codes in of.items()]

"""Speaks to openslots through haau3's own SDK, as a program does that has changed its base URL and nothing else.

Called with the base URL. Every scheduling method is called with every parameter it has; what must come back is worked
out here from the whole set, and each answer is held against the types that the SDK declares.
"""

from __future__ import annotations

import asyncio
import sys
import typing
import uuid
from typing import Any, Callable

from haau3 import AsyncHaau3, Haau3, NoAnswerError, RefusedError
from haau3 import types as haau3_types

# What openslots adds to the SDK's records; ARCHITECTURE and the OpenAPI document say what each is.
OURS = {
    "SearchSlotsResponse": {"next", "near", "facets", "understood", "explanation"},
    "SearchProviderLocationsResponse": {"next", "near", "facets", "understood", "explanation"},
    "SchedulingSlot": {
        "localStart", "localEnd", "timeZone", "capacity", "comment", "availability", "coarse", "precision",
        "dateAmbiguous", "distanceMiles", "freshness",
    },
    "SchedulingSlotSource": {"asOf", "asOfBasis"},
    "SchedulingSlotLocation": {"district", "positionSource", "licensedStates"},
    "SchedulingSlotProvider": {"npi", "languages", "gender", "networks", "organization", "phone", "description"},
    "SchedulingProviderLocation": {
        "nextAvailableSlot", "nextSlots", "availability", "distanceMiles", "timeZone", "freshness", "alsoPublishedBy",
    },
    "SchedulingProviderLocationLocation": {"district", "positionSource", "licensedStates"},
    "SchedulingProviderLocationProvider": {
        "languages", "gender", "networks", "organization", "phone", "description",
    },
    "SchedulingPublisher": {
        "freshness", "lastAttemptAt", "lastSuccessAt", "lastOutcome", "reason", "transactionTime", "asOf",
        "asOfBasis", "lastSnapshotAt", "nextDueAt", "nextDueReason", "failuresInRow", "wishedIntervalSeconds",
        "leftAloneUntil", "clockSkewSeconds", "accessExpiresAt", "heldRemoval", "warnings", "counts", "policy",
    },
    "Problem": {"requestId", "alternatives", "bookingPhone"},
    "ProblemIssue": {"parameter", "detail"},
}


def check(value: Any, kind: Any, path: str) -> None:
    """Holds a JSON value against a type of the SDK: required keys are there, types are right, what is ours is known."""
    origin = typing.get_origin(kind)
    if getattr(origin, "__name__", None) == "NotRequired" or str(origin).endswith("NotRequired"):
        return check(value, typing.get_args(kind)[0], path)
    if origin is typing.Literal:
        assert value in typing.get_args(kind), f"{path}: {value!r} is none of {typing.get_args(kind)}"
    elif origin is list:
        assert isinstance(value, list), f"{path}: {value!r} is no list"
        for place, item in enumerate(value):
            check(item, typing.get_args(kind)[0], f"{path}[{place}]")
    elif origin is not None:
        errors = []
        for one in typing.get_args(kind):
            try:
                return check(value, one, path)
            except AssertionError as error:
                errors.append(str(error))
        raise AssertionError("; ".join(errors))
    elif hasattr(kind, "__required_keys__"):
        assert isinstance(value, dict), f"{path}: {value!r} is no object"
        hints = typing.get_type_hints(kind)
        optional = {name for name, hint in typing.get_type_hints(kind, include_extras=True).items()
                    if "NotRequired" in str(typing.get_origin(hint))}
        missing = set(hints) - optional - set(value)
        assert not missing, f"{path}: {kind.__name__} lacks {sorted(missing)}"
        for name, item in value.items():
            if name in hints:
                check(item, hints[name], f"{path}.{name}")
            else:
                assert name in OURS.get(kind.__name__, ()), f"{path}.{name} is neither the SDK's nor known as ours"
    elif kind is float:
        assert isinstance(value, (int, float)) and not isinstance(value, bool), f"{path}: {value!r} is no number"
    elif kind is int:
        assert isinstance(value, int) and not isinstance(value, bool), f"{path}: {value!r} is no whole number"
    else:
        assert isinstance(value, kind), f"{path}: {value!r} is no {kind.__name__}"


def codes(item: dict[str, Any], name: str) -> set[str]:
    return {coding.get("code") for coding in item.get(name, [])}


def specialties(slot: dict[str, Any]) -> set[tuple[str | None, str | None]]:
    of_both = slot.get("specialties", []) + slot.get("provider", {}).get("specialties", [])
    return {(coding.get("system"), coding.get("code")) for coding in of_both}


def npis(slot: dict[str, Any]) -> set[str]:
    identifiers = slot.get("provider", {}).get("identifier", [])
    return {one["value"] for one in identifiers if one.get("system", "").endswith("us-npi")}


def pages(search: Callable[..., dict[str, Any]], name: str, **query: Any) -> list[dict[str, Any]]:
    """Every page by `offset`, as programs of this SDK page."""
    found: list[dict[str, Any]] = []
    while True:
        page = search(limit=3, offset=len(found), **query)
        found += page[name]
        if not page[name] or len(found) >= page["total"]:
            assert len(found) == page["total"], f"{name}: {len(found)} of {page['total']}"
            return found


AFTER, BEFORE = "2099-03-03T00:00:00Z", "2099-03-04T09:00:00-05:00"
NPI, SYSTEM, SPECIALTY = "1234567893", "http://snomed.info/sct", "394582007"

# Each filter of a search, and whether a slot of the whole set matches it.
FILTERS: list[tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = [
    ({"status": "free"}, lambda s: s["status"] == "free"),
    ({"status": "busy"}, lambda s: s["status"] == "busy"),
    ({"status": "busy-unavailable"}, lambda s: s["status"] == "busy-unavailable"),
    ({"status": "busy-tentative"}, lambda s: s["status"] == "busy-tentative"),
    ({"service_type_code": "124"}, lambda s: "124" in codes(s, "serviceTypes")),
    ({"service_type_code": "556,57"}, lambda s: bool({"556", "57"} & codes(s, "serviceTypes"))),
    ({"npi": NPI}, lambda s: NPI in npis(s)),
    ({"npi": f"{NPI},1073635355"}, lambda s: bool({NPI, "1073635355"} & npis(s))),
    ({"specialty": f"{SYSTEM}|{SPECIALTY}"}, lambda s: (SYSTEM, SPECIALTY) in specialties(s)),
    ({"appointment_type": "ROUTINE"}, lambda s: s.get("appointmentType") == "ROUTINE"),
    ({"accepting_patients": "newpt"}, lambda s: s.get("acceptingPatients") in (None, "newpt")),
    ({"accepting_patients": "existptonly"}, lambda s: s.get("acceptingPatients") in (None, "existptonly")),
    ({"accepting_patients": "existptfam"}, lambda s: s.get("acceptingPatients") in (None, "existptfam")),
    ({"is_virtual": True}, lambda s: s.get("isVirtual") is True),
    ({"is_virtual": False}, lambda s: s.get("isVirtual") is False),
    ({"city": "Saint Mary's Bay"}, lambda s: s["location"].get("city") == "Saint Mary's Bay"),
    ({"state": "VT"}, lambda s: "VT" in [s["location"].get("state"), *s["location"].get("licensedStates", [])]),
    ({"start_after": AFTER}, lambda s: instant(s["start"]) >= instant(AFTER)),
    ({"start_before": BEFORE}, lambda s: instant(s["start"]) <= instant(BEFORE)),
    ({"start_after": AFTER, "start_before": BEFORE, "publisher": "CARE"},
     lambda s: instant(AFTER) <= instant(s["start"]) <= instant(BEFORE) and s["publisher"] == "CARE"),
]


def instant(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def searches(client: Haau3) -> None:
    publishers = client.list_publishers()
    check(publishers, haau3_types.ListPublishersResponse, "publishers")
    assert len(publishers["publishers"]) == 2, publishers
    care = next(one["slug"] for one in publishers["publishers"] if "caring" in one["manifestUrl"])

    whole = [slot for status in ("free", "busy", "busy-unavailable", "busy-tentative")
             for slot in pages(client.search_slots, "slots", status=status, include_past=True)]
    check({"slots": whole, "total": len(whole)}, haau3_types.SearchSlotsResponse, "slots")
    assert len({slot["id"] for slot in whole}) == len(whole)
    assert any("past" in slot["source"]["resourceId"] for slot in whole), "includePast brings what is over"
    ahead = [slot for slot in whole if instant(slot["start"]) > instant("2090-01-01T00:00:00Z")]
    assert 0 < len(ahead) < len(whole)

    for query, matches in FILTERS:
        query = {name: care if value == "CARE" else value for name, value in query.items()}
        status = query.get("status", "free")
        want = {slot["id"] for slot in ahead
                if slot["status"] == status and matches(slot | {"publisher": "CARE" if slot["publisher"] == care else ""})}
        found = pages(client.search_slots, "slots", **query)
        assert {slot["id"] for slot in found} == want, f"{query}: {[s['source']['resourceId'] for s in found]}"
        assert want, f"{query} finds nothing, so this shows nothing"
        starts = [instant(slot["start"]) for slot in found]
        assert starts == sorted(starts), query

        places = pages(client.search_provider_locations, "providerLocations", **query)
        answer = {"providerLocations": places, "total": len(places)}
        check(answer, haau3_types.SearchProviderLocationsResponse, "providerLocations")
        assert sum(place["totalSlots"] for place in places) == len(want), query
        for place in places:
            its = pages(client.search_slots, "slots", provider_location_key=place["key"], **query)
            assert len(its) == place["totalSlots"], (query, place["key"])
            assert {slot["id"] for slot in its} <= want
            # A place without a matching slot is told as well, with none; the SDK leaves its next start optional.
            assert ("nextAvailableStart" in place) == bool(its), query
            if its:
                assert instant(place["nextAvailableStart"]) == instant(its[0]["start"])

    for listed, name, kind in [
        (client.list_service_types, "serviceTypes", haau3_types.ListServiceTypesResponse),
        (client.list_specialties, "specialties", haau3_types.ListSpecialtiesResponse),
    ]:
        now, ever = listed(), listed(include_past=True)
        check(now, kind, name)
        check(ever, kind, name)
        assert {one.get("code") for one in now[name]} <= {one.get("code") for one in ever[name]}
        assert all(one["count"] > 0 for one in ever[name]) and now[name]
    told = {one["code"] for one in client.list_service_types()["serviceTypes"]}
    assert told == {code for slot in ahead if slot["status"] == "free" for code in codes(slot, "serviceTypes")}, told

    first, last = client.search_slots(limit=100), client.search_slots(limit=1, offset=10_000)
    assert len(first["slots"]) == first["total"] and last["slots"] == [] and last["total"] == first["total"]

    # Reads of single records have no method of their own in this SDK.
    for path, kind in [
        (f"/v1/scheduling/slots/{whole[0]['id']}", haau3_types.SchedulingSlot),
        (f"/v1/scheduling/provider-locations/{client.search_provider_locations()['providerLocations'][0]['key']}",
         haau3_types.SchedulingProviderLocation),
    ]:
        answer = client.request("GET", path)
        assert answer.status == 200, path
        check(answer.body, kind, path)


def refusals(client: Haau3) -> None:
    sent = str(uuid.uuid4())
    try:
        client.search_slots(start_after="2099-03-03T00:00Z", limit=0, correlation_id=sent)
    except RefusedError as raised:
        error, problem = raised, raised.problem
    else:
        raise AssertionError("a bad search is answered")
    check(problem, haau3_types.Problem, "problem")
    assert error.status == 400 and problem["status"] == 400, problem
    assert error.correlation_id == sent, error.correlation_id
    assert problem["instance"] == f"urn:uuid:{error.request_id}", problem
    told = {(issue["path"][0], issue["parameter"]) for issue in problem["issues"]}
    assert told == {("startAfter", "startAfter"), ("limit", "limit")}, problem
    for call in [
        lambda: client.search_provider_locations(accepting_patients="nopt"),
        lambda: client.search_slots(publisher="nobody-is-called-so"),
        lambda: client.search_slots(provider_location_key="no key"),
        lambda: client.search_slots(limit=101),
        lambda: client.search_slots(offset=-1),
        lambda: client.search_slots(npi="12"),
    ]:
        try:
            call()
        except RefusedError as error:
            check(error.problem, haau3_types.Problem, "problem")
            assert error.status == 400 and len(error.problem["issues"]) == 1, error.problem
        else:
            raise AssertionError("a bad search is answered")
    gone = client.request("GET", "/v1/scheduling/slots/0000")
    assert gone.status == 404, gone.status
    check(gone.body, haau3_types.Problem, "problem")


def headers(client: Haau3) -> None:
    sent = str(uuid.uuid4())
    answer = client.with_response.search_slots(limit=2, correlation_id=sent)
    assert answer.correlation_id == sent and answer.attempts == 1 and answer.status == 200
    assert str(uuid.UUID(answer.request_id)) == answer.request_id
    assert answer.headers["etag"] and answer.headers["cache-control"]
    known = client.request("GET", "/v1/scheduling/slots", query={"limit": 2},
                           extra_headers={"If-None-Match": answer.headers["etag"]})
    assert known.status == 304, known.status


async def awaited(base_url: str) -> None:
    async with AsyncHaau3(api_key="any", base_url=base_url) as client:
        slots, places = await asyncio.gather(client.search_slots(limit=2), client.search_provider_locations(limit=2))
        assert len(slots["slots"]) == 2 and len(places["providerLocations"]) == 2
        try:
            await client.search_slots(limit=0)
        except RefusedError as error:
            assert error.status == 400
        else:
            raise AssertionError("a bad search is answered")


def unreachable() -> None:
    with Haau3(api_key="any", base_url="http://127.0.0.1:9", max_retries=0) as client:
        try:
            client.list_publishers()
        except NoAnswerError as error:
            assert error.reason == "network"
        else:
            raise AssertionError("nobody listens there")


def main() -> None:
    base_url = sys.argv[1]
    with Haau3(api_key="any", base_url=base_url) as client:
        searches(client)
        refusals(client)
        headers(client)
    asyncio.run(awaited(base_url))
    unreachable()
    print("every call was answered as the SDK declares")


if __name__ == "__main__":
    main()

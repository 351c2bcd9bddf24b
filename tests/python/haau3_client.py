"""Asks openslots through the public SDK of the field's scheduling API, of which only the base URL is another.

Argument: the base URL of a service with some hundred simulated slots of the next days.
"""

import datetime
import sys
import typing

import haau3
from haau3 import Haau3
from haau3._components import (
    ListPublishersResponse,
    ListServiceTypesResponse,
    ListSpecialtiesResponse,
    SearchProviderLocationsResponse,
    SearchSlotsResponse,
)
from typing_extensions import NotRequired

BASE_URL = sys.argv[1]
# Nothing is asked from now on: what is found then is the same at the end of the test as at its beginning.
DAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%d")
FROM = f"{DAY}T00:00:00Z"
client = Haau3(api_key="not-needed", base_url=BASE_URL, max_retries=0)


def check(value, declared, path):
    """What an answer holds is of the types that the SDK declares; what is required is there."""
    origin = typing.get_origin(declared)
    if origin is NotRequired:
        check(value, typing.get_args(declared)[0], path)
    elif origin is list:
        assert isinstance(value, list), path
        for number, member in enumerate(value):
            check(member, typing.get_args(declared)[0], f"{path}[{number}]")
    elif origin is typing.Literal:
        assert value in typing.get_args(declared), f"{path} is {value!r}"
    elif hasattr(declared, "__required_keys__"):
        hints = typing.get_type_hints(declared, include_extras=True)
        for key, hint in hints.items():
            assert key in value or typing.get_origin(hint) is NotRequired, f"{path}.{key} is missing"
        for key, member in value.items():
            if key in hints:
                check(member, hints[key], f"{path}.{key}")
    elif declared is float:
        assert isinstance(value, (int, float)) and not isinstance(value, bool), path
    else:
        assert type(value) is declared, f"{path} is {value!r}, not {declared}"


def slots(**query):
    if "include_past" not in query:
        query.setdefault("start_after", FROM)
    found = client.search_slots(**query)
    check(found, SearchSlotsResponse, "slots")
    return found


# Everything there is, page by page: no slot twice, none left out.
total = slots(limit=1)["total"]
seen = []
while len(seen) < total:
    page = slots(limit=100, offset=len(seen))["slots"]
    assert page, f"{len(seen)} of {total} slots, and then none"
    seen += page
assert len({slot["id"] for slot in seen}) == total > 200
assert [slot["start"] for slot in slots(limit=5)["slots"]] == [slot["start"] for slot in seen[:5]]
assert {slot["status"] for slot in seen} == {"free"}


def by(wanted):
    return {slot["id"] for slot in seen if wanted(slot)}


def codes(slot, name):
    """Those of the slot, which are its schedule's where it has none, and those of its provider."""
    return {coding.get("code") for coding in slot.get(name, []) + slot.get("provider", {}).get(name, [])}


def displays(slot):
    return {coding.get("display") for coding in slot.get("specialties", []) + slot.get("provider", {}).get("specialties", [])}


# Each filter finds what a look at all of them finds.
some = next(slot for slot in seen if slot.get("provider", {}).get("npi") and slot["location"].get("city"))
publisher, npi = some["publisher"], some["provider"]["npi"]
city, state = some["location"]["city"], some["location"]["state"]
specialty = next(coding for slot in seen for coding in slot.get("specialties", []) if coding.keys() >= {"system", "display"})
service_type = next(code for slot in seen for code in codes(slot, "serviceTypes"))
wanted = {
    "npi": (dict(npi=npi), lambda slot: slot.get("provider", {}).get("npi") == npi),
    "several npis": (dict(npi=f"{npi},1999999999"), lambda slot: slot.get("provider", {}).get("npi") == npi),
    "city": (dict(city=city), lambda slot: slot["location"].get("city", "").casefold() == city.casefold()),
    "state": (dict(state=state), lambda slot: state in [slot["location"].get("state"), *slot["location"].get("licensedStates", [])]),
    "virtual": (dict(is_virtual=True), lambda slot: slot.get("isVirtual") is True),
    "service type": (dict(service_type_code=service_type), lambda slot: service_type in codes(slot, "serviceTypes")),
    # A code without a system finds what other systems call the same; with its system it is exact.
    "specialty": (dict(specialty=specialty["code"]), lambda slot: specialty["display"] in displays(slot)),
    "system|code": (
        dict(specialty=f"{specialty['system']}|{specialty['code']}"),
        lambda slot: any(
            (coding.get("system"), coding.get("code")) == (specialty["system"], specialty["code"])
            for coding in slot.get("specialties", []) + slot.get("provider", {}).get("specialties", [])
        ),
    ),
    "another system": (dict(specialty=f"urn:other|{specialty['code']}"), lambda slot: False),
    "new patients": (
        dict(accepting_patients="newpt"),
        lambda slot: slot.get("acceptingPatients") in (None, "newpt"),
    ),
    "until": (dict(start_before=f"{DAY}T23:59:59Z"), None),
}
n_told_apart = 0
for name, (query, is_wanted) in wanted.items():
    found = slots(limit=100, **query)
    if is_wanted is not None:
        # A schedule at two places is shown at the one that is asked for, so more may be found than were seen there.
        others = [slot for slot in found["slots"] if not is_wanted(slot)]
        assert not others, f"{name}: {others[0]}"
        matching = by(is_wanted)
        assert found["total"] >= len(matching), f"{name}: {found['total']} found, {len(matching)} match"
        assert found["total"] > 100 or matching <= {slot["id"] for slot in found["slots"]}, name
        n_told_apart += 0 < len(matching) < total
assert n_told_apart >= 5, "most filters tell slots apart"
assert 0 < slots(publisher=publisher)["total"] < total

# Instants are inclusive on both sides; without seconds they are refused.
one = seen[100]["start"]
at_once = slots(start_after=one, start_before=one, limit=100)["slots"]
assert at_once and seen[100]["id"] in {slot["id"] for slot in at_once}
try:
    client.search_slots(start_after=f"{DAY}T09:00Z")
    raise SystemExit("an instant without seconds was not refused")
except haau3.RefusedError as error:
    assert error.status == 400
    issue = error.problem["issues"][0]
    assert issue["path"] == ["startAfter"] and issue["message"], issue

# Provider locations, each with its slots.
places = client.search_provider_locations(limit=100, start_after=FROM)
check(places, SearchProviderLocationsResponse, "places")
assert len(places["providerLocations"]) == min(places["total"], 100)
for place in places["providerLocations"]:
    of_place = slots(provider_location_key=place["key"], limit=1)
    assert of_place["total"] == place["totalSlots"], place["key"]
    if of_place["slots"]:
        assert of_place["slots"][0]["start"] == place["nextAvailableStart"], place["key"]

# The lists, with the number of slots of each code.
publishers = client.list_publishers()
check(publishers, ListPublishersResponse, "publishers")
assert {one["slug"] for one in publishers["publishers"]} == {slot["publisher"] for slot in seen}
n_equal = 0
for answer, declared, key, query in (
    (client.list_service_types(include_past=True), ListServiceTypesResponse, "serviceTypes", "service_type_code"),
    (client.list_specialties(include_past=True), ListSpecialtiesResponse, "specialties", "specialty"),
):
    check(answer, declared, key)
    assert answer[key], key
    for counted in answer[key]:
        if "code" in counted and "system" in counted:
            named = counted["code"] if query == "service_type_code" else f"{counted['system']}|{counted['code']}"
            n_slots = slots(include_past=True, **{query: named})["total"]
            # A service type is asked for by its code alone, which several systems may have; a specialty is found by
            # the code of the provider also where a slot names another.
            assert n_slots >= counted["count"] > 0, (counted, n_slots)
            n_equal += n_slots == counted["count"]
assert n_equal > 5

# Errors are the SDK's own; its id of a request comes back.
CORRELATION = "0b5c2d54-6f7a-4b5e-9a39-5a4f0f6b8b11"
try:
    client.search_slots(limit=101, correlation_id=CORRELATION)
    raise SystemExit("a page of 101 was not refused")
except haau3.RefusedError as error:
    assert error.status == 400 and error.correlation_id == CORRELATION and error.request_id
    assert error.problem["issues"][0]["path"] == ["limit"]

print(f"{total} slots, {places['total']} provider locations")

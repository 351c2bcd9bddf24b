"""What the document cannot say of valid requests: which names are known, and which parameters go together.

Requests that are meant to be valid are put right here, so that each of them must be answered well; those that are meant
to be bad stay as they are. The service's address is in OPENSLOTS_TESTED.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import urllib.error
import urllib.request
from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode

# Texts without any of these hold nothing to search for.
LETTER_OR_DIGIT = re.compile(r"[A-Za-z0-9]")
# What can be named beside these is refused where nobody knows it.
KNOWN = {"zip": "02139", "near": "42.36,-71.06", "city": "Boston", "state": "MA", "language": "es"}
# A cursor belongs to a search before, which nobody has made.
NEVER_VALID_ALONE = ["cursor", "_cursor"]
SEARCHES = ("/slots", "/provider-locations", "/availability", "/service-types", "/specialties")
FIGURES = "/v1/scheduling/statistics/"
WATCHES = "/v1/scheduling/watches"


def ask(path: str) -> Any:
    with urllib.request.urlopen(os.environ["OPENSLOTS_TESTED"] + path) as answer:
        return json.load(answer)


def names_that_lead_somewhere() -> dict[str, str]:
    slot = ask("/v1/scheduling/slots?limit=1")["slots"][0]
    provider_location = ask("/v1/scheduling/provider-locations?limit=1")["providerLocations"][0]
    return {"id": slot["id"], "key": provider_location["key"], "slug": slot["publisher"]}


NAMES = names_that_lead_somewhere()
FHIR_READ = re.compile(r"^/fhir/([A-Z][A-Za-z]+)/\{id\}$")


def fhir_ids() -> dict[str, str]:
    """Of each type of resource that is held, the id of one."""
    reads = ((path, operations.get("get", {})) for path, operations in DOCUMENT["paths"].items() if FHIR_READ.match(path))
    # The patient side is not there without applications.
    kinds = [path.split("/")[2] for path, read in reads if "care" not in read.get("tags", [])]
    entries = {kind: ask(f"/fhir/{kind}?_count=1").get("entry", []) for kind in kinds}
    return {kind: found[0]["resource"]["id"] for kind, found in entries.items() if found}


def fhir_examples() -> dict[tuple[str, str], dict[str, Any]]:
    """Of each operation of the facade, by path and method, the examples of its parameters."""
    return {
        (path, method.upper()): {
            parameter["name"]: "true" if parameter["example"] is True else str(parameter["example"])
            for parameter in operation.get("parameters", [])
            if "example" in parameter
        }
        for path, operations in DOCUMENT["paths"].items()
        if path.startswith("/fhir/")
        for method, operation in operations.items()
    }


def key_of_a_watch() -> str:
    request = urllib.request.Request(os.environ["OPENSLOTS_TESTED"] + WATCHES, method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["key"]


WATCH_KEY = key_of_a_watch()
DOCUMENT = ask("/openapi.json")
FHIR_IDS = fhir_ids()
FHIR_EXAMPLES = fhir_examples()


def published_file() -> str | None:
    """The name of a file that is given out now; it is new with each generation, and there is none before the first."""
    try:
        outputs = ask("/fhir/$bulk-publish")["output"]
    except urllib.error.HTTPError:
        return None
    return next((output["url"].rsplit("/", 1)[-1] for output in outputs), None)


def put_fhir_right(case: Any) -> None:
    """FHIR's values have a grammar that their schemas do not say: whatever is asked is asked as the document shows."""
    examples = FHIR_EXAMPLES.get((case.path, case.method.upper()), {})
    for part in (case.query, case.body):
        if isinstance(part, dict):
            for name in list(part):
                if name in NEVER_VALID_ALONE or name not in examples:
                    del part[name]
                else:
                    part[name] = examples[name]


def is_day(text: str) -> bool:
    try:
        return bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


def put_right(query: dict[str, Any]) -> None:
    """Makes a query one that can be answered."""
    for name in NEVER_VALID_ALONE:
        query.pop(name, None)
    for name, known in [*KNOWN.items(), ("publisher", NAMES["slug"])]:
        if name in query:
            query[name] = known
    for name, word in [("q", "dentist"), ("organization", "Health"), ("network", "Blue")]:
        words = str(query.get(name, word)).split(",")
        if not all(LETTER_OR_DIGIT.search(one) and len(one) < 30 for one in words):
            query[name] = word
    if "near" in query:
        query.pop("zip", None)
    has_place = "near" in query or "zip" in query
    if not has_place:
        query.pop("radius", None)
    if not has_place or "radius" in query:
        query.pop("radiusKm", None)
    if (query.get("sort") == "distance" and not has_place) or query.get("sort") == "relevance":
        query.pop("sort")
    if "startAfter" in query:
        query.pop("startBefore", None)
    if "bbox" in query:
        west, south, east, north = query["bbox"].split(",")
        query["bbox"] = ",".join([west, *sorted([south, north], key=float)[:1], east, max(south, north, key=float)])
    spans = [span.split("-") for span in query.get("timeOfDay", "0:00-1:00").split(",")]
    if any(start.zfill(5) == end.zfill(5) for start, end in spans):
        query["timeOfDay"] = "08:00-12:00"
    days = [day for day in str(query.get("date", "")).split("/") if day[:1].isdigit() and not day.endswith("days")]
    if days and (not all(map(is_day, days)) or days != sorted(days)):
        query["date"] = "2026-12-01/2026-12-24"


def put_figure_right(query: dict[str, Any]) -> None:
    """Makes a question for a figure one that can be answered: days that exist and one thing to tell apart by."""
    for name, known in [*KNOWN.items(), ("publisher", NAMES["slug"])]:
        if name in query:
            query[name] = known
    if "from" in query or "to" in query:
        query.update({"from": "2026-10-01", "to": "2026-10-31"})
    if "by" in query:
        by = sorted(set(str(query["by"]).split(",")) - {"day"})[:1]
        query["by"] = ",".join(["day", *by])


def put_watch_right(case: Any) -> None:
    """Makes a watch one that can be made, asks for one that is there, and deletes one that nobody asks for."""
    if case.query:
        put_right(case.query)
    if isinstance(case.body, dict) and "webhook" in case.body:
        # Nobody is called.
        case.body["webhook"] = "https://hooks.invalid/"
    if case.path_parameters:
        case.path_parameters["key"] = key_of_a_watch() if case.method.upper() == "DELETE" else WATCH_KEY


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if "file" in (case.path_parameters or {}):
        case.path_parameters["file"] = published_file() or case.path_parameters["file"]
        return
    if read := FHIR_READ.match(case.path):
        case.path_parameters["id"] = FHIR_IDS.get(read[1], "none")
        put_fhir_right(case)
        return
    if case.path.startswith("/fhir/") and "bulk-publish" not in case.path and case.path != "/fhir/metadata":
        put_fhir_right(case)
        return
    if case.path.startswith(WATCHES):
        put_watch_right(case)
        return
    for name, known in NAMES.items():
        if case.path_parameters and name in case.path_parameters:
            case.path_parameters[name] = known
    if case.query and case.path.endswith(SEARCHES):
        put_right(case.query)
    if case.query and case.path.startswith(FIGURES):
        put_figure_right(case.query)

"""Reads what openslots gives out under /fhir with programs of others: the R4B models of fhir.resources judge every
resource, and fhirpy, a client library, walks all pages.

Arguments: the base URL of a service over some hundred simulated slots, and how many slots and locations it holds.
"""

import datetime
import json
import sys
import urllib.error
import urllib.request

from fhir.resources.R4B import get_fhir_model_class
from fhirpy import SyncFHIRClient

BASE_URL = sys.argv[1]
FHIR = f"{BASE_URL}/fhir"
TYPES = [
    "Location", "Organization", "Practitioner", "PractitionerRole", "HealthcareService", "Schedule", "Slot",
]
judged = {}


def get(path, expected=200, **headers):
    """The JSON of a path, whatever its status; the status must be the expected one."""
    request = urllib.request.Request(f"{FHIR}/{path}", headers=headers)
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        body = json.load(answer)
        assert answer.status == expected, f"{path}: {answer.status}: {body}"
        assert answer.headers["content-type"].startswith("application/fhir+json"), path
    return body


def judge(resource):
    """The resource is valid R4 by its model, and the model gives back the same."""
    kind = resource["resourceType"]
    # No null, no empty text, list or object anywhere (R4, "JSON Representation of Resources").
    assert_filled(resource, kind)
    try:
        model = get_fhir_model_class(kind).model_validate(resource)
    except ValueError as error:
        raise AssertionError(f"{error}\n{json.dumps(resource)}") from None
    assert json.loads(model.model_dump_json())["resourceType"] == kind
    judged[kind] = judged.get(kind, 0) + 1


def assert_filled(value, path):
    if isinstance(value, dict):
        assert value, f"{path} is empty"
        for name, member in value.items():
            assert_filled(member, f"{path}.{name}")
    elif isinstance(value, list):
        assert value, f"{path} is empty"
        for number, member in enumerate(value):
            assert_filled(member, f"{path}[{number}]")
    else:
        assert value is not None and value != "", f"{path} is empty"


def judge_bundle(bundle):
    judge(bundle)
    for entry in bundle.get("entry", []):
        judge(entry["resource"])
        resource = entry["resource"]
        if resource["resourceType"] in TYPES:
            assert entry["fullUrl"] == f"{FHIR}/{resource['resourceType']}/{resource['id']}"


# What the service says that it can do, and that each of it works.
statement = get("metadata")
judge(statement)
declared = {resource["type"]: resource for resource in statement["rest"][0]["resource"]}
assert set(TYPES) < set(declared), declared.keys()
for kind in TYPES:
    for include in declared[kind].get("searchInclude", []):
        judge_bundle(get(f"{kind}?_count=5&_include={include}"))
    for include in declared[kind].get("searchRevInclude", []):
        judge_bundle(get(f"{kind}?_count=5&_revinclude={include}"))
    for summary in ["true", "text", "data", "count", "false"]:
        judge_bundle(get(f"{kind}?_count=5&_summary={summary}"))
    judge_bundle(get(f"{kind}?_count=5&_elements=identifier"))

# All pages of all types, through the client library: nothing twice, nothing left out, and each is valid alone.
client = SyncFHIRClient(FHIR)
# The library's count() sends a parameter of another server's own, which is refused unless it is asked to be lenient.
counting = SyncFHIRClient(FHIR, extra_headers={"Prefer": "handling=lenient"})
for kind in TYPES:
    total = counting.resources(kind).count()
    found = client.resources(kind).limit(37).fetch_all()
    ids = [resource["id"] for resource in found]
    assert len(set(ids)) == len(ids) == total, f"{kind}: {len(set(ids))} of {len(ids)}, total {total}"
    for resource in found:
        judge(json.loads(json.dumps(resource.serialize())))
    if found:
        alone = client.reference(kind, ids[-1]).to_resource()
        assert alone.serialize() == found[-1].serialize(), ids[-1]
assert judged["Slot"] >= int(sys.argv[2]), judged
assert judged["Location"] >= int(sys.argv[3]), judged

# What the pages say by themselves, and what is free is a part of it.
bundle = get("Slot?status=free&_count=10")
judge_bundle(bundle)
n_free, n_seen = bundle["total"], 0
while True:
    n_seen += len(bundle["entry"])
    following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
    if not following:
        break
    bundle = get(following[0].removeprefix(f"{FHIR}/"))
    judge_bundle(bundle)
assert 0 < n_seen == n_free < counting.resources("Slot").count(), (n_seen, n_free)
assert counting.resources("Slot").search(status="free").count() == n_free

# A chain and its includes, as a patient's program asks: whoever has something free, then what else they have.
chain = "Slot?status=free&schedule.actor:PractitionerRole.identifier:missing=false&_include=Slot:schedule"
bundle = get(f"{chain}&_include:iterate=Schedule:actor:PractitionerRole&_count=1")
judge_bundle(bundle)
role = next(entry["resource"]["id"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "PractitionerRole")
theirs = get(f"Slot?status=free&schedule.actor=PractitionerRole/{role}&_include=Slot:schedule&_include:iterate=Schedule:actor")
judge_bundle(theirs)
assert {"Schedule", "PractitionerRole"} <= {entry["resource"]["resourceType"] for entry in theirs["entry"]}
assert 0 < theirs["total"] < bundle["total"], (theirs["total"], bundle["total"])
now = datetime.datetime.now(datetime.timezone.utc)
window = f"start={now:%Y-%m-%dT%H:%M:%SZ}&end={now + datetime.timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"
judge_bundle(get(f"Appointment/$find?{window}&_count=5"))
assert judged["Appointment"] == 5, judged

# Errors, and what is left out on request, are outcomes.
for path, status in [
    ("Location?colour=red", 400), ("Location/none", 404), ("Patient", 404), ("nothing/at/all", 404), ("", 404),
    ("Slot?start=soon", 400),
]:
    outcome = get(path, status)
    assert outcome["resourceType"] == "OperationOutcome", outcome
    judge(outcome)
judge(get("Location", 406, accept="application/fhir+xml"))
lenient = get("Location?colour=red&_count=1", prefer="handling=lenient")
judge_bundle(lenient)
assert lenient["entry"][-1]["search"]["mode"] == "outcome", lenient

print(", ".join(f"{count} {kind}" for kind, count in sorted(judged.items())))

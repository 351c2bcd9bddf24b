"""A patient's way through openslots: find, match calendars, book at a simulated portal, come back, tasks, a ride.

Arguments: the base URL of a service with a patient side, its token, the address of the simulated portal, and the secret
of the ride vendor `cab`. `openslots demo` prints all four. Nothing but Python's own library is needed; where the package
`fhir.resources` is installed, every resource is held against its models as well.
"""

import datetime
import hashlib
import hmac
import http.server
import json
import queue
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

BASE, TOKEN, PORTAL, CAB_SECRET = sys.argv[1:5]
FAMILY = sys.argv[5] if len(sys.argv) > 5 else "Doe"

try:
    from fhir.resources.R4B import get_fhir_model_class
except ImportError:
    get_fhir_model_class = None

judged = {}


class KeepHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


browser = urllib.request.build_opener(KeepHere)


def ask(method, path, body=None, expected=(200, 201), patient=None, caregiver=None, headers=None):
    """The JSON of an answer, whose status must be expected."""
    url = path if path.startswith("http") else BASE + path
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    request.add_header("content-type", "application/fhir+json")
    request.add_header("authorization", f"Bearer {TOKEN}")
    for name, value in {"x-patient": patient, "x-caregiver": caregiver, **(headers or {})}.items():
        if value:
            request.add_header(name, value)
    try:
        answer = browser.open(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read()
        assert answer.status in expected, f"{method} {path}: {answer.status}: {text.decode()}"
        ask.headers = answer.headers
        told = json.loads(text) if text.startswith(b"{") else text.decode()
    judge(told)
    return told


def judge(told):
    """Resources are valid R4 by their models, those within others too."""
    if isinstance(told, list):
        for member in told:
            judge(member)
    elif isinstance(told, dict):
        kind = told.get("resourceType")
        if kind and get_fhir_model_class:
            try:
                get_fhir_model_class(kind).model_validate(told)
            except ValueError as error:
                raise AssertionError(f"{error}\n{json.dumps(told)}") from None
            judged[kind] = judged.get(kind, 0) + 1
        for member in told.values():
            judge(member)


def parameters(**given):
    kinds = {bool: "valueBoolean", int: "valueInteger", str: "valueString"}
    listed = [(name, value) for name, values in given.items() for value in (values if isinstance(values, list) else [values])]
    told = [{"name": name, kinds[type(value)]: value} for name, value in listed]
    return {"resourceType": "Parameters", **({"parameter": told} if told else {})}


def value_of(parameters, name):
    for parameter in parameters["parameter"]:
        if parameter["name"] == name:
            return next(value for key, value in parameter.items() if key != "name")
    raise AssertionError(f"no {name} in {parameters}")


def part(parameter, name):
    return next(next(v for k, v in one.items() if k != "name") for one in parameter if one["name"] == name)


def say(line):
    print(line, flush=True)


def calendar(title, start, end):
    stamp = "%Y%m%dT%H%M%SZ"
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//walk//through//EN", "BEGIN:VEVENT", "UID:1@walk",
        f"SUMMARY:{title}", f"DTSTART:{start.strftime(stamp)}", f"DTEND:{end.strftime(stamp)}", "END:VEVENT",
        "END:VCALENDAR", "",
    ]
    return "\r\n".join(lines)


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(datetime.timezone.utc)


# Somebody listens for notices.
notices = queue.Queue()


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        notices.put((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=hook.serve_forever, daemon=True).start()

# What the service says that it can do is valid, and has a patient side.
offered = {resource["type"] for resource in ask("GET", "/fhir/metadata")["rest"][0]["resource"]}
assert {"Slot", "Appointment", "Task", "Patient", "Consent", "Subscription"} <= offered, offered

# 1. A patient, a caregiver, and what the caregiver may do.
patient = ask("POST", "/fhir/Patient", {
    "resourceType": "Patient",
    "name": [{"family": FAMILY, "given": ["Jane"]}],
    "birthDate": "1990-01-01",
    "address": [{"use": "home", "line": ["1 Main St"], "city": "Boston", "state": "MA", "postalCode": "02108"}],
})["id"]
caregiver = ask("POST", "/fhir/RelatedPerson", {
    "resourceType": "RelatedPerson",
    "active": True,
    "patient": {"reference": f"Patient/{patient}"},
    "name": [{"family": FAMILY, "given": ["John"]}],
}, patient=patient)["id"]
kinds = ["Appointment", "Task", "Slot"]
ask("GET", "/fhir/Task", expected=(403,), patient=patient, caregiver=caregiver)
ask("POST", "/fhir/Consent", {
    "resourceType": "Consent",
    "status": "active",
    "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
    "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
    "patient": {"reference": f"Patient/{patient}"},
    "policyRule": {"text": "As I say here"},
    "provision": {
        "type": "permit",
        "actor": [{"role": {"text": "caregiver"}, "reference": {"reference": f"RelatedPerson/{caregiver}"}}],
        "action": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": code}]}
            for code in ("access", "correct")
        ],
        "class": [{"system": "http://hl7.org/fhir/resource-types", "code": kind} for kind in kinds],
    },
}, patient=patient)
ask("GET", "/fhir/Task", patient=patient, caregiver=caregiver)
say("A patient is known, and a caregiver may see and change appointments, tasks and busy times.")

# 2. Who has a slot?
tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
start_after = tomorrow.strftime("%Y-%m-%dT%H:%M:%SZ")
found = ask("GET", f"/v1/scheduling/slots?limit=5&startAfter={start_after}&isVirtual=false&coarse=false")
first = found["slots"][0]
say(f"{found['total']} slots are free from tomorrow on; the first is {first['start']} at {first['location'].get('name', 'a place without a name')}.")

# 3. Calendars: the patient cannot at the first time, the caregiver not an hour later.
busy = instant(first["start"])
hour = datetime.timedelta(hours=1)
for whose, of, begin in [("Patient", patient, busy - hour), ("RelatedPerson", caregiver, busy + hour)]:
    text = calendar("Lunch with Ulrike at the Zanzibar", begin, begin + 2 * hour)
    given = parameters(calendar=text, timezone="America/New_York")
    told = ask("POST", f"/fhir/{whose}/{of}/$import-calendar", given, patient=patient)
    assert value_of(told, "busyWindows") == 1, told
slots = ask("GET", f"/fhir/Patient/{patient}/Slot", patient=patient)
assert slots["total"] == 1 and "Ulrike" not in json.dumps(slots)
wanted = parameters(caregiver=caregiver, startAfter=start_after, isVirtual="false", coarse="false", count=50, perDay=50, travelBefore=30)
mutual = ask("POST", f"/fhir/Patient/{patient}/$find-mutual-slots", wanted, patient=patient)
earliest = value_of(mutual, "earliest")
offered = [one["part"] for one in mutual["parameter"] if one["name"] == "alternative"]
assert part(offered[0], "slot") == part(earliest, "slot"), "the earliest is the first of them"
say(f"Both are free for {value_of(mutual, 'mutual')} of {value_of(mutual, 'lookedAt')}; the earliest is {part(earliest, 'localStart')}.")
assert instant(part(earliest, "start")) >= busy + 3 * hour, "nobody is busy then"

# 4. Off to the portal, and back.
ask("POST", "/fhir/Subscription", {
    "resourceType": "Subscription",
    "status": "requested",
    "reason": "to show what is booked",
    "criteria": "Appointment?status=booked",
    "channel": {"type": "rest-hook", "endpoint": f"http://127.0.0.1:{hook.server_port}/"},
}, patient=patient)
secret = ask.headers["x-notice-secret"]
for one in offered:
    booking = f"/fhir/{part(one, 'slot')['reference']}/$book"
    opened = ask("POST", booking, parameters(source="walk-through", transport=True), expected=(201, 409), patient=patient)
    if opened["resourceType"] == "Parameters":
        break
    say(f"Not this one: {opened['issue'][0]['diagnostics']}.")
link = urllib.parse.urlsplit(value_of(opened, "url"))
assert FAMILY not in link.geturl() and patient not in link.geturl()
try:
    browser.open(f"{PORTAL}?{link.query}")
    raise AssertionError("the portal does not send the patient back")
except urllib.error.HTTPError as redirect:
    assert redirect.code == 303, redirect.read()
    back = redirect.headers["location"]
page = ask("GET", back)
assert "is booked" in page, page
assert "Nothing was changed" in ask("GET", back, expected=(410,)), "a state works once"
appointment = ask("GET", "/fhir/Appointment?status=booked", patient=patient)["entry"][0]["resource"]
say(f"The portal at {link.hostname} has booked it: Appointment {appointment['id']}.")
headers, body = notices.get(timeout=60)
headers = {name.lower(): value for name, value in headers.items()}
signature = hmac.new(secret.encode(), headers["x-timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
assert hmac.compare_digest(signature, headers["x-signature"]), "the notice is signed"
assert json.loads(body)["resource"] == f"Appointment/{appointment['id']}"
say("A subscriber was told, under a signature.")

# 5. Tasks: the caregiver takes the forms over and fills them in.
forms = ask("GET", "/fhir/Task?code=complete-forms", patient=patient, caregiver=caregiver)["entry"][0]["resource"]
ask("PUT", f"/fhir/Task/{forms['id']}", {**forms, "status": "completed"}, expected=(422,), patient=patient)
for status in ("accepted", "in-progress", "completed"):
    forms = {**forms, "status": status, "owner": {"reference": f"RelatedPerson/{caregiver}"}}
    version = forms["meta"]["versionId"]
    forms = ask("PUT", f"/fhir/Task/{forms['id']}", forms, patient=patient, caregiver=caregiver, headers={"if-match": f'W/"{version}"'})
history = ask("GET", f"/fhir/Task/{forms['id']}/_history", patient=patient)
owners = [entry["resource"]["owner"]["reference"] for entry in history["entry"]]
say(f"The forms are {forms['status']}; their owners were, the last first, {', '.join(owner.split('/')[0] for owner in owners)}.")

# 6. A ride, and what its vendor says.
ride = ask("POST", f"/fhir/Appointment/{appointment['id']}/$arrange-transportation", parameters(vendor="cab"), patient=patient)
say(value_of(ride, "estimate"))
task = value_of(ride, "task")
for status in ("accepted", "in-progress", "completed"):
    body = json.dumps({"tripId": "T-1", "status": status}).encode()
    timestamp = str(int(time.time()))
    signed = hmac.new(CAB_SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    path = f"/care/rides/cab/{task['id']}"
    ask("POST", path, body, expected=(401,), headers={"x-timestamp": timestamp, "x-signature": "0" * 64})
    ask("POST", path, body, headers={"x-timestamp": timestamp, "x-signature": signed})
task = ask("GET", f"/fhir/Task/{task['id']}", patient=patient)
assert (task["status"], task["identifier"][0]["value"]) == ("completed", "T-1"), task
say(f"The ride is {task['status']}, trip {task['identifier'][0]['value']}.")

# 7. All of it is the patient's: to look at, and to have erased.
everything = ask("GET", f"/fhir/Patient/{patient}/$everything", patient=patient)
kinds = sorted({entry["resource"]["resourceType"] for entry in everything["entry"]})
say(f"{everything['total']} resources are held: {', '.join(kinds)}.")
trail = ask("GET", "/fhir/AuditEvent", patient=patient)
assert len(trail["entry"]) > 20
if FAMILY == "Doe":
    ask("POST", f"/fhir/Patient/{patient}/$erase", parameters(), patient=patient)
    ask("GET", f"/fhir/Patient/{patient}", expected=(403,), patient=patient)
    say("Erased.")
if judged:
    say("Valid by their models: " + ", ".join(f"{n} {kind}" for kind, n in sorted(judged.items())))

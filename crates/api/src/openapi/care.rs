//! The patient side, which is there only where applications are configured.

use openslots_care::resource::CareKind;
use serde_json::{Map, Value, json};

use super::fhir::FHIR_MEDIA_TYPE;
use super::responses::{OF_ALL, header_references, outcome_name};
use crate::problem::ProblemKind;

/// What is told of the whole.
const SECURITY: &str = "With the token of an application, for the patient that `X-Patient` names, on behalf of the caregiver that `X-Caregiver` names.";

/// An operation of the patient side.
struct Told {
    method: &'static str,
    path: String,
    id: String,
    summary: String,
    /// The status of a good answer, and whether it has a body.
    status: &'static str,
    takes: Takes,
}

/// What a request carries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Resource,
    Parameters,
}

/// The operations beside reads and changes of resources: method, path, id, summary, status, what they take.
const OPERATIONS: &[(&str, &str, &str, &str, &str, Takes)] = &[
    ("get", "/fhir/AuditEvent", "searchAuditEvents", "Who has looked at this patient's data", "200", Takes::Nothing),
    (
        "get",
        "/fhir/Patient/{id}/$everything",
        "everythingOfPatient",
        "All that is held of a patient",
        "200",
        Takes::Nothing,
    ),
    ("post", "/fhir/Patient/{id}/$erase", "erasePatient", "Erase all that is held of a patient", "200", Takes::Nothing),
    (
        "post",
        "/fhir/Patient/{id}/$find-mutual-slots",
        "findMutualSlots",
        "Slots that suit the patient and every caregiver who comes along",
        "200",
        Takes::Parameters,
    ),
    (
        "post",
        "/fhir/Slot/{id}/$book",
        "bookSlotForPatient",
        "Set out to book a slot at its portal",
        "201",
        Takes::Parameters,
    ),
    (
        "post",
        "/fhir/Task/{id}/$report-outcome",
        "reportBookingOutcome",
        "Tell how a booking attempt ended",
        "200",
        Takes::Parameters,
    ),
    (
        "get",
        "/fhir/Task/{id}/$alternatives",
        "alternativesOfTask",
        "Free slots near the one that a booking attempt wants",
        "200",
        Takes::Nothing,
    ),
    (
        "post",
        "/fhir/Appointment/{id}/$reconcile",
        "reconcileAppointment",
        "Take over what the provider's own Appointment says",
        "200",
        Takes::Resource,
    ),
    (
        "post",
        "/fhir/Appointment/{id}/$arrange-transportation",
        "arrangeTransportation",
        "Ask for a ride to an appointment",
        "201",
        Takes::Parameters,
    ),
];

fn told() -> Vec<Told> {
    let mut told = Vec::new();
    let mut add = |method, path: String, id: String, summary: String, status, takes| {
        told.push(Told { method, path, id, summary, status, takes });
    };
    for kind in CareKind::ALL {
        let (whole, one) = (format!("/fhir/{kind}"), format!("/fhir/{kind}/{{id}}"));
        add(
            "get",
            whole.clone(),
            format!("searchOwn{kind}"),
            format!("Search the patient's {kind}s"),
            "200",
            Takes::Nothing,
        );
        add("post", whole, format!("create{kind}"), format!("Create a {kind}"), "201", Takes::Resource);
        add("get", one.clone(), format!("readOwn{kind}"), format!("Read a {kind}"), "200", Takes::Nothing);
        add("put", one.clone(), format!("update{kind}"), format!("Update a {kind}"), "200", Takes::Resource);
        add("delete", one.clone(), format!("delete{kind}"), format!("Delete a {kind}"), "204", Takes::Nothing);
        let history = format!("{one}/_history");
        add("get", history, format!("historyOf{kind}"), format!("The versions of a {kind}"), "200", Takes::Nothing);
    }
    for kind in [CareKind::Patient, CareKind::RelatedPerson] {
        let path = |end: &str| format!("/fhir/{kind}/{{id}}/{end}");
        add(
            "get",
            path("Schedule"),
            format!("scheduleOf{kind}"),
            format!("The Schedule of a {kind}"),
            "200",
            Takes::Nothing,
        );
        add("get", path("Slot"), format!("busySlotsOf{kind}"), format!("When a {kind} is busy"), "200", Takes::Nothing);
        add(
            "post",
            path("$import-calendar"),
            format!("importCalendarOf{kind}"),
            "Take in an iCalendar: nothing but busy times is kept".to_owned(),
            "200",
            Takes::Parameters,
        );
        add(
            "post",
            path("$forget-calendar"),
            format!("forgetCalendarOf{kind}"),
            "Forget a calendar".to_owned(),
            "204",
            Takes::Parameters,
        );
    }
    for (method, path, id, summary, status, takes) in OPERATIONS {
        add(method, (*path).to_owned(), (*id).to_owned(), (*summary).to_owned(), status, *takes);
    }
    told
}

/// Adds the patient side to the document.
pub(super) fn add_care(document: &mut Value) {
    document["components"]["securitySchemes"]["application"] = json!({
        "type": "oauth2",
        "description": "SMART Backend Services: a signed assertion is exchanged for a token. Or one token that the operator has given.",
        "flows": { "clientCredentials": { "tokenUrl": "/oauth/token", "scopes": { "system/*.cruds": "The patient side." } } },
    });
    for told in told() {
        let (path, method) = (told.path.clone(), told.method);
        document["paths"][path][method] = operation(&told);
    }
    for (path, method, operation) in doors() {
        document["paths"][path][method] = operation;
    }
}

fn fhir_content(example: Value) -> Value {
    json!({ FHIR_MEDIA_TYPE: { "schema": { "$ref": "#/components/schemas/FhirResource" }, "example": example } })
}

fn operation(told: &Told) -> Value {
    let carried = header_references(&["X-Request-Id", "X-Correlation-Id", "Cache-Control"]);
    let mut responses = Map::new();
    let mut good = json!({ "description": "It is done.", "headers": carried });
    if told.status != "204" {
        good["content"] = fhir_content(json!({ "resourceType": "Parameters" }));
    }
    responses.insert(told.status.to_owned(), good);
    for (status, description) in [
        ("400", "The request cannot be read, or names nobody."),
        ("401", "The token is missing, not known or expired."),
        ("403", "The patient is not the application's, or no consent lets the caregiver do this."),
        ("404", "There is no such thing in this patient's data; or there is no patient side."),
        ("409", "The slot cannot be booked."),
        ("412", "Somebody else was quicker: the version that `If-Match` names is not the present one."),
        ("422", "What was sent breaks a rule; each issue names its element."),
    ] {
        let content = json!({ FHIR_MEDIA_TYPE: {
            "schema": { "$ref": "#/components/schemas/OperationOutcome" },
            "example": { "resourceType": "OperationOutcome", "issue": [
                { "severity": "error", "code": "business-rule", "diagnostics": description },
            ] },
        } });
        responses
            .insert(status.to_owned(), json!({ "description": description, "headers": carried, "content": content }));
    }
    for kind in OF_ALL.into_iter().chain([ProblemKind::BodyTooLarge]) {
        let status = kind.status().as_str().to_owned();
        responses
            .entry(status)
            .or_insert_with(|| json!({ "$ref": format!("#/components/responses/{}", outcome_name(kind)) }));
    }
    let mut operation = json!({
        "operationId": told.id,
        "tags": ["care"],
        "summary": told.summary,
        "description": SECURITY,
        "security": [{ "application": [] }],
        "parameters": parameters(&told.path),
        "responses": responses,
    });
    if told.takes != Takes::Nothing {
        operation["requestBody"] = json!({
            "required": told.takes == Takes::Resource,
            "content": fhir_content(json!({ "resourceType": "Parameters" })),
        });
    }
    operation
}

fn parameters(path: &str) -> Value {
    let text = json!({ "type": "string" });
    let mut parameters = vec![
        json!({ "name": "X-Patient", "in": "header", "schema": text, "description": "The id of the Patient; needless where the token is good for one.", "example": "0f3c9a5b7d2e48619a0b1c2d3e4f5061" }),
        json!({ "name": "X-Caregiver", "in": "header", "schema": text, "description": "The id of the RelatedPerson on whose behalf the call is made.", "example": "1f3c9a5b7d2e48619a0b1c2d3e4f5061" }),
    ];
    if path.contains("{id}") {
        parameters.push(json!({ "name": "id", "in": "path", "required": true, "schema": text, "description": "The id of the resource." }));
    }
    Value::Array(parameters)
}

/// The ways in that have no FHIR resource at their end.
fn doors() -> Vec<(&'static str, &'static str, Value)> {
    let carried = header_references(&["X-Request-Id", "X-Correlation-Id", "Cache-Control"]);
    let shared = |operation: &mut Value, is_fhir: bool| {
        for kind in OF_ALL.into_iter().chain([ProblemKind::NotFound, ProblemKind::BodyTooLarge]) {
            let name = if is_fhir { outcome_name(kind) } else { kind.response_name() };
            let told = &mut operation["responses"][kind.status().as_str()];
            if told.is_null() {
                *told = json!({ "$ref": format!("#/components/responses/{name}") });
            }
        }
    };
    let json_answer = |description: &str, example: Value| {
        json!({ "description": description, "headers": carried, "content": { "application/json": {
            "schema": { "type": "object", "properties": {}, "additionalProperties": true },
            "example": example,
        } } })
    };
    let mut token = json!({
        "operationId": "exchangeAssertion",
        "tags": ["care"],
        "summary": "A token for a signed assertion",
        "description": "SMART Backend Services. `patient` (and `caregiver`) make the token good for one patient only.",
        "requestBody": { "required": true, "content": { "application/x-www-form-urlencoded": { "schema": {
            "type": "object",
            "properties": {
                "grant_type": { "const": "client_credentials" },
                "client_assertion_type": { "const": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" },
                "client_assertion": { "type": "string" },
                "scope": { "type": "string" },
                "patient": { "type": "string" },
                "caregiver": { "type": "string" },
            },
        } } } },
        "responses": {
            "200": json_answer("The token.", json!({ "access_token": "…", "token_type": "bearer", "expires_in": 300, "scope": "system/*.cruds" })),
            "400": json_answer("What is asked cannot be understood.", json!({ "error": "invalid_request" })),
            "401": json_answer("The assertion was refused.", json!({ "error": "invalid_client" })),
        },
    });
    shared(&mut token, false);
    let mut configuration = json!({
        "operationId": "readSmartConfiguration",
        "tags": ["care"],
        "summary": "How applications get tokens",
        "responses": { "200": json_answer("The configuration.", json!({ "token_endpoint": "https://slots.example.org/oauth/token" })) },
    });
    shared(&mut configuration, false);
    let page = json!({ "text/html; charset=utf-8": { "schema": { "type": "string" }, "example": "<!doctype html>" } });
    let query = |name: &str, description: &str, example: &str| json!({ "name": name, "in": "query", "schema": { "type": "string" }, "description": description, "example": example });
    let mut back = json!({
        "operationId": "comeBackFromPortal",
        "tags": ["care"],
        "summary": "Where portals send patients back to",
        "description": "Takes `state` and `outcome` once. What is wrong with a state is told to the operator only.",
        "parameters": [
            query("state", "As the hand-off carried it.", "Zm9yZ2Vk"),
            query("outcome", "booked, cancelled, entered-in-error or failed.", "booked"),
            query("reason", "slot-unavailable, system-error, auth-required or validation.", "slot-unavailable"),
            query("bookingRef", "The portal's confirmation number.", "C-1"),
            query("appointmentRef", "The provider's own Appointment.", "Appointment/77"),
            query("resultToken", "A token of the portal's, which is not kept.", "t"),
        ],
        "responses": {
            "200": { "description": "It was taken.", "headers": carried, "content": page },
            "303": { "description": "It was taken; on to the application.", "headers": header_references(&["X-Request-Id", "X-Correlation-Id", "Cache-Control", "Location"]) },
            "410": { "description": "Nothing was changed.", "headers": carried, "content": page },
        },
    });
    shared(&mut back, false);
    let part = |name: &str, description: &str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" }, "description": description });
    let header = |name: &str, description: &str, example: &str| json!({ "name": name, "in": "header", "schema": { "type": "string" }, "description": description, "example": example });
    let outcome = |description: &str| {
        json!({ "description": description, "headers": carried, "content": { FHIR_MEDIA_TYPE: {
            "schema": { "$ref": "#/components/schemas/OperationOutcome" },
            "example": { "resourceType": "OperationOutcome", "issue": [{ "severity": "information", "code": "informational", "diagnostics": "the ride is accepted" }] },
        } } })
    };
    let mut ride = json!({
        "operationId": "updateRide",
        "tags": ["care"],
        "summary": "What a vendor says of a ride",
        "description": "Signed: `X-Signature` is the hexadecimal HMAC-SHA-256 of `X-Timestamp`, a dot and the body.",
        "parameters": [
            part("vendor", "The vendor's name."),
            part("task", "The id of the ride's Task."),
            header("X-Timestamp", "When it was signed, in seconds since 1970.", "1800000000"),
            header("X-Signature", "The signature.", "00"),
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": {
            "type": "object",
            "required": ["tripId", "status"],
            "properties": {
                "tripId": { "type": "string" },
                "status": { "enum": ["accepted", "in-progress", "completed", "cancelled"] },
                "note": { "type": "string" },
            },
        } } } },
        "responses": {
            "200": outcome("It was taken."),
            "400": outcome("It cannot be read."),
            "401": outcome("The signature is missing, too old or wrong."),
            "404": outcome("There is no such ride."),
            "422": outcome("The ride cannot come into this state."),
        },
    });
    shared(&mut ride, false);
    let mut fhir_configuration = configuration.clone();
    fhir_configuration["operationId"] = json!("readSmartConfigurationOfFhir");
    vec![
        ("/oauth/token", "post", token),
        ("/.well-known/smart-configuration", "get", configuration),
        ("/fhir/.well-known/smart-configuration", "get", fhir_configuration),
        ("/care/return", "get", back),
        ("/care/rides/{vendor}/{task}", "post", ride),
    ]
}

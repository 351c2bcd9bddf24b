//! What is asked of publishers: each requirement with where it stands, how grave a breach is, and what to do.

use std::fmt;

use serde::{Serialize, Serializer};

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A `SHALL` is broken: some client cannot use the data, or is misled.
    Error,
    /// A `SHOULD` is not followed, or something is most likely not what was meant.
    Warning,
    /// Worth knowing.
    Information,
}

impl Severity {
    /// Whether it is the gravest.
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Error)
    }

    /// The severity as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! requirements {
    ($($name:ident = $code:literal, $severity:ident, $source:expr, $remedy:literal;)*) => {
        /// Something that is asked of publishers. Codes are stable: scripts hold on to them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Requirement {
            $(#[doc = $remedy] $name,)*
        }

        impl Requirement {
            /// Every requirement.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name: `sched-N` for those that STU 1 numbers, else one of ours.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// How grave a breach is.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// Where it is asked.
            pub const fn source(self) -> &'static str {
                match self { $(Self::$name => $source,)* }
            }

            /// What the publisher should do, in one sentence.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)* }
            }
        }
    };
}

const NDJSON: &str = "NDJSON specification 1.0";
const JSON: &str = "FHIR R4, JSON representation";
const TYPES: &str = "FHIR R4, data types";
const R4: &str = "FHIR R4, resource definition";
const REFERENCES: &str = "FHIR R4, references";
const PUBLISH: &str = "Bulk Publish, manifest";
const SSL_2021: &str = "SMART Scheduling Links 2021";
const SSL: &str = "SMART Scheduling Links 2021 and STU 1";
const STU1: &str = "SMART Scheduling Links STU 1";
const CODES: &str = "terminology of the code system";
const PRACTICE: &str = "good practice";

requirements! {
    LineEncoding = "line-encoding", Error, NDJSON, "Write the file as UTF-8.";
    ByteOrderMark = "byte-order-mark", Error, NDJSON, "Write no byte order mark at the beginning of a file.";
    LineJson = "line-json", Error, NDJSON, "Write each line as one complete JSON object, without line breaks inside it.";
    LineObject = "line-object", Error, NDJSON, "Write one resource a line: a JSON object, no list and no Bundle around them.";
    LineLength = "line-length", Error, PRACTICE, "Keep each line below a megabyte; leave out what nobody books by.";
    LineEnd = "line-end", Warning, NDJSON, "End the last line with a line feed too, so that a cut-off file can be told.";
    LineBlank = "line-blank", Warning, NDJSON, "Write no blank lines, and nothing but resources.";
    DuplicateName = "json-duplicate-name", Error, JSON, "Write each element of an object once.";
    NullValue = "json-null", Error, JSON, "Leave an element out instead of writing null.";
    EmptyValue = "json-empty", Error, JSON, "Leave out elements that are empty: no empty texts, lists or objects.";

    ResourceType = "resource-type", Error, R4, "Give each resource the `resourceType` that the manifest names for its file.";
    MissingId = "missing-id", Error, SSL, "Give each resource an `id` that stays the same from one publication to the next.";
    IllegalId = "illegal-id", Error, TYPES, "Make ids of 1 to 64 letters, digits, hyphens and full stops.";
    UnknownElement = "unknown-element", Error, R4, "Leave out what FHIR R4 does not have at this place, or write it as an extension.";
    ElementType = "element-type", Error, R4, "Give the element the JSON type that FHIR R4 has for it.";
    Cardinality = "cardinality", Error, R4, "Write a list where FHIR R4 has a list, and a single value where it has one.";
    RequiredElement = "required-element", Error, R4, "Write the element: FHIR R4 requires it.";
    Primitive = "primitive-format", Error, TYPES, "Write the value in the format that its type has in FHIR R4.";
    CodeBinding = "code-binding", Error, R4, "Use one of the codes that FHIR R4 allows here.";
    ChoiceTwice = "choice-twice", Error, R4, "Write at most one of the elements of a choice, such as `value[x]`.";
    ExtensionEmpty = "ext-1", Error, TYPES, "Give each extension a value or extensions of its own, and not both.";
    ContactSystem = "cpt-2", Error, TYPES, "Say with `system` what kind of contact a `value` is.";
    PeriodOrder = "per-1", Error, TYPES, "Let a period begin before it ends.";
    OrganizationNamed = "org-1", Error, R4, "Give each Organization a name or an identifier.";

    ReferenceForm = "reference-form", Error, REFERENCES, "Write references as `Type/id`, or as absolute URLs.";
    ReferenceTarget = "reference-type", Error, R4, "Refer only to the types that the element is for.";
    ReferenceContained = "reference-contained", Error, REFERENCES, "Put what `#id` refers to into the resource's `contained`.";
    ReferenceDangling = "reference-dangling", Error, SSL, "Publish every resource that others refer to, in the same manifest.";
    ReferenceUnpublished = "reference-unpublished-type", Information, SSL, "Nothing has to be done where the reference has a display; programs can show no more than that.";
    DuplicateId = "duplicate-id", Error, SSL, "Publish each id of a type once.";

    InstantFormat = "sched-1", Error, STU1, "Write instants as `YYYY-MM-DDThh:mm:ss` with an offset such as `-05:00`, or `Z`.";
    SlotOrder = "slot-order", Error, SSL, "Let each slot end after it starts.";
    SlotStatus = "slot-status", Information, SSL_2021, "Publish slots as `free` or `busy`.";
    SlotOver = "slot-over", Warning, STU1, "Leave out free slots once they are over.";
    SlotCoarse = "slot-coarse", Information, SSL, "Publish the appointments themselves rather than opening hours, where they are known.";
    SlotBooking = "slot-booking", Warning, SSL, "Give each free slot a `booking-deep-link`, or a telephone to book by.";
    SlotMidnight = "slot-midnight", Warning, PRACTICE, "Write slots in the time of the place, not days that begin at midnight in UTC.";
    BookingLink = "booking-deep-link", Error, SSL, "Write the booking link as an absolute `http` or `https` URL in `valueUrl`.";
    BookingLinkPlain = "booking-link-https", Warning, PRACTICE, "Let booking links begin with `https://`.";
    SlotCapacity = "slot-capacity", Error, SSL, "Write the capacity as a whole number from 1 in `valueInteger`.";

    ScheduleService = "schedule-service-type", Warning, SSL, "Say with `serviceType` what can be booked on each Schedule.";
    ScheduleActor = "schedule-actor", Warning, SSL, "Let each Schedule's actors name the Location where it takes place.";
    AvailabilityContradicted = "sched-18", Error, STU1, "Never write `has-availability` other than `some` on a Schedule whose free slots are listed.";

    LocationName = "location-name", Error, SSL, "Give each Location a name that people know it by.";
    LocationTelecom = "location-telecom", Warning, SSL, "Give each Location a telephone or a URL in `telecom`.";
    LocationAddress = "location-address", Error, SSL, "Give each Location an address with line, city, state and postalCode.";
    LocationState = "location-state", Error, SSL, "Write the state as its two capital letters.";
    LocationPostalCode = "location-postal-code", Error, SSL, "Write US postal codes as 5 digits, or as 5 and 4 with a hyphen.";
    LocationIdentifier = "location-identifier", Information, SSL_2021, "Identify places that give vaccines by their VTrckS PIN in `identifier`.";
    LocationPosition = "location-position", Warning, SSL, "Write the place's own latitude and longitude, in decimal degrees.";
    VirtualStates = "virtual-licensed-states", Warning, STU1, "Say with `licensed-states` where a virtual Location may serve.";
    VirtualAddress = "virtual-address", Warning, STU1, "Give virtual Locations no street address.";

    RolePractitioner = "role-practitioner", Warning, STU1, "Name the practitioner of each PractitionerRole, by reference or display.";
    ServiceName = "service-name", Warning, STU1, "Give each HealthcareService a name, a type or a specialty.";

    ExtensionUrl = "extension-url", Error, TYPES, "Write the URL of an extension in full.";
    ExtensionUnknown = "extension-unknown", Warning, SSL, "Use the extensions as the guide spells them; programs look for no other.";
    ExtensionValue = "extension-value", Error, SSL, "Write the extension's value in the type that the guide has for it.";
    ExtensionContext = "extension-context", Error, SSL, "Write the extension on the resource that it is for.";
    ExtensionRepeated = "extension-repeated", Error, SSL, "Write the extension once on each resource.";
    ExtensionCode = "extension-code", Error, SSL, "Use one of the codes that the guide has for the extension.";

    CodingSystem = "coding-system", Warning, TYPES, "Say with `system` which code system each code is from.";
    CodingCode = "coding-code", Warning, CODES, "Check the code: its code system has none of this form.";
    IdentifierSystem = "identifier-system", Warning, TYPES, "Say with `system` what kind of identifier each is.";
    NpiChecksum = "npi-checksum", Error, CODES, "Write NPIs as 10 digits of which the last is the right check digit.";
    LanguageTag = "language-tag", Error, STU1, "Write languages as BCP 47 tags such as `es`.";
    TelecomValue = "telecom-value", Warning, TYPES, "Write telephones with their digits, URLs in full, and addresses of electronic mail with `@`.";
    TestData = "test-data", Warning, PRACTICE, "Leave test places and placeholders out of what is published.";

    ManifestUnreadable = "manifest-unreadable", Error, SSL, "Answer the manifest's URL with 200 and a JSON manifest.";
    ManifestTransactionTime = "manifest-transaction-time", Error, SSL, "Write in `transactionTime` the instant up to which the data are true.";
    ManifestRequest = "manifest-request", Error, SSL, "Write in `request` the manifest's own URL.";
    ManifestOutput = "manifest-output", Error, SSL, "List the files in `output`, each with its `type` and an absolute `url`.";
    ManifestMissingType = "manifest-missing-type", Error, SSL, "List files of Location, Schedule and Slot.";
    ManifestOtherType = "sched-11", Information, STU1, "Nothing has to be done: clients pass over files of other types.";
    ManifestState = "sched-4", Warning, STU1, "Tag each output file with the states it covers, as a list of two-letter codes in `extension.state`.";
    ManifestStateFalse = "manifest-state-false", Error, SSL, "Tag a file with every state that its Locations are in: clients skip what is not tagged.";
    ManifestDuplicate = "manifest-duplicate-url", Error, PUBLISH, "List each file once.";
    ManifestCount = "manifest-count", Error, PUBLISH, "Write in `count` how many resources the file has.";
    ManifestCadence = "manifest-update-cadence", Error, PUBLISH, "Write `updateCadence` as an ISO 8601 duration such as `PT1H`.";
    ManifestAccess = "sched-9", Error, STU1, "Publish to everybody: no keys, and `requiresAccessToken` false.";
    ManifestLink = "manifest-link", Error, PUBLISH, "Write `link` as a list of `relation` `next` and a `url` that is absolute, `#pending` or `#closed`.";
    ManifestErrors = "manifest-error-files", Information, PUBLISH, "Look into the files that the manifest lists under `error` or `outcome`.";
    ManifestDeletion = "manifest-deleted", Error, PUBLISH, "Write files of deletions as transaction Bundles, one a line, whose entries have method DELETE and `Type/id`.";
    Fresh = "sched-12", Warning, STU1, "Publish anew at least as often as `updateCadence` or `Cache-Control` say.";
    FutureTime = "manifest-future-time", Error, PUBLISH, "Set the server's clock by NTP, and write `transactionTime` with its offset.";

    FileUnreadable = "file-unreadable", Error, SSL, "Answer each URL of the manifest with 200 and the whole file.";
    FileEmpty = "file-empty", Information, PRACTICE, "Nothing has to be done if there is nothing to list.";
    ManifestAccept = "sched-2", Error, STU1, "Answer the manifest alike without `Accept` and with `application/json`.";
    FileAccept = "sched-3", Error, STU1, "Answer files alike without `Accept` and with `application/fhir+ndjson`.";
    CacheControl = "sched-5", Warning, STU1, "Send `Cache-Control: max-age=` with the seconds after which to ask again.";
    ManifestContentType = "manifest-content-type", Warning, PUBLISH, "Send manifests as `application/json`.";
    FileContentType = "file-content-type", Warning, SSL, "Send files as `application/fhir+ndjson`.";
    Compression = "compression", Information, PUBLISH, "Compress files for clients that send `Accept-Encoding: gzip`.";
    CrossOrigin = "cors", Warning, SSL, "Send `Access-Control-Allow-Origin: *`, so that pages in browsers can read the data.";
    Validators = "validators", Information, STU1, "Send an `ETag` or `Last-Modified`, so that unchanged files need not be fetched again.";
    Conditional = "conditional-request", Warning, STU1, "Answer 304 to a request whose `If-None-Match` names the present `ETag`.";
    PlainHttp = "https", Warning, PRACTICE, "Publish over https.";
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Requirement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_requirement_has_a_name_and_a_remedy_of_its_own() {
        let (mut codes, mut remedies) = (BTreeSet::new(), BTreeSet::new());
        for requirement in Requirement::ALL {
            assert!(codes.insert(requirement.code()), "{requirement}");
            assert!(remedies.insert(requirement.remedy()), "{requirement}");
            assert!(requirement.remedy().ends_with('.'), "{requirement}: {}", requirement.remedy());
        }
    }
}

//! Shapes of values whose types know nothing of JSON documents: ids, instants, codes and what the model serialises.

use std::borrow::Cow;

use openslots_fhir::conformance::{Grade, Severity};
use openslots_model::{
    AcceptingPatients as Patients, Availability as Available, BookingMethod as Booking, CrawlOutcome as Outcome,
    FileOutcome as OfFile, Freshness as OfPublisher, IssueCode as Fault, OffsetInstant, PositionSource as OfPosition,
    ProviderKind as Kind, ResourceKind, RunScope as Scope, SlotPrecision as Precision, SlotStatus as Status,
    UnixSeconds, WarningCode as Code,
};
use openslots_publish::export::Format;
use serde_json::json;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::parameters::{NearSource as Named, PUBLIC_ID};
use crate::problem::ParameterIssue;
use crate::render::{CountedCode, Text};

/// A text, told by what it means.
fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

/// Gives named shapes to texts.
macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $name:ident = $build:expr;)*) => {$(
        $(#[doc = $doc])+
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let build: fn(ObjectBuilder) -> ObjectBuilder = $build;
                build(text(concat!($($doc),+).trim())).build().into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

texts! {
    /// The id of a resource, the same after every crawl.
    PublicId = |text| text.pattern(Some(PUBLIC_ID)).examples([json!("kj5wjdjzynprte39")]);
    /// The key of one provider at one place, the same after every crawl.
    ProviderLocationKey = |text| text.pattern(Some(PUBLIC_ID)).examples([json!("qxvbfzagsest15t1")]);
    /// A day on the clock of each place.
    Date = |text| text.format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).examples([json!("2026-10-02")]);
    /// How the rows of a file are written.
    ExportFormat = |text| text.enum_values(Some(Format::ALL.into_iter().map(Format::extension)));
    /// The status of a slot (FHIR `slotstatus`).
    SlotStatus = |text| text.enum_values(Some(
        Status::ALL.into_iter().filter(|status| *status != Status::EnteredInError).map(Status::as_str)
    ));
    /// Which patients are accepted (HL7 `accepting-patients`).
    AcceptingPatients = |text| text.enum_values(Some(
        Patients::ALL.into_iter().filter(|code| *code != Patients::None).map(Patients::as_str)
    ));
    /// Whether something can be booked by what the publisher says.
    Availability = |text| text.enum_values(Some(
        [Available::Some, Available::None, Available::Unknown].map(Available::as_str)
    ));
    /// How exactly a slot's time is that of an appointment: `day` is a window of hours.
    SlotPrecision = |text| text.enum_values(Some(
        [Precision::Exact, Precision::Day, Precision::MultiDay].map(Precision::as_str)
    ));
    /// Whether data are as recent as their publisher's cadence promises; older ones are not offered at all.
    DataFreshness = |text| text.enum_values(Some([OfPublisher::Fresh, OfPublisher::Stale].map(OfPublisher::as_str)));
    /// How trustworthy a publisher's data are by age; `unknown`: never read.
    Freshness = |text| text.enum_values(Some(OfPublisher::ALL.map(OfPublisher::as_str)));
    /// Whose claim of age is believed: an aggregator's of the resource, the publisher's of all, or none.
    AsOfBasis = |text| text.enum_values(Some(["last-source-sync", "manifest", "fetched"]));
    /// The best way to book.
    BookingMethod = |text| text.enum_values(Some(
        [Booking::Online, Booking::Phone, Booking::Contact].map(Booking::as_str)
    ));
    /// What agrees between two places; `operator`: what is configured.
    LinkSignal = |text| text.enum_values(Some(["identifier", "address", "phone", "position", "name", "operator"]));
    /// Where a position comes from; `postal-code`: the middle of it.
    PositionSource = |text| text.enum_values(Some(
        [OfPosition::Published, OfPosition::PostalCode].map(OfPosition::as_str)
    ));
    /// What kind of resource a provider is.
    ProviderKind = |text| text.enum_values(Some(
        [Kind::Practitioner, Kind::PractitionerRole, Kind::HealthcareService].map(Kind::as_str)
    ));
    /// What was named to measure from.
    NearSource = |text| text.enum_values(Some([Named::Point, Named::PostalCode, Named::City].map(Named::as_str)));
    /// How a crawl run ended.
    CrawlOutcome = |text| text.enum_values(Some(
        [Outcome::Updated, Outcome::Unchanged, Outcome::Partial, Outcome::Failed, Outcome::TooSoon]
            .map(Outcome::as_str)
    ));
    /// `snapshot`: all that there is; `increment`: what had changed.
    RunScope = |text| text.enum_values(Some([Scope::Snapshot, Scope::Increment].map(Scope::as_str)));
    /// How one output file fared.
    FileOutcome = |text| text.enum_values(Some(OfFile::ALL.map(OfFile::as_str)));
    /// The type of the resources in an output file.
    ResourceType = |text| text.enum_values(Some(ResourceKind::ALL.map(ResourceKind::as_str)));
    /// What is wrong with a line or file.
    IssueCode = |text| text.enum_values(Some(Fault::ALL.iter().map(|code| code.as_str())));
    /// `A`: nothing is wrong; `B`: warnings; `C`: errors in up to one line of a hundred; `D`: of ten; `F`: in more.
    ConformanceGrade = |text| text.enum_values(Some(
        [Grade::A, Grade::B, Grade::C, Grade::D, Grade::F].map(Grade::as_str)
    ));
    /// `error`: a SHALL is broken; `warning`: a SHOULD is, or something is most likely not meant.
    RequirementSeverity = |text| text.enum_values(Some(
        [Severity::Error, Severity::Warning, Severity::Information].map(Severity::as_str)
    ));
    /// What kind of thing an operator should hear.
    WarningCode = |text| text.enum_values(Some(Code::ALL.map(Code::as_str)));
}

/// Instants are RFC 3339 with seconds and offset.
fn instant(description: &str, example: &str) -> RefOr<Schema> {
    let date_time = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    text(description).format(Some(date_time)).examples([json!(example)]).build().into()
}

impl PartialSchema for Text<UnixSeconds> {
    fn schema() -> RefOr<Schema> {
        instant("An instant in UTC.", "2026-10-01T12:00:00Z")
    }
}

impl ToSchema for Text<UnixSeconds> {
    fn name() -> Cow<'static, str> {
        "UtcInstant".into()
    }
}

impl PartialSchema for Text<OffsetInstant> {
    fn schema() -> RefOr<Schema> {
        instant(
            "An instant with an offset: the publisher's, or that of the place where the name begins with `local`.",
            "2026-10-02T09:00:00-04:00",
        )
    }
}

impl ToSchema for Text<OffsetInstant> {
    fn name() -> Cow<'static, str> {
        "Instant".into()
    }
}

/// An object of texts and named shapes, some of which must be there.
fn object(description: &str, fields: &[(&str, RefOr<Schema>)], required: &[&str]) -> RefOr<Schema> {
    let object = ObjectBuilder::new().schema_type(Type::Object).description(Some(description));
    let object = fields.iter().fold(object, |object, (name, schema)| object.property(*name, schema.clone()));
    required.iter().fold(object, |object, name| object.required(*name)).build().into()
}

/// A code of a code system.
pub(crate) enum Coding {}

impl PartialSchema for Coding {
    fn schema() -> RefOr<Schema> {
        let fields = [
            ("system", text("Canonical URL of the code system.").build().into()),
            ("code", text("The code within the system.").build().into()),
            ("display", text("What people read.").build().into()),
        ];
        object("A code of a code system, its display, or both.", &fields, &[])
    }
}

impl ToSchema for Coding {
    fn name() -> Cow<'static, str> {
        "Coding".into()
    }
}

/// A business identifier.
pub(crate) enum Identifier {}

impl PartialSchema for Identifier {
    fn schema() -> RefOr<Schema> {
        let fields = [
            ("system", text("The namespace.").build().into()),
            ("value", text("The value; never empty.").build().into()),
        ];
        object("A business identifier.", &fields, &["value"])
    }
}

impl ToSchema for Identifier {
    fn name() -> Cow<'static, str> {
        "Identifier".into()
    }
}

/// What an operator should hear of a publisher.
pub(crate) enum Warning {}

impl PartialSchema for Warning {
    fn schema() -> RefOr<Schema> {
        let code = RefOr::Ref(Ref::from_schema_name(WarningCode::name()));
        let fields = [("code", code), ("detail", text("What is the matter and what to do.").build().into())];
        object("What an operator should hear of a publisher.", &fields, &["code", "detail"])
    }
}

impl ToSchema for Warning {
    fn name() -> Cow<'static, str> {
        "Warning".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((WarningCode::name().into_owned(), WarningCode::schema()));
    }
}

/// Gives names to lists of counted codes.
macro_rules! code_lists {
    ($($(#[doc = $doc:literal])+ $name:ident = $field:literal;)*) => {$(
        $(#[doc = $doc])+
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let codes = RefOr::from(ArrayBuilder::new().items(Ref::from_schema_name(CountedCode::name())).build());
                object(concat!($($doc),+).trim(), &[($field, codes)], &[$field])
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push((CountedCode::name().into_owned(), CountedCode::schema()));
            }
        }
    )*};
}

code_lists! {
    /// The service types in use.
    ServiceTypes = "serviceTypes";
    /// The specialties in use.
    Specialties = "specialties";
}

impl PartialSchema for ParameterIssue {
    fn schema() -> RefOr<Schema> {
        let path = ArrayBuilder::new().items(text("The parameter's name.").build());
        let path = path.description(Some("The same as `parameter`, as the field's public SDKs read it.")).build();
        let fields = [
            ("parameter", text("The parameter's name as given.").build().into()),
            ("detail", text("What is wrong and what would be right.").build().into()),
            ("path", RefOr::from(path)),
            ("message", text("The same as `detail`, as the field's public SDKs read it.").build().into()),
        ];
        object("What is wrong with one parameter.", &fields, &["parameter", "detail", "path", "message"])
    }
}

impl ToSchema for ParameterIssue {
    fn name() -> Cow<'static, str> {
        "ParameterIssue".into()
    }
}

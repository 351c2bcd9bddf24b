//! Query parameters as the document tells them, made of what the parsers know and say of them.

use openslots_statistics::Figure;
use serde_json::{Value, json};
use utoipa::openapi::path::{Parameter as Documented, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Required};
use utoipa::{IntoParams, Number};

use crate::parameters::{
    BOOKING_PARAMETERS, Form, ISSUE_PARAMETERS, MAX_FIELDS, Parameter, READ_PARAMETERS, SearchKind, Shape, describe,
    parameters_of,
};

/// Names the parameters of requests, and whose fields they choose from, for the handlers' descriptions.
macro_rules! parameters {
    ($($(#[doc = $doc:literal])+ $name:ident = $names:expr, $answers:expr;)*) => {$(
        $(#[doc = $doc])+
        pub(crate) enum $name {}

        impl IntoParams for $name {
            fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
                let answers: Option<SearchKind> = $answers;
                let shape = answers.and_then(SearchKind::shape);
$names.iter().filter_map(|name| describe(name)).map(|parameter| documented(parameter, shape)).collect()
            }
        }
    )*};
}

parameters! {
    /// Of a search for slots.
    SlotParameters = SearchKind::Slots.parameter_names(), Some(SearchKind::Slots);
    /// Of a search for provider locations.
    ProviderLocationParameters = SearchKind::ProviderLocations.parameter_names(), Some(SearchKind::ProviderLocations);
    /// Of a count of days.
    DayParameters = SearchKind::Days.parameter_names(), None;
    /// Of a count of codes.
    CodeParameters = SearchKind::Codes.parameter_names(), None;
    /// Of a watch.
    WatchParameters = SearchKind::Watch.parameter_names(), None;
    /// Of one slot.
    SlotReadParameters = READ_PARAMETERS, Some(SearchKind::Slots);
    /// Of one provider location.
    ProviderLocationReadParameters = READ_PARAMETERS, Some(SearchKind::ProviderLocations);
    /// Of a list of issues.
    IssueParameters = ISSUE_PARAMETERS, None;
    /// Of a booking hand-off.
    BookingParameters = BOOKING_PARAMETERS, None;
}

/// Names the parameters of figures, which have tables of their own.
macro_rules! figure_parameters {
    ($($(#[doc = $doc:literal])+ $name:ident = $figure:ident;)*) => {$(
        $(#[doc = $doc])+
        pub(crate) enum $name {}

        impl IntoParams for $name {
            fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
                parameters_of(Figure::$figure).iter().map(|parameter| documented(parameter, None)).collect()
            }
        }
    )*};
}

figure_parameters! {
    /// Of figures of slots and places.
    StatisticsParameters = Coverage;
    /// Of figures of publishers.
    ContinuityParameters = Continuity;
}

fn documented(parameter: &Parameter, answers: Option<&Shape>) -> Documented {
    let mut built = ParameterBuilder::new()
        .name(parameter.name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(parameter.description))
        .schema(Some(schema(parameter.form, answers)));
    if matches!(parameter.form, Form::List(..) | Form::Fields | Form::BoundingBox) {
        built = built.style(Some(ParameterStyle::Form)).explode(Some(false));
    }
    if !parameter.example.is_empty() {
        built = built.example(Some(value(parameter.form, parameter.example)));
    }
    built.build()
}

/// The schema of a parameter's values.
fn schema(form: Form, answers: Option<&Shape>) -> Schema {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let number = |kind: Type| ObjectBuilder::new().schema_type(kind);
    match form {
        Form::Text(max_chars) => {
            // What is only of spaces says nothing.
            text().min_length(Some(1)).max_length(Some(max_chars)).pattern(Some(r"\S")).build().into()
        }
        Form::Pattern(pattern) => text().pattern(Some(pattern)).build().into(),
        Form::OneOf(values, default) => {
            text().enum_values(Some(values())).default(default.map(Value::from)).build().into()
        }
        Form::Boolean(default) => number(Type::Boolean).default(default.map(Value::from)).build().into(),
        Form::Integer(least, most, default) => number(Type::Integer)
            .minimum(Some(Number::UInt(least as usize)))
            .maximum(Some(Number::UInt(most as usize)))
            .default(default.map(Value::from))
            .build()
            .into(),
        Form::Measure(most, default) => number(Type::Number)
            .exclusive_minimum(Some(Number::UInt(0)))
            .maximum(Some(Number::Float(most)))
            .default(default.map(Value::from))
            .build()
            .into(),
        Form::Instant => text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).build().into(),
        Form::BoundingBox => {
            let degrees = |most: isize| {
                number(Type::Number).minimum(Some(Number::Int(-most))).maximum(Some(Number::Int(most))).build()
            };
            let corners = [180, 90, 180, 90].map(|most| Schema::Object(degrees(most)));
            ArrayBuilder::new()
                .prefix_items(corners)
                .items(degrees(180))
                .min_items(Some(4))
                .max_items(Some(4))
                .build()
                .into()
        }
        Form::Fields => {
            let field = text().enum_values(answers.map(Shape::names)).build();
            ArrayBuilder::new().items(field).min_items(Some(1)).max_items(Some(MAX_FIELDS)).build().into()
        }
        Form::List(of, most) => ArrayBuilder::new()
            .items(RefOr::T(schema(*of, answers)))
            .min_items(Some(1))
            .max_items(Some(most))
            .build()
            .into(),
    }
}

/// A text as the value that it stands for.
fn value(form: Form, text: &str) -> Value {
    match form {
        Form::Boolean(_) => Value::Bool(text == "true"),
        Form::Integer(..) | Form::Measure(..) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        Form::BoundingBox => text.split(',').map(|part| value(Form::Measure(180.0, None), part)).collect(),
        Form::List(of, _) => text.split(',').map(|part| value(*of, part)).collect(),
        Form::Fields => text.split(',').collect(),
        Form::Text(_) | Form::Pattern(_) | Form::OneOf(..) | Form::Instant => json!(text),
    }
}

//! What is wrong with a field, told beside the form and at the field.

use maud::{Markup, html};
use openslots_api::problem::ParameterIssue;

use crate::language::Language;
use crate::messages::Say;

/// A field of the form that something can be wrong with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    What,
    Where,
    Miles,
    Day,
    Days,
    Hours,
    Care,
    Language,
    Order,
    /// What no field stands for, such as the place of a page.
    Other,
}

impl Field {
    /// The field that stands for a parameter of the API.
    fn of_parameter(parameter: &str) -> Self {
        match parameter {
            "q" => Self::What,
            "near" | "zip" => Self::Where,
            "radius" => Self::Miles,
            "date" => Self::Day,
            "weekday" => Self::Days,
            "timeOfDay" => Self::Hours,
            "isVirtual" => Self::Care,
            "language" => Self::Language,
            "sort" => Self::Order,
            _ => Self::Other,
        }
    }

    const fn label(self) -> Option<Say> {
        Some(match self {
            Self::What => Say::What,
            Self::Where => Say::Where,
            Self::Miles => Say::Within,
            Self::Day => Say::Day,
            Self::Days => Say::Days,
            Self::Hours => Say::Time,
            Self::Care => Say::Care,
            Self::Language => Say::SpokenLanguage,
            Self::Order => Say::Order,
            Self::Other => return None,
        })
    }

    /// Whether it is among those that are not shown at once.
    pub(super) const fn is_folded(self) -> bool {
        !matches!(self, Self::What | Self::Where | Self::Other)
    }

    /// The id of what is told of its fault.
    pub(super) fn fault_id(self) -> String {
        format!("fault-{self:?}").to_ascii_lowercase()
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) field: Field,
    /// In English, as the API tells it.
    detail: String,
}

impl From<&ParameterIssue> for Fault {
    fn from(issue: &ParameterIssue) -> Self {
        Self { field: Field::of_parameter(&issue.parameter), detail: issue.detail.clone() }
    }
}

/// All faults, one paragraph a field.
pub(super) fn told(language: Language, faults: &[Fault]) -> Markup {
    html! {
        div.faults role="alert" {
            @for (n, fault) in faults.iter().enumerate() {
                @let is_first = faults[..n].iter().all(|other| other.field != fault.field);
                p.fault id=[is_first.then(|| fault.field.fault_id())] {
                    @if let Some(label) = fault.field.label() { (language.fill(Say::Misunderstood, &[&language.say(label)])) " " }
                    span lang="en" { (fault.detail) }
                }
            }
        }
    }
}

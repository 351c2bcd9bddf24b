//! How a publisher stands to what is asked of it, and what it should do.

use maud::{Markup, html};
use openslots_api::conformance::{Breach, Conformance};

use crate::figures::{count_of, grouped};
use crate::layout::{Column, table};

const COLUMNS: [Column; 4] =
    [Column::Text("Requirement"), Column::Text("Severity"), Column::Count("Found"), Column::Text("What to do")];

/// The grade, what it comes from, and each requirement that is not met.
pub(super) fn conformance(found: Option<&Conformance>, manifest_url: &str) -> Markup {
    let Some(found) = found else { return html! { p { "Not judged: nothing is held of it, or not for long." } } };
    html! {
        p {
            "Grade " strong { (found.grade.as_str()) } ": " (count_of(found.n_errors, "error")) " and "
            (count_of(found.n_warnings, "warning")) " in " (count_of(found.n_checked, "line")) " that were looked at; "
            (grouped(found.n_rejected)) " lines of all were refused."
        }
        @if !found.findings.is_empty() { (table("What is not met", false, &COLUMNS, found.findings.iter().map(row))) }
        p.quiet { "This is a sample. " code { "openslots check '" (manifest_url) "'" } " looks at every line." }
    }
}

fn row(breach: &Breach) -> Markup {
    let Breach { requirement, severity, n, remedy } = breach;
    html! {
        tr {
            td { code { (requirement) } }
            td.stale[severity == "error"] { (severity) }
            td.count { (grouped(*n)) }
            td { (remedy) }
        }
    }
}

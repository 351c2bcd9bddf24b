//! A report as one HTML page that needs nothing else.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::report::{Breach, Report, Sample};
use crate::output::{bytes, grouped};

/// Places that are shown without a click.
const N_SHOWN: usize = 3;

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --error: #b3261e; --warning: #8a5a00; --information: #2f5d8a; }
@media (prefers-color-scheme: dark) { :root { --error: #ff8a80; --warning: #ffc25c; --information: #8ec1f5; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 0; }
.verdict { font-size: 1.2rem; } .grade { font-size: 2rem; font-weight: 700; }
article { border: 1px solid var(--line); border-left-width: .4rem; border-radius: .3rem; padding: .6rem .8rem; margin: .8rem 0; }
.error { border-left-color: var(--error); } .warning { border-left-color: var(--warning); }
.information { border-left-color: var(--information); }
.error h3 span { color: var(--error); } .warning h3 span { color: var(--warning); }
.information h3 span { color: var(--information); }
code { font-size: .85em; } li { margin: .4rem 0; } .wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .2rem .6rem .2rem 0; }
.n { text-align: right; white-space: nowrap; }
";

/// The page.
pub(super) fn page(report: &Report) -> String {
    let verdict = if report.is_conformant { "Conformant" } else { "Not conformant" };
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Conformance of " (report.target) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { "Conformance of " (report.target) }
                    p.verdict { span.grade { (report.grade.as_str()) } " " (verdict) }
                    p {
                        "Errors " (grouped(report.n_errors)) ", warnings " (grouped(report.n_warnings))
                        ", information " (grouped(report.n_information)) ". Checked at " (report.checked_at) "."
                    }
                    h2 { "Findings" }
                    @if report.findings.is_empty() { p { "None." } }
                    @for breach in &report.findings { (article(breach)) }
                    h2 { "Files" }
                    (files(report))
                }
            }
        }
    };
    markup.into_string()
}

fn article(breach: &Breach) -> Markup {
    let n_more = breach.count - breach.samples.len() as u64;
    let (shown, behind) = breach.samples.split_at(breach.samples.len().min(N_SHOWN));
    html! {
        article class=(breach.severity) {
            h3 { span { (breach.severity) } " " (breach.requirement) " × " (grouped(breach.count)) }
            p { (breach.remedy) " (" (breach.source) ")" }
            (places(shown))
            @if !behind.is_empty() {
                details {
                    summary { (behind.len()) " more places" }
                    (places(behind))
                }
            }
            @if n_more > 0 { p { "And " (grouped(n_more)) " that are not listed." } }
        }
    }
}

fn places(samples: &[Sample]) -> Markup {
    html! {
        ul {
            @for sample in samples {
                li {
                    (sample.file) ":" (sample.line) " "
                    @if !sample.element.is_empty() { code { (sample.element) } ": " }
                    (sample.detail)
                    @if !sample.excerpt.is_empty() { br; code { (sample.excerpt) } }
                }
            }
        }
    }
}

fn files(report: &Report) -> Markup {
    html! {
        div.wide {
            table {
                thead {
                    tr { th { "File" } th { "Type" } th.n { "Lines" } th.n { "With errors" } th.n { "Size" } }
                }
                tbody {
                    @for file in &report.files {
                        tr {
                            td { (file.name) }
                            td { (file.kind) }
                            td.n { (grouped(file.n_lines)) @if file.is_cut { " (cut)" } }
                            td.n { (grouped(file.n_faulty)) }
                            td.n { (bytes(file.n_bytes)) }
                        }
                    }
                }
            }
        }
    }
}

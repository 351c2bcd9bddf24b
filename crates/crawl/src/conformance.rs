//! What a crawl holds against the guides: its manifest, and the first lines that it decodes of each file.
//!
//! To look at every line would cost about as much as all else a crawl does. What is found is noted and never refuses a
//! line. What hangs on the hour of the crawl is left out: a line that is not read again could never be rid of it.

use std::collections::BTreeMap;

use openslots_fhir::conformance::{Finding, Requirement, Severity, check_line, check_manifest};
use openslots_model::{Issue, IssueCode, ResourceKind, UnixSeconds};
use url::Url;

/// Lines of a file that are told of one requirement.
const MAX_TOLD: u32 = 3;
/// An element and a detail are cut after so many characters each; the remedy behind them must not be lost.
const MAX_PART_CHARS: usize = 160;

/// The lines of one file that are looked at: the first ones that are taken.
#[derive(Debug)]
pub(crate) struct LineSample {
    kind: ResourceKind,
    /// What past and future are told by.
    now: UnixSeconds,
    n_left: u32,
    n_told: BTreeMap<Requirement, u32>,
}

impl LineSample {
    /// So many lines of a file.
    pub(crate) const fn new(kind: ResourceKind, n_lines: u32, now: UnixSeconds) -> Self {
        Self { kind, now, n_left: n_lines, n_told: BTreeMap::new() }
    }

    /// What a line breaks: a text for each requirement. Nothing of what its repairs tell, of requirements that enough
    /// lines were told of, and of lines beyond the sample.
    pub(crate) fn look_at(&mut self, line: &[u8], repairs: &[(IssueCode, String)]) -> Vec<String> {
        if self.n_left == 0 {
            return Vec::new();
        }
        self.n_left -= 1;
        let (_, found) = check_line(self.kind, line, self.now);
        let mut first: BTreeMap<Requirement, Finding> = BTreeMap::new();
        for finding in found {
            if is_noted(finding.requirement) && !repairs.iter().any(|repair| tells(repair, &finding)) {
                first.entry(finding.requirement).or_insert(finding);
            }
        }
        let mut told = Vec::new();
        for finding in first.values() {
            let n_told = self.n_told.entry(finding.requirement).or_default();
            if *n_told < MAX_TOLD {
                *n_told += 1;
                told.push(text_of(finding));
            }
        }
        told
    }
}

/// How a page of a manifest is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageCheck {
    /// What past and future are told by.
    pub(crate) now: UnixSeconds,
    /// Whether others may follow it.
    pub(crate) is_first: bool,
}

impl PageCheck {
    /// What a page breaks, each with its line. `url` is where it was found.
    pub(crate) fn look_at(self, body: &[u8], url: &Url) -> Vec<(u64, Finding)> {
        let mut found = check_manifest(body, url, self.now, self.is_first).findings;
        found.retain(|(_, finding)| is_noted(finding.requirement));
        found
    }
}

/// What the pages of a manifest break: each requirement where it is broken first.
#[derive(Debug, Default)]
pub(crate) struct ManifestFindings(BTreeMap<Requirement, Breach>);

#[derive(Debug)]
struct Breach {
    issue: Issue,
    n_more: u64,
}

impl ManifestFindings {
    /// Adds what a page breaks, apart from what its issues tell. `censor` takes out of a text what must not be shown.
    pub(crate) fn add(
        &mut self,
        shown: &str,
        found: &[(u64, Finding)],
        issues: &[Issue],
        censor: impl Fn(&str) -> String,
    ) {
        for (line, finding) in found {
            let requirement = finding.requirement;
            if issues.iter().any(|issue| tells_of_manifest(issue, finding)) {
                continue;
            }
            let breach = self.0.entry(requirement);
            breach.and_modify(|breach| breach.n_more += 1).or_insert_with(|| {
                let (file, detail) = (shown.to_owned(), censor(&text_of(finding)));
                let code = IssueCode::NonConformant;
                Breach { issue: Issue { file, line: *line, code, detail, excerpt: String::new() }, n_more: 0 }
            });
        }
    }

    /// An issue for each requirement.
    pub(crate) fn into_issues(self) -> impl Iterator<Item = Issue> {
        self.0.into_values().map(|Breach { issue, n_more }| match n_more {
            0 => issue,
            n => Issue { detail: format!("{} ({n} more like it)", issue.detail), ..issue },
        })
    }
}

/// Whether a breach is noted: not what is merely worth knowing, what changes with the hour, or what a crawl tells in its
/// own words wherever it meets it.
fn is_noted(requirement: Requirement) -> bool {
    let is_of_the_hour = matches!(requirement, Requirement::SlotOver | Requirement::Fresh | Requirement::FutureTime);
    let is_told_anyway = requirement == Requirement::ManifestDuplicate;
    requirement.severity() != Severity::Information && !is_of_the_hour && !is_told_anyway
}

/// Whether a repair of a line says what a finding says.
fn tells((code, detail): &(IssueCode, String), finding: &Finding) -> bool {
    let requirement = finding.requirement;
    let path = finding.element.split_once('.').map_or("", |(_, path)| path);
    match code {
        IssueCode::NumericId | IssueCode::IllegalId => path == "id",
        // They begin with the element.
        IssueCode::RepairedTime | IssueCode::IgnoredElement => {
            let is_twice = requirement == Requirement::DuplicateName && detail.starts_with("duplicate field");
            is_twice || (!path.is_empty() && detail.trim_start_matches('`').starts_with(path))
        }
        IssueCode::UnusableLink => {
            let is_format = requirement == Requirement::Primitive && path.ends_with(".valueUrl");
            is_format || requirement == Requirement::BookingLink
        }
        IssueCode::UnusablePosition => path.starts_with("position"),
        IssueCode::OddCapacity => requirement == Requirement::SlotCapacity,
        IssueCode::TestData => requirement == Requirement::TestData,
        _ => false,
    }
}

/// Whether an issue of a manifest says what a finding says.
fn tells_of_manifest(issue: &Issue, finding: &Finding) -> bool {
    match issue.code {
        IssueCode::StateNotAList => finding.requirement == Requirement::ManifestState,
        IssueCode::InvalidShape => finding.requirement == Requirement::ManifestOutput,
        IssueCode::DataTimeElsewhere | IssueCode::RepairedTime => {
            finding.requirement == Requirement::ManifestTransactionTime
        }
        // It begins with the element.
        IssueCode::IgnoredElement => issue.detail.starts_with(&format!("`{}`", finding.element)),
        _ => false,
    }
}

/// The requirement, the element, what is wrong with it, and what to do.
fn text_of(finding: &Finding) -> String {
    let Finding { requirement, element, detail } = finding;
    let (element, detail) = (cut(element), cut(detail));
    let place = if element.is_empty() { String::new() } else { format!("{element}: ") };
    format!("`{requirement}`: {place}{detail}. {}", requirement.remedy())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_PART_CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use openslots_fhir::decode::decode_line;

    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_790_000_000);

    /// The requirements that texts begin with.
    fn named(told: &[String]) -> Vec<&str> {
        told.iter().map(|text| text.split('`').nth(1).expect("a requirement")).collect()
    }

    fn look_at(kind: ResourceKind, line: &str) -> Vec<String> {
        let decoded = decode_line(kind, line.as_bytes()).expect("a line that is taken");
        let line = decoded.repaired.as_deref().unwrap_or(line.as_bytes());
        LineSample::new(kind, 1, NOW).look_at(line, &decoded.repairs)
    }

    #[test]
    fn what_a_repair_tells_is_not_told_twice() {
        use ResourceKind::{Organization, Slot};
        let slot = |start: &str, more: &str| {
            format!(
                r#"{{"resourceType":"Slot","id":"s","schedule":{{"reference":"Schedule/a"}},"status":"busy","start":"{start}","end":"2099-11-20T10:00:00Z"{more}}}"#
            )
        };
        let capacity = r#","extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/slot-capacity","valueInteger":-2}]"#;
        let link = r#","extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"book.example.org"}]"#;
        for (kind, line, want) in [
            (Organization, r#"{"resourceType":"Organization","id":"o","name":"Clinic"}"#.to_owned(), &[][..]),
            (Organization, r#"{"resourceType":"Organization","id":"o_1","name":"Clinic"}"#.to_owned(), &[]),
            (Organization, r#"{"resourceType":"Organization","id":12,"name":"Clinic"}"#.to_owned(), &[]),
            (
                Organization,
                r#"{"resourceType":"Organization","id":"o_1","name":"Clinic","zip":1}"#.to_owned(),
                &["unknown-element"],
            ),
            (Slot, slot("2099-11-20T09:00:00Z", ""), &[]),
            (Slot, slot("2099-11-20T09:00Z", ""), &[]),
            (Slot, slot("2099-11-20T09:00:00Z", capacity), &[]),
            (Slot, slot("2099-11-20T09:00:00Z", link), &[]),
            (Slot, slot("2099-11-20T09:00:00Z", ",\"comment\":\"\""), &["json-empty"]),
            (Slot, slot("2099-11-20T09:00:00Z", ",\"comment\":\"a\tb\""), &[]),
        ] {
            assert_eq!(named(&look_at(kind, &line)), want, "{line}");
        }
    }

    #[test]
    fn of_each_requirement_three_lines_are_told_and_none_beyond_the_sample() {
        let line = br#"{"resourceType":"Organization","id":"o","name":"","zip":"","city":1}"#;
        let mut sample = LineSample::new(ResourceKind::Organization, 5, NOW);
        let told: Vec<_> = (0..6).map(|_| named(&sample.look_at(line, &[])).len()).collect();
        assert_eq!(told, [2, 2, 2, 0, 0, 0], "unknown elements once a line");
        let mut sample = LineSample::new(ResourceKind::Organization, 1, NOW);
        assert!(sample.look_at(br#"{"resourceType":"Organization","id":"o","name":"a"}"#, &[]).is_empty());
        assert!(sample.look_at(line, &[]).is_empty(), "the sample is over");
        assert!(LineSample::new(ResourceKind::Organization, 0, NOW).look_at(line, &[]).is_empty());
    }

    #[test]
    fn a_slot_that_is_over_is_no_breach_of_its_line() {
        let line = r#"{"resourceType":"Slot","id":"s","schedule":{"reference":"Schedule/a"},"status":"free","start":"2001-01-02T09:00:00Z","end":"2001-01-02T09:20:00Z"}"#;
        assert_eq!(named(&look_at(ResourceKind::Slot, line)), ["slot-booking"]);
    }

    #[test]
    fn remedies_survive_long_details() {
        let line = format!(r#"{{"resourceType":"Organization","id":"o","name":"Clinic","{}":1}}"#, "x".repeat(5_000));
        let told = look_at(ResourceKind::Organization, &line);
        let [text] = told.as_slice() else { panic!("{told:?}") };
        assert!(text.chars().count() < 500 && text.ends_with(Requirement::UnknownElement.remedy()), "{text}");
    }

    #[test]
    fn pages_tell_each_requirement_once_and_how_often() {
        let url = Url::parse("https://clinic.example/$bulk-publish").expect("a URL");
        let page = |n: usize| {
            let entry = |n| format!("{{\"type\":\"Slot\",\"url\":\"https://clinic.example/{n}?sig=hush\"}}");
            let entries: Vec<_> = (0..n).map(entry).collect();
            format!(
                "{{\n\"transactionTime\":\"2001-01-01T00:00:00Z\",\n\"request\":\"x?sig=hush\",\n\"output\":[\n{}]}}",
                entries.join(",\n")
            )
        };
        let mut findings = ManifestFindings::default();
        for (n, is_first) in [(2, true), (3, false)] {
            let found = PageCheck { now: NOW, is_first }.look_at(page(n).as_bytes(), &url);
            findings.add("shown", &found, &[], str::to_owned);
        }
        let issues: Vec<_> = findings.into_issues().collect();
        let told: Vec<_> = issues.iter().map(|issue| issue.detail.clone()).collect();
        let places: Vec<_> = named(&told).into_iter().zip(issues.iter().map(|issue| issue.line)).collect();
        assert_eq!(places, [("manifest-request", 3), ("manifest-missing-type", 4), ("sched-4", 5)], "{told:?}");
        assert!(told[0].ends_with("(1 more like it)") && told[2].ends_with("(4 more like it)"), "{told:?}");
        assert!(!told.concat().contains("hush"), "{told:?}");
        assert!(issues.iter().all(|issue| issue.code == IssueCode::NonConformant && issue.file == "shown"));
    }

    #[test]
    fn what_the_reading_of_a_page_has_told_is_left_out() {
        let url = Url::parse("https://clinic.example/$bulk-publish").expect("a URL");
        let body = br#"{"transactionTime":"2001-01-01T00:00:00Z","request":"https://clinic.example/","output":[{"type":"Slot","url":"https://clinic.example/a","extension":{"state":"MA"}}],"link":[{"relation":"next","url":"https://clinic.example/b"}]}"#;
        let found = PageCheck { now: NOW, is_first: true }.look_at(body, &url);
        let issue = |code| Issue { file: String::new(), line: 0, code, detail: String::new(), excerpt: String::new() };
        for (code, want) in [(IssueCode::StateNotAList, 0), (IssueCode::SkippedType, 1)] {
            let mut findings = ManifestFindings::default();
            findings.add("shown", &found, &[issue(code)], str::to_owned);
            assert_eq!(findings.into_issues().count(), want, "{code}");
        }
    }
}

//! What a publisher has taken back: its files of deletions.
//!
//! A page of a manifest may list files of transaction Bundles, one a line, whose entries name what to remove
//! (`DELETE Slot/17`). They are worked off after the output files of their page, so they concern what this page and
//! those before it hold; an output file of a later page may bring the resource back.
//!
//! They are small and needed whole before the first line of an output file, so they are read at once and parsed by
//! `ndjson-stream`. One that cannot be read fails the run: without it, openslots would offer what was taken back.

use ndjson_stream::config::{EmptyLineHandling, NdjsonConfig};
use openslots_fhir::reference::Reference;
use openslots_model::{ResourceKind, ResourceRef, Withdrawal};
use rustc_hash::FxHashMap;
use serde::Deserialize;

/// The parser takes its input in pieces of this size, and holds the values of one.
const PIECE_BYTES: usize = 64 * 1024;

/// What has been taken back, and on which page of the manifest last.
#[derive(Debug, Default)]
pub(crate) struct Deletions {
    by_kind: FxHashMap<ResourceKind, DeletionsOfKind>,
    n_entries: usize,
}

#[derive(Debug, Default)]
struct DeletionsOfKind {
    last_page: u32,
    page_by_id: FxHashMap<String, u32>,
}

#[derive(Deserialize)]
struct Bundle {
    #[serde(rename = "resourceType")]
    resource_type: Option<String>,
    entry: Option<Vec<Option<Entry>>>,
}

impl Bundle {
    fn name(&self) -> String {
        self.resource_type.as_ref().map_or_else(|| "no resource".to_owned(), |kind| format!("of type `{kind}`"))
    }
}

#[derive(Deserialize)]
struct Entry {
    request: Option<EntryRequest>,
}

#[derive(Deserialize)]
struct EntryRequest {
    method: Option<String>,
    url: Option<String>,
}

impl Deletions {
    /// Whether some deletion concerns output files of this type on this page.
    pub(crate) fn concern(&self, kind: ResourceKind, page: u32) -> bool {
        self.by_kind.get(&kind).is_some_and(|of_kind| of_kind.last_page >= page)
    }

    /// Whether a resource of an output file on this page has been taken back.
    pub(crate) fn cover(&self, kind: ResourceKind, source_id: &str, page: u32) -> bool {
        let deleted_on = self.by_kind.get(&kind).and_then(|of_kind| of_kind.page_by_id.get(source_id));
        deleted_on.is_some_and(|deleted_on| *deleted_on >= page)
    }

    /// All that has been taken back.
    pub(crate) fn withdrawals(&self) -> Vec<Withdrawal> {
        let of_kind = |(kind, of_kind): (&ResourceKind, &DeletionsOfKind)| {
            let kind = *kind;
            let withdrawal = move |(source_id, page): (&String, &u32)| Withdrawal {
                resource: ResourceRef { kind, source_id: source_id.clone() },
                page: *page,
            };
            of_kind.page_by_id.iter().map(withdrawal).collect::<Vec<_>>()
        };
        let mut withdrawals: Vec<Withdrawal> = self.by_kind.iter().flat_map(of_kind).collect();
        withdrawals.sort_unstable();
        withdrawals
    }

    /// Adds a file of deletions that a page lists. Pages are added in order.
    ///
    /// # Errors
    /// What is wrong with the file, if any of it cannot be understood; and too many entries.
    pub(crate) fn add_file(&mut self, body: &[u8], page: u32, max_entries: usize) -> Result<(), String> {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let config =
            NdjsonConfig::default().with_empty_line_handling(EmptyLineHandling::IgnoreBlank).with_parse_rest(true);
        let bundles = ndjson_stream::from_iter_with_config::<Bundle, _>(body.chunks(PIECE_BYTES), config);
        for (number, bundle) in (1..).zip(bundles) {
            // The parser knows no line numbers; blank lines aside, this is one.
            let bundle = bundle.map_err(|error| format!("holds no bundle of deletions as number {number}: {error}"))?;
            if bundle.resource_type.as_deref() != Some("Bundle") && bundle.entry.is_none() {
                return Err(format!("holds no bundle of deletions as number {number}: it is {}", bundle.name()));
            }
            for entry in bundle.entry.into_iter().flatten().flatten() {
                self.n_entries += 1;
                if self.n_entries > max_entries {
                    return Err(format!("brings the deletions over the limit of {max_entries}"));
                }
                self.add(entry, page).map_err(|what| format!("bundle {number} {what}"))?;
            }
        }
        Ok(())
    }

    fn add(&mut self, entry: Entry, page: u32) -> Result<(), String> {
        let Some(EntryRequest { method: Some(method), url: Some(url) }) = entry.request else {
            return Err("has an entry without a request".to_owned());
        };
        if !method.eq_ignore_ascii_case("delete") {
            return Err(format!("has an entry that is no deletion (`{method}`)"));
        }
        match Reference::parse(&url) {
            Reference::Resource(target) => {
                let of_kind = self.by_kind.entry(target.kind).or_default();
                of_kind.last_page = of_kind.last_page.max(page);
                of_kind.page_by_id.insert(target.source_id, page);
                Ok(())
            }
            _ if url.contains('?') => Err("has a deletion by search, which cannot be followed".to_owned()),
            // Of a type that is not kept.
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(urls: &[&str]) -> String {
        let entries: Vec<_> =
            urls.iter().map(|url| format!(r#"{{"request":{{"method":"DELETE","url":"{url}"}}}}"#)).collect();
        format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#, entries.join(","))
    }

    #[test]
    fn deletions_concern_their_page_and_those_before() {
        let mut deletions = Deletions::default();
        let file =
            format!("\n{}\n\n{}", bundle(&["Slot/1", "Encounter/7"]), bundle(&["https://a.example/fhir/Slot/2"]));
        deletions.add_file(file.as_bytes(), 1, 100).expect("understood");
        deletions.add_file(bundle(&["Slot/1"]).as_bytes(), 3, 100).expect("understood");
        for (id, page, want) in [
            ("1", 0, true),
            ("1", 1, true),
            ("1", 3, true),
            ("1", 4, false),
            ("2", 1, true),
            ("2", 2, false),
            ("3", 0, false),
        ] {
            assert_eq!(deletions.cover(ResourceKind::Slot, id, page), want, "{id} on page {page}");
        }
        assert!(deletions.concern(ResourceKind::Slot, 3) && !deletions.concern(ResourceKind::Slot, 4));
        assert!(!deletions.concern(ResourceKind::Location, 0));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let put = r#"{"entry":[{"request":{"method":"PUT","url":"Slot/1"}}]}"#;
        for (file, want) in [
            ("<html>", "no bundle of deletions as number 1"),
            (r#"{"hello":"world"}"#, "it is no resource"),
            (r#"{"resourceType":"OperationOutcome"}"#, "it is of type `OperationOutcome`"),
            (put, "no deletion (`PUT`)"),
            (r#"{"entry":[{"resource":{}}]}"#, "without a request"),
            (&bundle(&["Slot?status=busy"]), "by search"),
            (&bundle(&["Slot/1", "Slot/2", "Slot/3"]), "over the limit of 2"),
            (&bundle(&["Slot/1"])[..40], "no bundle of deletions as number 1"),
        ] {
            let error = Deletions::default().add_file(file.as_bytes(), 0, 2).expect_err(file);
            assert!(error.contains(want), "{file}: {error}");
        }
        assert_eq!(Deletions::default().add_file(b"", 0, 2), Ok(()));
        assert_eq!(Deletions::default().add_file(br#"{"resourceType":"Bundle","entry":null}"#, 0, 2), Ok(()));
    }
}

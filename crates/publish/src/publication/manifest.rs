//! Pages of the manifest, as FHIR Bulk Publish has them.

use openslots_model::{ResourceKind, UnixSeconds};
use serde::Serialize;

use super::Publication;
use super::record::{FileName, OutputFile, Record};

/// Where a page leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextLink {
    /// To another page.
    Url(String),
    /// To the page that will stand here when there is something new.
    Pending,
    /// Nowhere: start again at the root.
    Closed,
}

/// A page of the manifest.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestPage<'a> {
    #[serde(serialize_with = "as_text")]
    transaction_time: UnixSeconds,
    request: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_cadence: Option<&'a str>,
    requires_access_token: bool,
    output_format: &'static str,
    output: Vec<Output<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deleted: Vec<Deleted>,
    error: [(); 0],
    link: [Link; 1],
}

#[derive(Debug, Serialize)]
struct Output<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
    count: u64,
    extension: Extension<'a>,
}

#[derive(Debug, Serialize)]
struct Extension<'a> {
    state: &'a [String],
}

#[derive(Debug, Serialize)]
struct Deleted {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

#[derive(Debug, Serialize)]
struct Link {
    relation: &'static str,
    url: String,
}

fn as_text<S: serde::Serializer>(time: &UnixSeconds, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

impl Publication {
    /// The root: a whole generation.
    pub fn root<'a>(&self, record: &'a Record, update_cadence: Option<&'a str>) -> ManifestPage<'a> {
        let after = NextLink::Url(self.after_url(record.generation));
        self.page(self.root_url(), record.transaction_time, &record.outputs, None, after, update_cadence)
    }

    /// The page after a generation, where those begin who have read its root. `None`: there has been no such generation.
    pub fn after<'a>(
        &self,
        record: &'a Record,
        generation: u64,
        update_cadence: Option<&'a str>,
    ) -> Option<ManifestPage<'a>> {
        let next = self.next_link(record, generation)?;
        let request = self.after_url(generation);
        Some(self.page(request, record.transaction_time, &[], None, next, update_cadence))
    }

    /// The page of what changed in a generation. `None`: there has been no such generation.
    pub fn changes<'a>(
        &self,
        record: &'a Record,
        generation: u64,
        update_cadence: Option<&'a str>,
    ) -> Option<ManifestPage<'a>> {
        let next = self.next_link(record, generation)?;
        let request = self.changes_url(generation);
        let Some(increment) = record.increments.iter().find(|increment| increment.generation == generation) else {
            let closed = NextLink::Closed;
            return Some(self.page(request, record.transaction_time, &[], None, closed, update_cadence));
        };
        let deleted = increment.deleted.as_ref();
        Some(self.page(request, increment.transaction_time, &increment.outputs, deleted, next, update_cadence))
    }

    /// Where it goes on after a generation; `None` for one that has not been.
    fn next_link(&self, record: &Record, generation: u64) -> Option<NextLink> {
        if generation > record.generation {
            return None;
        }
        if generation == record.generation {
            return Some(NextLink::Pending);
        }
        let next = record.increments.iter().find(|increment| increment.after == generation);
        Some(next.map_or(NextLink::Closed, |increment| NextLink::Url(self.changes_url(increment.generation))))
    }

    fn page<'a>(
        &self,
        request: String,
        transaction_time: UnixSeconds,
        outputs: &'a [OutputFile],
        deleted: Option<&FileName>,
        next: NextLink,
        update_cadence: Option<&'a str>,
    ) -> ManifestPage<'a> {
        let output = |output: &'a OutputFile| Output {
            kind: output.kind.as_str(),
            url: self.file_url(&output.name),
            count: output.n_lines,
            extension: Extension { state: &output.states },
        };
        let url = match next {
            NextLink::Url(url) => url,
            NextLink::Pending => "#pending".to_owned(),
            NextLink::Closed => "#closed".to_owned(),
        };
        // Providers and places before what refers to them.
        let order = |output: &&OutputFile| ResourceKind::ALL.iter().position(|kind| *kind == output.kind);
        let mut ordered: Vec<&OutputFile> = outputs.iter().collect();
        ordered.sort_by_key(order);
        ManifestPage {
            transaction_time,
            request,
            update_cadence,
            requires_access_token: false,
            output_format: "application/fhir+ndjson",
            output: ordered.into_iter().map(output).collect(),
            deleted: deleted.iter().map(|name| Deleted { kind: "Bundle", url: self.file_url(name) }).collect(),
            error: [],
            link: [Link { relation: "next", url }],
        }
    }

    fn root_url(&self) -> String {
        format!("{}/fhir/$bulk-publish", self.base_url())
    }

    fn after_url(&self, generation: u64) -> String {
        format!("{}/fhir/bulk-publish/after/{generation}", self.base_url())
    }

    fn changes_url(&self, generation: u64) -> String {
        format!("{}/fhir/bulk-publish/changes/{generation}", self.base_url())
    }

    fn file_url(&self, name: &FileName) -> String {
        format!("{}/fhir/bulk-publish/files/{name}.ndjson", self.base_url())
    }
}

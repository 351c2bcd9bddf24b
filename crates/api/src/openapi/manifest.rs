//! The manifest of the aggregated data, as FHIR Bulk Publish has it.

use utoipa::ToSchema;

use super::shapes;
use crate::render::Utc;

/// A page of a Bulk Publish manifest. `link` leads to what has changed since; a URL that ends in `#pending` is there
/// when there is something new.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "tells the shape of what another crate writes")]
pub(crate) struct BulkManifest {
    /// The time of the data.
    transaction_time: Utc,
    /// The URL of this page.
    request: String,
    /// How often there is something new, as an ISO 8601 duration.
    update_cadence: Option<String>,
    /// Always false.
    requires_access_token: bool,
    /// The media type of the files.
    output_format: String,
    /// The files of this page.
    output: Vec<BulkOutput>,
    /// Files that name what is gone.
    #[schema(required = false)]
    deleted: Vec<BulkDeleted>,
    /// Always empty.
    #[schema(value_type = Vec<String>, max_items = 0)]
    error: [(); 0],
    /// Where it goes on.
    link: Vec<BulkLink>,
}

/// A file of a manifest.
#[derive(ToSchema)]
#[expect(dead_code, reason = "as above")]
pub(crate) struct BulkOutput {
    /// The type of its resources.
    #[schema(rename = "type", value_type = shapes::ResourceType)]
    kind: String,
    /// Where it is.
    url: String,
    /// How many resources it has.
    count: u64,
    /// What the file is about.
    extension: BulkExtension,
}

/// What a file is about.
#[derive(ToSchema)]
#[expect(dead_code, reason = "as above")]
pub(crate) struct BulkExtension {
    /// The states that its resources are for.
    state: Vec<String>,
}

/// A file of deletions.
#[derive(ToSchema)]
#[expect(dead_code, reason = "as above")]
pub(crate) struct BulkDeleted {
    /// The type of what it holds.
    #[schema(rename = "type")]
    kind: String,
    /// Where it is.
    url: String,
}

/// Where a manifest goes on.
#[derive(ToSchema)]
#[expect(dead_code, reason = "as above")]
pub(crate) struct BulkLink {
    /// What lies there.
    relation: String,
    /// Where it is.
    url: String,
}

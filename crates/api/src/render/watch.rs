//! Watches.

use openslots_care::watches::{MadeWatch, Watch, WebhookState};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Text, Utc};

/// A watch that was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewWatch {
    /// Leads to the watch; whoever has it may read and delete it. It is told this once.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    pub key: String,
    /// Where the watch is.
    pub url: String,
    /// Its Atom feed.
    pub feed: String,
    /// How many slots match at present; those are not new.
    pub matching: u64,
    /// What the webhook's calls are signed with: `X-Signature` is the hexadecimal HMAC-SHA-256 of `X-Timestamp`, a dot and
    /// the body under it. It is told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<String>,
    /// The watch as it is read.
    pub watch: SavedWatch,
}

impl NewWatch {
    /// What is told of a watch that was made, by a service at this address.
    pub(crate) fn of(made: &MadeWatch, matching: u64, service: &str) -> Self {
        let url = format!("{service}/v1/scheduling/watches/{}", made.key);
        Self {
            key: made.key.to_string(),
            feed: format!("{url}/feed"),
            url,
            matching,
            webhook_secret: made.secret.clone(),
            watch: SavedWatch::from(&made.watch),
        }
    }
}

/// A watch.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SavedWatch {
    /// The search, as a query string of `/slots`.
    pub query: String,
    /// When it was made.
    pub created_at: Utc,
    /// When it ends.
    pub expires_at: Utc,
    /// How many slots it has told.
    pub told: u32,
    /// Whether more slots match than it looks at; it sees the earliest only.
    pub too_wide: bool,
    /// How its webhook fares: `pending` until it has shown that it wants to hear, `active`, `failed` after days without an
    /// answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub webhook: Option<&'static str>,
}

impl From<&Watch> for SavedWatch {
    fn from(watch: &Watch) -> Self {
        Self {
            query: watch.query.clone(),
            created_at: Text(watch.created_at),
            expires_at: Text(watch.expires_at),
            told: watch.n_told,
            too_wide: watch.is_too_wide,
            webhook: watch.webhook.map(WebhookState::as_str),
        }
    }
}

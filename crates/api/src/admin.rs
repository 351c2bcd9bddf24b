//! What an operator may ask for over HTTP, and the token that it takes.
//!
//! The API does not know how crawls are run: the binary hands in an [`AdminOperations`].

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use openslots_model::PublisherSlug;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The shortest token that is taken, in bytes: 128 bits as hexadecimal digits.
const MIN_TOKEN_BYTES: usize = 32;
/// The longest, in bytes: what has room in a header.
const MAX_TOKEN_BYTES: usize = 1_024;

/// Why something cannot be the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdminTokenError {
    /// It could be guessed.
    #[error("the admin token has less than {MIN_TOKEN_BYTES} characters; make one with `openssl rand -hex 32`")]
    TooShort,
    /// No header holds it.
    #[error("the admin token has more than {MAX_TOKEN_BYTES} characters")]
    TooLong,
    /// A header cannot carry it as it is.
    #[error("the admin token holds other characters than letters, digits and -._~+/= (RFC 6750, section 2.1)")]
    BadCharacter,
}

/// The operator's token: only its hash is kept, so it cannot come to light.
#[derive(Clone)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// Takes a token, without the white space round it that files and shells leave.
    ///
    /// # Errors
    /// When it could be guessed, or no header can carry it. The error does not hold it.
    pub fn new(text: &str) -> Result<Self, AdminTokenError> {
        let text = text.trim();
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if text.len() < MIN_TOKEN_BYTES {
            Err(AdminTokenError::TooShort)
        } else if text.len() > MAX_TOKEN_BYTES {
            Err(AdminTokenError::TooLong)
        } else if !text.bytes().all(is_legal) {
            Err(AdminTokenError::BadCharacter)
        } else {
            Ok(Self(Sha256::digest(text).into()))
        }
    }

    /// Whether a given token is this one. Hashes are compared, each bit of them: how long it takes tells neither how
    /// much of the token is right nor how long it is.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        let given: [u8; 32] = Sha256::digest(given).into();
        self.0.ct_eq(&given).into()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

/// What an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminRequest {
    /// A crawl, now.
    Crawl {
        /// Only these publishers; none: all that are enabled.
        publishers: Vec<PublisherSlug>,
        /// Ask even for what was asked for less than a minute ago.
        force: bool,
    },
    /// The index built anew.
    RebuildIndex,
    /// The state of every publisher.
    Status,
}

/// What an operator is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminReply {
    /// It is done, with this outcome.
    Done(serde_json::Value),
    /// It has been started and goes on, of this.
    Started(serde_json::Value),
}

/// Why an operator's call cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// These publishers are not known, or there are none at all.
    #[error("{0}")]
    UnknownPublishers(String),
    /// It is under way already.
    #[error("{0}")]
    UnderWay(String),
    /// It failed, for reasons that lie with us.
    #[error("admin call failed: {0}")]
    Failed(String),
}

/// The future of an operator's call.
pub type AdminFuture = Pin<Box<dyn Future<Output = Result<AdminReply, AdminError>> + Send>>;

/// Does what operators ask for.
pub trait AdminOperations: Send + Sync {
    /// Does what is asked, or starts it where it may take longer than a request may.
    fn perform(&self, request: AdminRequest) -> AdminFuture;
}

/// What the operator may ask for over HTTP, and by what token.
#[derive(Clone)]
pub struct Admin {
    /// The token that each call must bear.
    pub token: AdminToken,
    /// Does what is asked.
    pub operations: Arc<dyn AdminOperations>,
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin").field("token", &self.token).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_enough_and_fit_for_a_header() {
        let good = "0123456789abcdef-._~+/=ABCDEFGHI";
        let token = AdminToken::new(&format!(" {good}\n")).unwrap();
        assert!(token.is(good.as_bytes()));
        for other in ["", "0123456789abcdef-._~+/=ABCDEFGH", "0123456789abcdef-._~+/=ABCDEFGHIJ", &good.to_lowercase()]
        {
            assert!(!token.is(other.as_bytes()), "{other}");
        }
        for (text, want) in [
            (good[1..].to_owned(), AdminTokenError::TooShort),
            (String::new(), AdminTokenError::TooShort),
            ("a".repeat(1_025), AdminTokenError::TooLong),
            (format!("{good} {good}"), AdminTokenError::BadCharacter),
            (format!("{good}é"), AdminTokenError::BadCharacter),
        ] {
            assert_eq!(AdminToken::new(&text).unwrap_err(), want, "{text}");
        }
    }

    #[test]
    fn a_token_is_never_shown() {
        assert_eq!(format!("{:?}", AdminToken::new(&"a".repeat(32)).unwrap()), "AdminToken(…)");
    }
}

//! Why a crawler cannot be made, and how causes are told.

use std::error::Error as StdError;

/// Why a crawler cannot be made. A crawl run never fails as a whole: its failures are in the run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The HTTP client cannot be set up.
    #[error("cannot set up the http client")]
    Client(#[source] reqwest::Error),
}

/// An error with its causes, outermost first, each said once.
pub(crate) fn with_causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot write `{name}`")]
    struct Outer {
        name: &'static str,
        #[source]
        cause: std::io::Error,
    }

    #[test]
    fn causes_follow_the_error() {
        let error = Outer { name: "x", cause: std::io::Error::other("disk full") };
        assert_eq!(with_causes(&error), "cannot write `x`: disk full");
    }
}

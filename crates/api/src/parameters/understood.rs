//! What plain words were understood as, so that whoever asked can see it.

/// Words of a request and the parameter that would say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// The parameter that the words stand for.
    pub parameter: &'static str,
    /// The words as they were written.
    pub words: String,
    /// What one would write as that parameter's value.
    pub value: String,
    /// What people read of the value, where that is something else.
    pub label: Option<String>,
    /// What the words were taken for, where they are misspelt.
    pub corrected: Option<String>,
}

impl Understood {
    pub(super) fn new(parameter: &'static str, words: &str, value: impl Into<String>) -> Self {
        Self { parameter, words: words.to_owned(), value: value.into(), label: None, corrected: None }
    }
}

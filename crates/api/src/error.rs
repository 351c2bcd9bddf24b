//! Why a call could not be answered, for reasons that lie with us.

/// A failure that no client can put right: it is logged in full and answered with a fixed sentence.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store could not be read.
    #[error("store cannot be read")]
    Store(#[from] openslots_store::Error),
    /// The index could not be searched.
    #[error("index cannot be searched")]
    Search(#[from] openslots_search::Error),
    /// The watches' own database failed.
    #[error("watches cannot be read or written")]
    Watches(#[from] openslots_care::Error),
    /// The call panicked.
    #[error("call panicked; the panic is logged above")]
    Panicked,
    /// As many calls as may run at once are running, and as many as may wait are waiting or none ended in time.
    #[error("no room for another call within {waited_ms} ms")]
    Busy {
        /// How long it was waited for, in milliseconds.
        waited_ms: u64,
    },
    /// A kept resource cannot be given out.
    #[error("a kept resource cannot be given out")]
    Publish(#[from] openslots_publish::Error),
    /// Something was found that belongs to a publisher which the store does not know.
    #[error("publisher number {0} is not in the store")]
    UnknownPublisher(openslots_model::PublisherNumber),
    /// An answer could not be written as JSON.
    #[error("answer cannot be written as JSON")]
    Render(#[from] serde_json::Error),
    /// An answer could not be written as CSV.
    #[error("answer cannot be written as CSV")]
    Csv(#[from] csv::Error),
}

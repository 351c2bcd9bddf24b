//! What a publication is made of.

use openslots_model::{
    Availability, PublicId, PublisherNumber, PublisherSlug, ResourceKind, ResourceNumber, UnixSeconds,
};

/// Why a source cannot be read.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// A publisher whose data are given out.
#[derive(Debug, Clone)]
pub struct SourcePublisher {
    /// Its number.
    pub number: PublisherNumber,
    /// Its slug.
    pub slug: PublisherSlug,
    /// URL of its manifest, without secrets.
    pub manifest_url: String,
    /// When its data were last known true.
    pub synced_at: Option<UnixSeconds>,
    /// How old that instant may become in lines that are otherwise as they were before they are written anew, in
    /// seconds: to write every line after every crawl would tell all clients that everything changed.
    pub resync_seconds: i64,
}

/// A resource other than a slot.
#[derive(Debug, Clone, Copy)]
pub struct SourceResource {
    /// Its number.
    pub number: ResourceNumber,
    /// Whose it is.
    pub publisher: PublisherNumber,
    /// Its type.
    pub kind: ResourceKind,
    /// Its published id.
    pub id: PublicId,
    /// Where its line is; a line that changes is elsewhere.
    pub line: u64,
}

/// A slot.
#[derive(Debug, Clone, Copy)]
pub struct SourceSlot {
    /// Where its line is; a line that changes is elsewhere.
    pub line: u64,
    /// The number of its schedule.
    pub schedule: ResourceNumber,
    /// Whether it can be booked.
    pub is_bookable: bool,
}

/// What is to be given out, as of one moment. Lines are asked for in ascending order, in several rounds.
pub trait Source {
    /// The publishers.
    ///
    /// # Errors
    /// It cannot be read.
    fn publishers(&self) -> Result<Vec<SourcePublisher>, SourceError>;

    /// The resources other than slots that are held of these publishers.
    ///
    /// # Errors
    /// It cannot be read.
    fn resources(&self) -> Result<Vec<SourceResource>, SourceError>;

    /// Calls back with each reference between resources other than slots: who refers, and to what.
    ///
    /// # Errors
    /// It cannot be read.
    fn references(&self, visit: &mut dyn FnMut(ResourceNumber, ResourceNumber)) -> Result<(), SourceError>;

    /// Calls back with each slot that may be given out, by line, ascending; also with those of schedules that are not
    /// held.
    ///
    /// # Errors
    /// It cannot be read.
    fn slots(&self, visit: &mut dyn FnMut(SourceSlot)) -> Result<(), SourceError>;

    /// What is known of the availability of a schedule with so many slots that can be booked.
    fn availability(&self, schedule: &SourceResource, n_bookable: u64) -> Availability;

    /// The JSON of a line.
    ///
    /// # Errors
    /// It cannot be read.
    fn line(&self, line: u64) -> Result<String, SourceError>;
}

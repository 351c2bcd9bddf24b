//! Watches: saved slot searches of the public directory, whose new matches are told once each.
//!
//! Who makes a watch gets a key, which is all that leads to it: an Atom feed, and a webhook where one is wanted. A webhook
//! is told nothing before it has shown that it wants to hear (it repeats a word that is sent to it), so that nobody can
//! have strangers called.
//!
//! An appointment is *new* to a watch when it matches and did not match at any look before, the first of which is at the
//! making. What is the same appointment is told by schedule and start, so a slot that comes back under another id, or is
//! taken and given back, is not told again.
//! Watches say what people look for, so they have a file of their own, of mode 0600, and are forgotten at their time.

mod delivery;
mod table;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use openslots_model::{PublicId, UnixSeconds};
use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha256};

pub use self::delivery::{WatchDelivery, WebhookState};
pub use self::table::{ToldSlot, Watch, WatchNumber};
use crate::resource::CareId;
use crate::{Error, Result, database};

/// Of what was told, so much is kept for each watch.
pub const MAX_TOLD: u32 = 200;

/// What makes an appointment the same one: its schedule and its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeenAppointment {
    /// When it starts.
    pub start: UnixSeconds,
    /// Published id of its schedule.
    pub schedule: PublicId,
}

/// An appointment that is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMatch {
    /// Which it is.
    pub seen: SeenAppointment,
    /// Published id of the slot.
    pub slot: PublicId,
    /// What is told of it, as JSON.
    pub body: String,
}

/// A watch that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeWatch {
    /// What leads to it; told once.
    pub key: CareId,
    /// What its webhook's calls are signed with; told once.
    pub secret: Option<String>,
    /// The watch.
    pub watch: Watch,
}

/// What watches are made within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchLimits {
    /// How many there may be.
    pub max_watches: u32,
    /// How long one lives, in seconds.
    pub keep_seconds: i64,
}

/// The database file of watches. All calls block.
#[derive(Debug)]
pub struct Watches {
    conn: Mutex<Connection>,
    limits: WatchLimits,
}

impl Watches {
    /// Opens the file, made where it is missing.
    ///
    /// # Errors
    /// When it cannot be opened, or a newer program wrote it.
    pub fn open(path: &Path, limits: WatchLimits) -> Result<Self> {
        Ok(Self { conn: Mutex::new(database::open_watches(path)?), limits })
    }

    /// Makes a watch to which `seen` is not new; `None` where there is no room for another.
    ///
    /// # Errors
    /// When the database fails, or the system gives no random numbers.
    pub fn make(
        &self,
        query: &str,
        webhook: Option<&str>,
        seen: &[SeenAppointment],
        now: UnixSeconds,
    ) -> Result<Option<MadeWatch>> {
        let key = CareId::random()?;
        let secret =
            webhook.map(|_| Ok::<_, Error>(format!("{}{}", CareId::random()?, CareId::random()?))).transpose()?;
        let mut conn = self.lock();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        table::forget(&tx, now)?;
        if table::count(&tx)? >= self.limits.max_watches {
            return Ok(None);
        }
        let expires_at = now.plus_seconds(self.limits.keep_seconds);
        let number = table::insert(&tx, &hash_of(key), query, now, expires_at)?;
        for appointment in seen {
            table::see(&tx, number, *appointment)?;
        }
        if let (Some(url), Some(secret)) = (webhook, &secret) {
            delivery::insert(&tx, number, url, secret, now)?;
        }
        let watch = table::find(&tx, &hash_of(key), now)?;
        tx.commit()?;
        Ok(watch.map(|watch| MadeWatch { key, secret, watch }))
    }

    /// The watch that a key leads to.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find(&self, key: CareId, now: UnixSeconds) -> Result<Option<Watch>> {
        table::find(&self.lock(), &hash_of(key), now)
    }

    /// Forgets the watch that a key leads to; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn delete(&self, key: CareId) -> Result<bool> {
        table::delete(&self.lock(), &hash_of(key))
    }

    /// All watches.
    ///
    /// # Errors
    /// When the database fails.
    pub fn all(&self, now: UnixSeconds) -> Result<Vec<Watch>> {
        table::all(&self.lock(), now)
    }

    /// Which of some appointments a watch has not seen.
    ///
    /// # Errors
    /// When the database fails.
    pub fn unseen(&self, watch: WatchNumber, matching: &[SeenAppointment]) -> Result<Vec<SeenAppointment>> {
        let conn = self.lock();
        let mut unseen = Vec::new();
        for appointment in matching {
            if !table::has_seen(&conn, watch, *appointment)? {
                unseen.push(*appointment);
            }
        }
        Ok(unseen)
    }

    /// Notes a look: what is new is told, each appointment once however often it is handed over. How many were told.
    ///
    /// # Errors
    /// When the database fails; nothing is told then.
    pub fn tell(&self, watch: WatchNumber, new: &[NewMatch], is_too_wide: bool, now: UnixSeconds) -> Result<u32> {
        let mut conn = self.lock();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // It may have been forgotten during the look.
        if !table::note_width(&tx, watch, is_too_wide)? {
            return Ok(0);
        }
        let mut n_told = 0;
        for found in new {
            if table::see(&tx, watch, found.seen)? {
                table::insert_told(&tx, watch, found, now)?;
                n_told += 1;
            }
        }
        table::count_told(&tx, watch, n_told, now)?;
        tx.commit()?;
        Ok(n_told)
    }

    /// What a watch was told, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn told(&self, watch: WatchNumber) -> Result<Vec<ToldSlot>> {
        table::told(&self.lock(), watch, MAX_TOLD)
    }

    /// Forgets watches at their time.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget(&self, now: UnixSeconds) -> Result<()> {
        table::forget(&self.lock(), now)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic under the lock has rolled its transaction back: the connection is as good as before.
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash_of(key: CareId) -> [u8; 32] {
    Sha256::digest(key.to_string()).into()
}

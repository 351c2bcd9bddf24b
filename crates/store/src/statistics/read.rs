//! Reading what is counted, for figures.

use openslots_model::{Freshness, LocalDate, PublisherSlug};
use openslots_statistics::{Fates, Held, OfferList, OfferNumber, Polls};
use rusqlite::{OptionalExtension, Row};

use super::closing::last_closed;
use super::coding::{decode_fates, decode_held, decode_list, decode_polls};
use super::period_of;
use crate::columns::{blob, text};
use crate::{Error, ReadSnapshot, Result};

/// First and last day that are asked for.
type Days = (LocalDate, LocalDate);

impl ReadSnapshot {
    /// The first and last day of which there is a census; `None`: none was taken yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn census_days(&self) -> Result<Option<(LocalDate, LocalDate)>> {
        self.days_of("daily_census")
    }

    /// The first and last day of which fates are counted; `None`: no day is over yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn closed_days(&self) -> Result<Option<(LocalDate, LocalDate)>> {
        let Some(last) = last_closed(self.connection())? else { return Ok(None) };
        let first: Option<i32> =
            self.connection().query_row("SELECT min(day) FROM daily_fates", [], |row| row.get(0))?;
        Ok(Some((first.map_or(last, LocalDate), last)))
    }

    /// The first and last day of which polls are counted; `None`: there was no run yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn polled_days(&self) -> Result<Option<(LocalDate, LocalDate)>> {
        self.days_of("daily_polls")
    }

    fn days_of(&self, table: &str) -> Result<Option<Days>> {
        let sql = format!("SELECT min(day), max(day) FROM {table}");
        let days: (Option<i32>, Option<i32>) =
            self.connection().query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(days.0.zip(days.1).map(|(first, last)| (LocalDate(first), LocalDate(last))))
    }

    /// How many counts the census of some days holds: what it costs to read it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn n_census_counts(&self, days: Days, publishers: &[PublisherSlug]) -> Result<u64> {
        self.n_counts("daily_census", days, publishers)
    }

    /// How many counts the fates of some days hold.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn n_fate_counts(&self, days: Days, publishers: &[PublisherSlug]) -> Result<u64> {
        self.n_counts("daily_fates", days, publishers)
    }

    fn n_counts(&self, table: &str, (first, last): Days, publishers: &[PublisherSlug]) -> Result<u64> {
        let sql = format!("SELECT publisher, n_offers FROM {table} WHERE day BETWEEN ?1 AND ?2");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let mut rows = statement.query((first.0, last.0))?;
        let mut n = 0;
        while let Some(row) = rows.next()? {
            if is_asked(publishers, text(row, 0)?) {
                n += row.get::<_, i64>(1)?;
            }
        }
        Ok(n as u64)
    }

    /// Calls back with what was held of each publisher on each of some days: whose it is, its offers, the day, whether its
    /// data were too old to offer then, and what was held of each offer. An empty list of publishers: all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn for_each_census(
        &self,
        days: Days,
        publishers: &[PublisherSlug],
        mut visit: impl FnMut(&PublisherSlug, &OfferList, (LocalDate, bool), &[(OfferNumber, Held)]),
    ) -> Result<()> {
        self.for_each_day("body, freshness", "daily_census", days, publishers, |of, row| {
            let held = decode_held(blob(row, 2)?, self.codec())?;
            let is_silent = text(row, 3)? == Freshness::Expired.as_str();
            visit(of.publisher, of.offers, (of.day, is_silent), &held);
            Ok(())
        })
    }

    /// Calls back with what became of the slots of each publisher that started on each of some days.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn for_each_fates(
        &self,
        days: Days,
        publishers: &[PublisherSlug],
        mut visit: impl FnMut(&PublisherSlug, &OfferList, LocalDate, &[(OfferNumber, Fates)]),
    ) -> Result<()> {
        self.for_each_day("body", "daily_fates", days, publishers, |of, row| {
            let fates = decode_fates(blob(row, 2)?, self.codec())?;
            visit(of.publisher, of.offers, of.day, &fates);
            Ok(())
        })
    }

    /// Calls back with how each publisher was heard on each of some days.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn for_each_polls(
        &self,
        (first, last): Days,
        publishers: &[PublisherSlug],
        mut visit: impl FnMut(&PublisherSlug, LocalDate, Polls),
    ) -> Result<()> {
        let sql = "SELECT publisher, day, body FROM daily_polls WHERE day BETWEEN ?1 AND ?2 ORDER BY publisher, day";
        let mut statement = self.connection().prepare_cached(sql)?;
        let mut rows = statement.query((first.0, last.0))?;
        while let Some(row) = rows.next()? {
            let slug = text(row, 0)?;
            if is_asked(publishers, slug) {
                visit(&parse_slug(slug)?, LocalDate(row.get(1)?), decode_polls(blob(row, 2)?, self.codec())?);
            }
        }
        Ok(())
    }

    fn for_each_day(
        &self,
        columns: &str,
        table: &str,
        (first, last): Days,
        publishers: &[PublisherSlug],
        mut visit: impl FnMut(DayOf<'_>, &Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let sql = format!(
            "SELECT publisher, day, {columns} FROM {table} WHERE day BETWEEN ?1 AND ?2 ORDER BY publisher, day"
        );
        let mut statement = self.connection().prepare_cached(&sql)?;
        let mut rows = statement.query((first.0, last.0))?;
        let mut list: Option<(PublisherSlug, i32, OfferList)> = None;
        while let Some(row) = rows.next()? {
            let (slug, day) = (text(row, 0)?, LocalDate(row.get(1)?));
            if !is_asked(publishers, slug) {
                continue;
            }
            let period = period_of(day);
            let (publisher, _, offers) = match list.take() {
                Some(known) if known.0.as_str() == slug && known.1 == period => list.insert(known),
                _ => list.insert((parse_slug(slug)?, period, self.offer_list(slug, period)?)),
            };
            visit(DayOf { publisher, offers, day }, row)?;
        }
        Ok(())
    }

    fn offer_list(&self, slug: &str, period: i32) -> Result<OfferList> {
        let sql = "SELECT body FROM offer_list WHERE publisher = ?1 AND period = ?2";
        let mut statement = self.connection().prepare_cached(sql)?;
        let body: Option<Vec<u8>> = statement.query_row((slug, period), |row| row.get(0)).optional()?;
        let body = body.ok_or_else(|| Error::damaged(format!("the offers of publisher `{slug}` are missing")))?;
        decode_list(&body, self.codec())
    }
}

/// Of what a row is.
struct DayOf<'a> {
    publisher: &'a PublisherSlug,
    offers: &'a OfferList,
    day: LocalDate,
}

fn is_asked(publishers: &[PublisherSlug], slug: &str) -> bool {
    publishers.is_empty() || publishers.iter().any(|publisher| publisher.as_str() == slug)
}

fn parse_slug(slug: &str) -> Result<PublisherSlug> {
    slug.parse().map_err(|error| Error::damaged(format!("{error}")))
}

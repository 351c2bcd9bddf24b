//! How lists of offers and what is counted by them are kept: column by column, compressed.

use openslots_model::{Coding, ProviderLocationKey, PublicId, UnixSeconds};
use openslots_statistics::{Fates, Held, Histogram, OfferList, OfferNumber, OfferPlace, Polls};

use crate::block::BlockCodec;
use crate::codec::{Decoder, put_delta, put_text, put_varint};
use crate::{Error, Result};

const LIST: &str = "a list of offers";
const COUNTS: &str = "a day's counts";

/// Appends a text that may be missing.
fn put_option(out: &mut Vec<u8>, text: Option<&str>) {
    put_varint(out, u64::from(text.is_some()));
    text.into_iter().for_each(|text| put_text(out, text));
}

fn option(decoder: &mut Decoder<'_>) -> Result<Option<String>> {
    Ok(match decoder.varint()? {
        0 => None,
        _ => Some(decoder.text()?.to_owned()),
    })
}

/// Appends ascending numbers.
fn put_ascending(out: &mut Vec<u8>, numbers: &[u32]) {
    put_varint(out, numbers.len() as u64);
    let mut before = 0;
    for number in numbers {
        put_varint(out, u64::from(number - before));
        before = *number;
    }
}

fn ascending(decoder: &mut Decoder<'_>) -> Result<Vec<u32>> {
    let mut before = 0u32;
    let n = decoder.varint()?;
    let next = (0..n).map(|_| {
        before = decoder.varint_u32()?.checked_add(before).ok_or_else(|| decoder.damaged())?;
        Ok(before)
    });
    next.collect()
}

/// The parts of places, in the order in which they are kept.
const PLACE_PARTS: [fn(&OfferPlace) -> Option<&str>; 3] =
    [|place| place.state.as_deref(), |place| place.county.as_deref(), |place| place.postal_code.as_deref()];

pub(super) fn encode_list(list: &OfferList, codec: &BlockCodec) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    put_varint(&mut out, list.places().len() as u64);
    list.places().iter().for_each(|place| out.extend_from_slice(place.key.0.as_bytes()));
    for part in PLACE_PARTS {
        list.places().iter().for_each(|place| put_option(&mut out, part(place)));
    }
    put_varint(&mut out, list.codes().len() as u64);
    for code in list.codes() {
        for part in [&code.system, &code.code, &code.display] {
            put_option(&mut out, part.as_deref());
        }
    }
    put_varint(&mut out, list.offers().len() as u64);
    for offer in list.offers() {
        for part in [&offer.places, &offer.specialties, &offer.service_types] {
            put_ascending(&mut out, part);
        }
    }
    codec.compress(&out)
}

pub(super) fn decode_list(body: &[u8], codec: &BlockCodec) -> Result<OfferList> {
    let raw = codec.decompress(body)?;
    let mut decoder = Decoder::new(&raw, LIST);
    let mut list = OfferList::default();
    let n_places = decoder.varint()?;
    let keys = (0..n_places).map(|_| decoder.array().map(PublicId::from_bytes)).collect::<Result<Vec<_>>>()?;
    let mut column = || (0..n_places).map(|_| option(&mut decoder)).collect::<Result<Vec<_>>>();
    let (states, counties, postal_codes) = (column()?, column()?, column()?);
    for (((key, state), county), postal_code) in keys.into_iter().zip(states).zip(counties).zip(postal_codes) {
        let [state, county, postal_code] = [state, county, postal_code].map(|text| text.map(String::into_boxed_str));
        list.place(OfferPlace { key: ProviderLocationKey(key), state, county, postal_code });
    }
    let n_codes = decoder.varint()?;
    for _ in 0..n_codes {
        let (system, code, display) = (option(&mut decoder)?, option(&mut decoder)?, option(&mut decoder)?);
        list.code(&Coding { system, code, display });
    }
    let n_offers = decoder.varint()?;
    let (n_places, n_codes) = (list.places().len(), list.codes().len());
    for _ in 0..n_offers {
        let parts = [ascending(&mut decoder)?, ascending(&mut decoder)?, ascending(&mut decoder)?];
        let [places, specialties, service_types] = parts;
        let is_known = |part: &[u32], n: usize| part.last().is_none_or(|last| (*last as usize) < n);
        if !(is_known(&places, n_places) && is_known(&specialties, n_codes) && is_known(&service_types, n_codes)) {
            return Err(decoder.damaged());
        }
        list.offer(places, specialties, service_types);
    }
    // What is there twice would have given other numbers than it was written with.
    if list.offers().len() as u64 != n_offers {
        return Err(decoder.damaged());
    }
    Ok(list)
}

/// Appends one number of each row.
fn put_column<T>(out: &mut Vec<u8>, rows: &[T], number: impl Fn(&T) -> u64) {
    rows.iter().for_each(|row| put_varint(out, number(row)));
}

fn column(decoder: &mut Decoder<'_>, n: usize) -> Result<Vec<u64>> {
    (0..n).map(|_| decoder.varint()).collect()
}

fn narrow(value: u64) -> Result<u32> {
    u32::try_from(value).map_err(|_| Error::damaged(format!("{COUNTS}: {value} is too large")))
}

/// Appends the numbers of the offers of rows, ascending.
fn put_offers<T>(out: &mut Vec<u8>, rows: &[(OfferNumber, T)]) {
    put_ascending(out, &rows.iter().map(|(number, _)| *number).collect::<Vec<_>>());
}

pub(super) fn encode_held(rows: &[(OfferNumber, Held)], codec: &BlockCodec) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    put_offers(&mut out, rows);
    put_column(&mut out, rows, |(_, held)| u64::from(held.n_exact));
    put_column(&mut out, rows, |(_, held)| u64::from(held.n_coarse));
    put_column(&mut out, rows, |(_, held)| u64::from(held.n_with_capacity));
    put_column(&mut out, rows, |(_, held)| held.capacity);
    for (_, held) in rows {
        put_ascending(&mut out, held.next.hours());
    }
    codec.compress(&out)
}

pub(super) fn decode_held(body: &[u8], codec: &BlockCodec) -> Result<Vec<(OfferNumber, Held)>> {
    let raw = codec.decompress(body)?;
    let mut decoder = Decoder::new(&raw, COUNTS);
    let offers = ascending(&mut decoder)?;
    let n = offers.len();
    let mut read = || column(&mut decoder, n);
    let (exact, coarse, with_capacity, capacity) = (read()?, read()?, read()?, read()?);
    let mut rows = Vec::with_capacity(n);
    for (place, offer) in offers.into_iter().enumerate() {
        let mut held = Held {
            n_exact: narrow(exact[place])?,
            n_coarse: narrow(coarse[place])?,
            n_with_capacity: narrow(with_capacity[place])?,
            capacity: capacity[place],
            ..Held::default()
        };
        ascending(&mut decoder)?.into_iter().for_each(|hours| held.next.add(hours));
        rows.push((offer, held));
    }
    Ok(rows)
}

fn put_histogram(out: &mut Vec<u8>, histogram: &Histogram) {
    let (values, counts): (Vec<u32>, Vec<u64>) = histogram.iter().unzip();
    put_ascending(out, &values);
    counts.into_iter().for_each(|n| put_varint(out, n));
}

fn histogram(decoder: &mut Decoder<'_>) -> Result<Histogram> {
    let values = ascending(decoder)?;
    let mut histogram = Histogram::default();
    for value in values {
        histogram.add_n(value, decoder.varint()?);
    }
    Ok(histogram)
}

/// The counts of a day's fates, in the order in which they are kept.
const FATES: [fn(&Fates) -> u32; 5] = [
    |fates| fates.n_taken,
    |fates| fates.n_withdrawn,
    |fates| fates.n_unfilled,
    |fates| fates.n_unknown,
    |fates| fates.n_coarse,
];

pub(super) fn encode_fates(rows: &[(OfferNumber, Fates)], codec: &BlockCodec) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    put_offers(&mut out, rows);
    for part in FATES {
        put_column(&mut out, rows, |(_, fates)| u64::from(part(fates)));
    }
    rows.iter().for_each(|(_, fates)| put_histogram(&mut out, &fates.lifetimes));
    codec.compress(&out)
}

pub(super) fn decode_fates(body: &[u8], codec: &BlockCodec) -> Result<Vec<(OfferNumber, Fates)>> {
    let raw = codec.decompress(body)?;
    let mut decoder = Decoder::new(&raw, COUNTS);
    let offers = ascending(&mut decoder)?;
    let columns = FATES.iter().map(|_| column(&mut decoder, offers.len())).collect::<Result<Vec<_>>>()?;
    let mut rows = Vec::with_capacity(offers.len());
    for (place, offer) in offers.into_iter().enumerate() {
        let count = |column: usize| narrow(columns[column][place]);
        let fates = Fates {
            n_taken: count(0)?,
            n_withdrawn: count(1)?,
            n_unfilled: count(2)?,
            n_unknown: count(3)?,
            n_coarse: count(4)?,
            lifetimes: histogram(&mut decoder)?,
        };
        rows.push((offer, fates));
    }
    Ok(rows)
}

fn put_instant(out: &mut Vec<u8>, instant: Option<UnixSeconds>) {
    put_varint(out, u64::from(instant.is_some()));
    instant.into_iter().for_each(|at| put_delta(out, at.0));
}

fn instant(decoder: &mut Decoder<'_>) -> Result<Option<UnixSeconds>> {
    Ok(match decoder.varint()? {
        0 => None,
        _ => Some(UnixSeconds(decoder.delta()?)),
    })
}

pub(super) fn encode_polls(polls: &Polls, codec: &BlockCodec) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for n in [polls.n_polls, polls.n_partial, polls.n_failed] {
        put_varint(&mut out, u64::from(n));
    }
    put_varint(&mut out, polls.stale_seconds);
    put_histogram(&mut out, &polls.sync_gaps);
    put_histogram(&mut out, &polls.data_gaps);
    put_instant(&mut out, polls.last_success_at);
    put_instant(&mut out, polls.last_transaction_time);
    codec.compress(&out)
}

pub(super) fn decode_polls(body: &[u8], codec: &BlockCodec) -> Result<Polls> {
    let raw = codec.decompress(body)?;
    let mut decoder = Decoder::new(&raw, COUNTS);
    Ok(Polls {
        n_polls: decoder.varint_u32()?,
        n_partial: decoder.varint_u32()?,
        n_failed: decoder.varint_u32()?,
        stale_seconds: decoder.varint()?,
        sync_gaps: histogram(&mut decoder)?,
        data_gaps: histogram(&mut decoder)?,
        last_success_at: instant(&mut decoder)?,
        last_transaction_time: instant(&mut decoder)?,
    })
}

//! How many connections are open, in all and of each client.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ServerLimits;
use crate::layers::{ClientKey, TrustedProxies};

/// How many connections from this machine are taken when there is no room left: probes, and a look with curl.
const RESERVED_FOR_LOOPBACK: usize = 16;

/// Why a connection is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Too many are open.
    All,
    /// Too many of its client are open.
    OfAddress,
}

/// The connections that are open.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    max: usize,
    max_per_address: usize,
    proxies: TrustedProxies,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    n: usize,
    /// Those that have any, so it is no larger than their number.
    by_client: HashMap<ClientKey, usize>,
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    pub(super) fn new(limits: &ServerLimits) -> Self {
        let shared = Shared {
            max: limits.max_connections,
            max_per_address: limits.max_connections_per_address,
            proxies: limits.proxies.clone(),
            open: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Takes a place for a connection, until it is dropped.
    pub(super) fn enter(&self, peer: IpAddr) -> Result<Place, Refused> {
        let peer = peer.to_canonical();
        let is_own = peer.is_loopback();
        let max = self.shared.max + if is_own { RESERVED_FOR_LOOPBACK } else { 0 };
        let max_of_client =
            if is_own || self.shared.proxies.contains(peer) { usize::MAX } else { self.shared.max_per_address };
        let client = ClientKey::of(peer);
        let mut open = self.shared.open();
        if open.by_client.get(&client).is_some_and(|n| *n >= max_of_client) {
            return Err(Refused::OfAddress);
        }
        if open.n >= max {
            return Err(Refused::All);
        }
        open.n += 1;
        *open.by_client.entry(client).or_default() += 1;
        Ok(Place { shared: Arc::clone(&self.shared), client })
    }
}

/// The place of an open connection.
#[derive(Debug)]
pub(super) struct Place {
    shared: Arc<Shared>,
    client: ClientKey,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.shared.open();
        open.n -= 1;
        if let Entry::Occupied(mut of_client) = open.by_client.entry(self.client) {
            *of_client.get_mut() -= 1;
            if *of_client.get() == 0 {
                of_client.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_bounded_in_all_and_for_each_client() {
        let proxies = TrustedProxies { networks: vec!["10.0.0.0/8".parse().unwrap()], ..TrustedProxies::default() };
        let limits =
            ServerLimits { max_connections: 5, max_connections_per_address: 2, proxies, ..ServerLimits::default() };
        let connections = Connections::new(&limits);
        let enter = |address: &str| connections.enter(address.parse().unwrap());
        let first = enter("203.0.113.9").unwrap();
        let mut held = vec![enter("::ffff:203.0.113.9").unwrap()];
        assert_eq!(enter("203.0.113.9").unwrap_err(), Refused::OfAddress);
        // A proxy has as many as there are, and this machine a few more.
        held.extend((0..3).map(|_| enter("10.0.0.1").unwrap()));
        assert_eq!(enter("10.0.0.1").unwrap_err(), Refused::All);
        assert_eq!(enter("2001:db8::1").unwrap_err(), Refused::All);
        held.extend((0..RESERVED_FOR_LOOPBACK).map(|_| enter("127.0.0.1").unwrap()));
        assert_eq!(enter("::1").unwrap_err(), Refused::All);
        held.truncate(2);
        drop(first);
        held.push(enter("203.0.113.9").unwrap());
        drop(held);
        let open = connections.shared.open();
        assert_eq!((open.n, open.by_client.len()), (0, 0));
    }
}

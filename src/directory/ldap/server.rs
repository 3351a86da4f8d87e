//! Where the servers are, and which of them is asked next.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::address::Address;
use super::checkpoint::Stream;
use super::failure::Failure;
use super::tls;
use crate::config;

/// How long an address is left alone after its first failure; twice as long after each further one.
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
/// The longest it is left alone.
const LONGEST_BACK_OFF: Duration = Duration::from_mins(1);

/// The addresses of servers with the same content.
pub struct Server {
    addresses: Vec<(Address, Mutex<Health>)>,
    connect_timeout: Duration,
}

/// How often an address has failed since it last answered, and until when it is left alone.
#[derive(Default)]
struct Health {
    failures: u32,
    until: Option<Instant>,
}

impl Server {
    /// Reads the addresses and the certificates.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn new(settings: &config::Ldap) -> Result<Self, String> {
        if !settings.url.is_empty() && !settings.urls.is_empty() {
            return Err("url and urls are both set; keep one.".to_owned());
        }
        let urls = settings.addresses();
        if urls.is_empty() {
            return Err("url is missing; write url = \"ldaps://HOST\".".to_owned());
        }
        let address = |url: &&str| Address::new(url, settings, || tls::connector(settings));
        let addresses = urls.iter().map(address).collect::<Result<Vec<_>, _>>()?;
        let addresses = addresses.into_iter().map(|address| (address, Mutex::default())).collect();
        Ok(Self { addresses, connect_timeout: settings.connect_timeout })
    }

    /// The addresses in the order to ask them: as in the settings, and last those that failed lately, the one first that
    /// has been left alone longest. They are asked only where no other answers: nothing would be gained by not asking.
    pub fn order(&self) -> Vec<usize> {
        let now = Instant::now();
        let until = |(_, health): &(Address, Mutex<Health>)| lock(health).until.filter(|until| *until > now);
        let mut all: Vec<_> = self.addresses.iter().map(until).enumerate().collect();
        // It keeps the order of those that are alike.
        all.sort_by_key(|(_, until)| *until);
        all.into_iter().map(|(index, _)| index).collect()
    }

    /// Whether there are several addresses.
    pub const fn are_several(&self) -> bool {
        self.addresses.len() > 1
    }

    /// A new connection to one of the addresses, within the setting `connect_timeout`.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn connect(&self, index: usize) -> Result<Box<dyn Stream>, Failure> {
        let (address, _) =
            self.addresses.get(index).ok_or_else(|| Failure::Lost("there is no such address".to_owned()))?;
        let late = |_| Failure::Late(format!("no connection within {:?}", self.connect_timeout));
        timeout(self.connect_timeout, address.open()).await.map_err(late)?.map_err(Failure::Lost)
    }

    /// Notes how an address did: one that failed is left alone, one that answered counts from the beginning.
    pub fn note(&self, index: usize, answered: bool) {
        let Some((_, health)) = self.addresses.get(index) else { return };
        let mut health = lock(health);
        if answered {
            *health = Health::default();
            return;
        }
        // Of several calls that were under way at once, one counts.
        let now = Instant::now();
        if health.until.is_none_or(|until| until <= now) {
            let pause = FIRST_BACK_OFF.saturating_mul(1 << health.failures.min(10)).min(LONGEST_BACK_OFF);
            *health = Health { failures: health.failures.saturating_add(1), until: Some(now + pause) };
        }
    }

    /// Tells which address failed, where there are several.
    pub fn named(&self, index: usize, failure: Failure) -> Failure {
        match self.addresses.get(index) {
            Some((address, _)) if self.are_several() => failure.at(&address.name()),
            _ => failure,
        }
    }
}

fn lock(health: &Mutex<Health>) -> std::sync::MutexGuard<'_, Health> {
    health.lock().unwrap_or_else(PoisonError::into_inner)
}

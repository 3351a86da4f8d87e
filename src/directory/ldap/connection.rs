//! One connection to the server: bind, search, ask who we are; each within the setting `timeout`.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ldap3::controls::{Control, PagedResults};
use ldap3::exop::WhoAmI;
use ldap3::result::{LdapError, LdapResult};
use ldap3::{LdapConnAsync, LdapConnSettings, Scope, SearchOptions, StdStream};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::UnixStream;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use url::Url;

use super::ber::{Elements, INTEGER, LONGEST_MESSAGE, LONGEST_OF_MEMBERS, OCTET_STRING, SEQUENCE};
use super::failure::Failure;
use super::record::Record;
use super::server::Server;
use super::{checkpoint, search::Search};

/// Entries of one page of an answer that has no limit; Active Directory allows 1000.
const PAGE: i32 = 500;
/// The most pages of one answer of which each entry is kept: nobody is in five thousand groups.
const FEW_PAGES: usize = 10;
/// The most pages of one answer at all: half a million groups.
const MOST_PAGES: usize = 1000;
/// RFC 2696.
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";

/// What a search found.
#[derive(Debug, Default)]
pub struct Found {
    /// The entries.
    pub records: Vec<Record>,
    /// Whether the server has more than it gave (`sizeLimitExceeded`, `adminLimitExceeded`).
    pub more: bool,
}

/// A connection. Dropping it ends its tasks and closes it.
pub struct Connection {
    library: ldap3::Ldap,
    timeout: Duration,
    fault: Arc<OnceLock<String>>,
    tasks: [AbortHandle; 2],
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Connection {
    /// Connects to one of the server's addresses; nobody is signed in yet. The library's end is one of a pair of sockets, ours the other: see [`checkpoint`].
    ///
    /// # Errors
    /// Where there is no connection.
    pub async fn open(server: &Server, index: usize, timeout: Duration) -> Result<Self, Failure> {
        Self::open_for(LONGEST_MESSAGE, server, index, timeout).await
    }

    /// [`Connection::open`] for reading all members of a group, which are one long message.
    ///
    /// # Errors
    /// Where there is no connection.
    pub async fn open_for_members(server: &Server, index: usize, timeout: Duration) -> Result<Self, Failure> {
        Self::open_for(LONGEST_OF_MEMBERS, server, index, timeout).await
    }

    async fn open_for(longest: usize, server: &Server, index: usize, timeout: Duration) -> Result<Self, Failure> {
        let stream = server.connect(index).await?;
        let fault = Arc::new(OnceLock::new());
        let lost = |error: String| Failure::Lost(format!("no connection: {error}"));
        let (outer, inner) = UnixStream::pair().map_err(|error| lost(error.to_string()))?;
        let inner = inner.into_std().map_err(|error| lost(error.to_string()))?;
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(inner));
        let url = Url::parse("ldapi:///").map_err(|error| lost(error.to_string()))?;
        let opened = LdapConnAsync::from_url_with_settings(settings, &url).await;
        let (driver, library) = opened.map_err(|error| lost(error.to_string()))?;
        let noted = Arc::clone(&fault);
        let checkpoint = tokio::spawn(async move { checkpoint::stand_for(longest, stream, outer, &noted).await });
        // Why it ended is known at the checkpoint.
        let driver = tokio::spawn(async move { drop(driver.drive().await) });
        Ok(Self { library, timeout, fault, tasks: [checkpoint.abort_handle(), driver.abort_handle()] })
    }

    /// Whether the connection is known to have ended.
    pub fn has_ended(&mut self) -> bool {
        self.fault.get().is_some() || self.library.is_closed()
    }

    /// Signs in with a DN and a password; the result says whether the server agrees.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn bind(&mut self, dn: &str, password: &SecretString) -> Result<LdapResult, Failure> {
        let work = self.library.simple_bind(dn, password.expose_secret());
        answer("bind", self.timeout, &self.fault, work).await
    }

    /// Who the server says we are (RFC 4532): empty for nobody, `dn:…` or `u:…`; `Err` in the `Ok` where it will not say.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn who_am_i(&mut self) -> Result<Result<String, LdapResult>, Failure> {
        let work = self.library.extended(WhoAmI);
        let ldap3::result::ExopResult(exop, result) = answer("who am I", self.timeout, &self.fault, work).await?;
        if result.rc != 0 {
            return Ok(Err(result));
        }
        // Not by the library's own parser, which panics where there is no value.
        Ok(Ok(String::from_utf8_lossy(&exop.val.unwrap_or_default()).into_owned()))
    }

    /// Searches. Without a limit it takes page after page, so that servers with a limit of their own give all.
    ///
    /// # Errors
    /// Where the server does not answer, or refuses.
    pub async fn search(&mut self, search: &Search) -> Result<Found, Failure> {
        let mut records = Vec::new();
        let take = |page| {
            records.extend(page);
            true
        };
        let more = self.pages(search, FEW_PAGES, take).await?;
        Ok(Found { records, more })
    }

    /// Searches, and hands over what is found page by page, so that a big answer is never held as a whole. Says whether
    /// the server keeps something back.
    ///
    /// # Errors
    /// Where the server does not answer, or refuses.
    pub async fn each(&mut self, search: &Search, mut take: impl FnMut(Vec<Record>)) -> Result<bool, Failure> {
        let take = |page| {
            take(page);
            true
        };
        self.pages(search, MOST_PAGES, take).await
    }

    /// [`Connection::each`] until `take` says that it has enough.
    ///
    /// # Errors
    /// Where the server does not answer, or refuses.
    pub async fn until(&mut self, search: &Search, take: impl FnMut(Vec<Record>) -> bool) -> Result<bool, Failure> {
        self.pages(search, MOST_PAGES, take).await
    }

    async fn pages(
        &mut self,
        search: &Search,
        most: usize,
        mut take: impl FnMut(Vec<Record>) -> bool,
    ) -> Result<bool, Failure> {
        let mut cookie = Vec::new();
        for _ in 0..most {
            let (records, result) = self.page(search, cookie).await?;
            if !take(records) {
                return Ok(false);
            }
            match result.rc {
                0 => {}
                4 | 11 => return Ok(true),
                // An entry that is asked for by its DN and is not there.
                32 | 34 if search.scope == Scope::Base => return Ok(false),
                _ => return Err(Failure::refused(&search.what(), &result)),
            }
            cookie = next_page(&result);
            if cookie.is_empty() || search.limit.is_some() {
                return Ok(false);
            }
        }
        Err(Failure::Refused(format!("{}: its answer has no end", search.what())))
    }

    async fn page(&mut self, search: &Search, cookie: Vec<u8>) -> Result<(Vec<Record>, LdapResult), Failure> {
        let options = SearchOptions::new().sizelimit(search.limit.unwrap_or(0));
        self.library.with_search_options(options);
        if search.limit.is_none() {
            self.library.with_controls(PagedResults { size: PAGE, cookie });
        }
        let work = self.library.search(&search.base, search.scope, &search.filter, &search.attributes);
        let ldap3::SearchResult(entries, result) = answer("search", self.timeout, &self.fault, work).await?;
        Ok((entries.into_iter().map(Record::new).collect(), result))
    }
}

async fn answer<T>(
    what: &str,
    limit: Duration,
    fault: &OnceLock<String>,
    work: impl Future<Output = Result<T, LdapError>>,
) -> Result<T, Failure> {
    match timeout(limit, work).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Failure::from_library(what, &error, fault.get())),
        Err(_) => Err(Failure::Late(format!("{what}: no answer within {limit:?}"))),
    }
}

/// The cookie of the next page; empty at the end. Not by the library's own parser, which panics at what is no cookie.
fn next_page(result: &LdapResult) -> Vec<u8> {
    let paged = result.ctrls.iter().find(|Control(_, control)| control.ctype == PAGED_RESULTS);
    let read = |value: &[u8]| {
        let mut parts = Elements::new(Elements::new(value).expect(SEQUENCE)?);
        parts.expect(INTEGER)?;
        parts.expect(OCTET_STRING).map(<[u8]>::to_vec)
    };
    paged.and_then(|Control(_, control)| read(control.val.as_deref()?).ok()).unwrap_or_default()
}

//! Connectors: named ways to temporary credentials.

use chrono::{DateTime, Utc};

use super::cap::CHAINED;
use super::partition::Partition;
use super::principal::{Principal, PrincipalType};
use super::session;

/// A named way to get temporary credentials: source, principal, limits. Who may use it is in grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    /// Our id of it (UUIDv7); stays for ever.
    pub id: String,
    /// Readable name for URLs and commands.
    pub slug: String,
    /// What people call it, unique without regard to case.
    pub name: String,
    /// One line for the people who use it.
    pub description: String,
    /// The access key that calls STS.
    pub access_key_id: String,
    /// Where it leads.
    pub partition: Partition,
    /// The account it leads into: the role's, or the access key's where that was validated.
    pub account_id: Option<String>,
    /// Which call it makes.
    pub principal: Principal,
    /// DurationSeconds; `None`: AWS's default.
    pub duration: Option<u32>,
    /// The region whose STS is called and whose console opens; `None`: the partition's home region.
    pub region: Option<String>,
    /// What the console opens with where nobody asks for another page: empty, a path or an address of the console.
    pub console_start: String,
    /// May be used by a program's token, without a signed-in person.
    pub system_scope: bool,
    /// Disabled connectors issue nothing.
    pub enabled: bool,
    /// Links to known console pages open without asking.
    pub open_without_asking: bool,
    /// Whether a registry's log-in may go on after the session that it was asked for with.
    pub registry_tokens_outlive: bool,
    /// Counts the saves: each is kept as an immutable version.
    pub version: i32,
    /// Last saved.
    pub updated_at: DateTime<Utc>,
}

impl Connector {
    /// The region in force.
    #[must_use]
    pub fn region(&self) -> &str {
        self.region.as_deref().unwrap_or(self.partition.home_region())
    }

    /// The longest session it gives, in seconds; through other roles no more than AWS gives then.
    #[must_use]
    pub fn longest(&self) -> u32 {
        self.capped(self.duration.unwrap_or(self.principal.kind().durations().default))
    }

    fn capped(&self, seconds: u32) -> u32 {
        if self.principal.through().is_empty() { seconds } else { seconds.min(CHAINED) }
    }

    /// The duration to ask STS for: what the caller wishes where it narrows, else the connector's own.
    ///
    /// # Errors
    /// A sentence, where the wish is outside AWS's limits or longer than the connector gives.
    pub fn narrowed(&self, wish: Option<u32>) -> Result<Option<u32>, String> {
        let Some(wish) = wish else { return Ok(self.duration.map(|own| self.capped(own))) };
        if self.principal.kind() == PrincipalType::Provided {
            return Err("This connector hands on credentials as they are. Ask without a duration.".to_owned());
        }
        let wish = self.principal.kind().durations().check(wish)?;
        if wish > self.longest() {
            return Err(format!(
                "{} is longer than this connector gives; ask for at most {}.",
                session::show_duration(wish),
                session::show_duration(self.longest())
            ));
        }
        Ok(Some(wish))
    }
}

#[cfg(test)]
impl Connector {
    /// One for tests of pure code.
    pub(super) fn sample(principal: Principal) -> Self {
        let text = |text: &str| text.to_owned();
        Self {
            id: text("id"),
            slug: text("slug"),
            name: text("Name"),
            description: String::new(),
            access_key_id: text("key"),
            partition: Partition::Aws,
            account_id: None,
            principal,
            duration: Some(7200),
            region: Some(text("eu-west-1")),
            console_start: String::new(),
            system_scope: false,
            enabled: true,
            open_without_asking: false,
            registry_tokens_outlive: false,
            version: 1,
            updated_at: DateTime::default(),
        }
    }
}

/// Checks a name: 1 to 100 characters, no control characters.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Enter a name.".to_owned());
    }
    if text.chars().count() > 100 {
        return Err("Use at most 100 characters.".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("Leave out line ends and control characters.".to_owned());
    }
    Ok(text.to_owned())
}

/// A name as it is compared: names are unique without regard to case.
#[must_use]
pub fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

//! What a connector would send for somebody, looked at by an administrator. Nothing is issued.

use super::open;
use super::per_person::LongestCase;
use crate::app::App;
use crate::model::api_token;
use crate::model::connector::Connector;
use crate::model::event::{Event, Kind};
use crate::model::identity::Entry;
use crate::model::placeholder::{self, Part, Placeholder, Unfilled, Values, policy};
use crate::model::session_tag::SessionTag;
use crate::portal::people::{known_names, named};
use crate::portal::use_connector::for_whom::{ForWhom, filled};
use crate::portal::{PortalError, Who};

/// What would be sent for one person.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The name they sign in with.
    pub user_name: String,
    /// Their name for people.
    pub display_name: String,
    /// Whether the directory lets them in.
    pub active: bool,
    /// Each placeholder once, with the person's value, or why it has none.
    pub values: Vec<(String, Result<String, String>)>,
    /// The inline policy; `None`: none is sent.
    pub policy: Option<String>,
    /// The session tags.
    pub tags: Vec<SessionTag>,
    /// Why nothing would be sent.
    pub problem: Option<String>,
    /// How long the policy gets for the longest values of everybody, and what was assumed; empty where it has no placeholders.
    pub longest: String,
}

/// The connector, and names to choose from: of those who signed in lately.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn begin(app: &App, who: &Who, id: &str) -> Result<(Connector, Vec<String>), PortalError> {
    let (_, connector) = open(app, who, id).await?;
    let names = known_names(app).await?;
    Ok((connector, names))
}

/// Asks the directory for the person, as it is now, and fills the connector in.
///
/// # Errors
/// [`PortalError::Invalid`] at `user_name` where nobody is called that; where the directory does not answer.
pub async fn preview(app: &App, who: &Who, connector: &Connector, typed: &str) -> Result<Preview, PortalError> {
    who.reach(api_token::Part::Connectors)?;
    let shown = Preview { longest: longest(app, connector).await?, ..look(connector, named(app, typed).await?) };
    let event = Event::new(app.clock.now(), Kind::DirectoryLookUp, &who.origin).by(&who.actor()).about(connector);
    app.database.record(event.with("user", shown.user_name.as_str())).await?;
    Ok(shown)
}

/// What is said of the longest case of the connector's policy.
async fn longest(app: &App, connector: &Connector) -> Result<String, PortalError> {
    let inline = connector.principal.policies().and_then(|policies| policies.inline.as_ref());
    let Some(text) = inline.map(|inline| inline.minified()) else { return Ok(String::new()) };
    match policy::check(text) {
        Ok(placeholders) if !placeholders.is_empty() => {
            let case = LongestCase::of(app, text, &placeholders).await?;
            Ok(case.map_or_else(|broken| broken, |case| case.sentence()))
        }
        _ => Ok(String::new()),
    }
}

fn look(connector: &Connector, entry: Entry) -> Preview {
    let values = Values {
        name: &entry.user_name,
        mail: &entry.mail,
        display_name: &entry.display_name,
        attributes: &entry.attributes,
    };
    let shown = |placeholder: Placeholder| {
        let value = placeholder.value(&values).map(str::to_owned).map_err(|unfilled| match unfilled {
            Unfilled::Value { cause, .. } => cause.to_string(),
            Unfilled::Rule(sentence) => sentence,
        });
        (placeholder.to_string(), value)
    };
    let mut all: Vec<(String, Result<String, String>)> = placeholders(connector).into_iter().map(shown).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all.dedup_by(|one, other| one.0 == other.0);
    let (whom, problem) = match filled(connector, Some(values)) {
        Ok(whom) => (whom, None),
        Err(not) => (ForWhom::default(), Some(format!("Nothing would be handed out: {not}."))),
    };
    Preview {
        values: all,
        policy: whom.policy,
        tags: whom.tags,
        problem,
        longest: String::new(),
        active: entry.active,
        user_name: entry.user_name,
        display_name: entry.display_name,
    }
}

fn placeholders(connector: &Connector) -> Vec<Placeholder> {
    let inline = connector.principal.policies().and_then(|policies| policies.inline.as_ref());
    let mut all = inline.and_then(|inline| policy::check(inline.minified()).ok()).unwrap_or_default();
    for tag in connector.principal.tags() {
        all.extend(placeholder::parts(&tag.value).unwrap_or_default().into_iter().filter_map(|part| match part {
            Part::Placeholder(placeholder) => Some(placeholder),
            Part::Text(_) => None,
        }));
    }
    all
}

//! Policy examples: the ones that ship, and the ones that administrators write.

pub mod exchange;
mod shipped;

use serde_json::{Value, json};

pub use shipped::{SHIPPED, Shipped};

use super::once::Once;
use super::{PortalError, Who};
use crate::app::App;
use crate::model::api_token::Part;
use crate::model::connector::folded;
use crate::model::event::{Event, Kind};
use crate::model::policy::Policy;
use crate::model::policy_example::{self, ExampleKind, MOST, PolicyExample};
use crate::random;
use crate::store::policy_examples::{self, Kept};
use crate::store::{DbConnection, StoreError};

/// An example as pages show it.
#[derive(Clone, Debug)]
pub struct Example {
    /// Our id of a kept one, the word of a shipped one.
    pub id: String,
    /// What it says.
    pub example: PolicyExample,
    /// The kept row; `None`: it ships.
    pub kept: Option<Kept>,
    /// Shipped, and not offered.
    pub hidden: bool,
}

impl From<Kept> for Example {
    fn from(kept: Kept) -> Self {
        Self { id: kept.id.clone(), example: kept.example.clone(), kept: Some(kept), hidden: false }
    }
}

impl Example {
    /// Whether it is of this kind, where one is wanted, and `part` stands somewhere in it, without regard to case.
    #[must_use]
    pub fn fits(&self, kind: Option<ExampleKind>, part: &str) -> bool {
        let Self { id, example, .. } = self;
        let text = format!("{id} {} {} {}", example.name, example.description, example.text).to_lowercase();
        kind.is_none_or(|kind| kind == example.kind) && text.contains(&part.trim().to_lowercase())
    }

    fn shipped(shipped: &Shipped, hidden: bool) -> Self {
        let text = |text: &str| text.to_owned();
        let example = PolicyExample {
            kind: shipped.kind,
            name: text(shipped.name),
            description: text(shipped.description),
            text: text(shipped.text).trim_end().to_owned(),
        };
        Self { id: text(shipped.id), example, kept: None, hidden }
    }
}

/// What was typed into the form of an example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExampleForm {
    /// [`ExampleKind::word`]; counts for a new one alone.
    pub kind: String,
    /// Name.
    pub name: String,
    /// What it allows.
    pub description: String,
    /// The policy, or the ARN.
    pub text: String,
    /// The version that the form was made of.
    pub version: i32,
}

/// Every example: the administrators' own by name, then the shipped ones in their order, hidden ones too.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn list(app: &App, who: &Who) -> Result<Vec<Example>, PortalError> {
    who.reach(Part::PolicyExamples)?;
    let read =
        app.database.read(|connection| Ok((policy_examples::all(connection)?, policy_examples::hidden(connection)?)));
    let (kept, hidden) = read.await?;
    let shipped = |shipped: &Shipped| Example::shipped(shipped, hidden.iter().any(|id| id == shipped.id));
    Ok(kept.into_iter().map(Example::from).chain(SHIPPED.iter().map(shipped)).collect())
}

/// [`list`] without the hidden ones: what the form of a connector offers.
///
/// # Errors
/// As [`list`].
pub async fn offered(app: &App, who: &Who) -> Result<Vec<Example>, PortalError> {
    Ok(list(app, who).await?.into_iter().filter(|example| !example.hidden).collect())
}

/// One example.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn find(app: &App, who: &Who, id: &str) -> Result<Example, PortalError> {
    who.reach(Part::PolicyExamples)?;
    if let Some(shipped) = Shipped::find(id) {
        let hidden = app.database.read(policy_examples::hidden).await?;
        return Ok(Example::shipped(shipped, hidden.iter().any(|hidden| hidden == id)));
    }
    let id = id.to_owned();
    Ok(app.database.read(move |connection| policy_examples::find(connection, &id)).await?.into())
}

/// Adds an example and gives its id.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong.
pub async fn create(app: &App, who: &Who, form: &ExampleForm) -> Result<String, PortalError> {
    create_once(app, who, form, &Once::UNNAMED).await
}

/// [`create`], with a request that may have a name.
///
/// # Errors
/// As [`create`].
pub async fn create_once(app: &App, who: &Who, form: &ExampleForm, once: &Once) -> Result<String, PortalError> {
    who.reach(Part::PolicyExamples)?;
    let example = policy_example::check(&form.kind, &form.name, &form.description, &form.text)?;
    let kept = Kept { id: random::id(), example, version: 1, updated_at: app.clock.now() };
    let event = created(Event::new(app.clock.now(), Kind::PolicyExampleCreate, &who.origin).by(&who.actor()), &kept);
    let once = once.clone();
    let write = app.database.write(move |connection| {
        if policy_examples::count(connection)? >= MOST {
            let sentence = format!("{MOST} examples are the most. Delete one that nobody needs first.");
            return Err(StoreError::Refused("", sentence));
        }
        insert(connection, &kept)?;
        once.keep(connection, &kept.id)?;
        Ok((kept.id, vec![event]))
    });
    Ok(write.await?)
}

/// Saves an example. Connectors that it was inserted into do not change.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong; [`PortalError::Stale`] where somebody else saved it since;
/// [`PortalError::NotFound`], for a shipped one too.
pub async fn update(app: &App, who: &Who, id: &str, form: &ExampleForm) -> Result<(), PortalError> {
    who.reach(Part::PolicyExamples)?;
    let key = id.to_owned();
    let before = app.database.read(move |connection| policy_examples::find(connection, &key)).await?;
    let example = policy_example::check(before.example.kind.word(), &form.name, &form.description, &form.text)?;
    let base = Event::new(app.clock.now(), Kind::PolicyExampleUpdate, &who.origin).by(&who.actor());
    let kept = Kept { id: before.id, example, version: form.version, updated_at: app.clock.now() };
    let write = app.database.write(move |connection| {
        let before = policy_examples::find(connection, &kept.id)?;
        save(connection, &kept)?;
        Ok(((), vec![updated(base, &before.example, &kept)]))
    });
    Ok(write.await?)
}

/// Removes an example that an administrator wrote.
///
/// # Errors
/// [`PortalError::Stale`] where somebody else saved it since; [`PortalError::NotFound`], for a shipped one too.
pub async fn delete(app: &App, who: &Who, id: &str, version: i32) -> Result<(), PortalError> {
    who.reach(Part::PolicyExamples)?;
    let id = id.to_owned();
    let base = Event::new(app.clock.now(), Kind::PolicyExampleDelete, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        let kept = policy_examples::find(connection, &id)?;
        policy_examples::delete(connection, &id, version)?;
        Ok(((), vec![about(base, &kept.id, &kept.example).with("before", words(&kept.example))]))
    });
    Ok(write.await?)
}

/// Hides a shipped example from the form of connectors, or offers it again. Where that changes nothing, nothing is noted.
///
/// # Errors
/// [`PortalError::NotFound`] where none of this id ships.
pub async fn hide(app: &App, who: &Who, id: &str, hide: bool) -> Result<(), PortalError> {
    who.reach(Part::PolicyExamples)?;
    let shipped = Shipped::find(id).ok_or(PortalError::NotFound("policy example"))?;
    let base = Event::new(app.clock.now(), Kind::PolicyExampleHide, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        let changed = policy_examples::hide(connection, shipped.id, hide)?;
        let event = about(base, shipped.id, &Example::shipped(shipped, hide).example).with("hidden", hide);
        Ok(((), if changed { vec![event] } else { Vec::new() }))
    });
    Ok(write.await?)
}

fn insert(connection: &mut DbConnection, kept: &Kept) -> Result<(), StoreError> {
    refuse_shipped_name(kept)?;
    policy_examples::insert(connection, kept)
}

fn save(connection: &mut DbConnection, kept: &Kept) -> Result<(), StoreError> {
    refuse_shipped_name(kept)?;
    policy_examples::update(connection, kept)
}

fn refuse_shipped_name(kept: &Kept) -> Result<(), StoreError> {
    let sentence = "A shipped example has this name. Choose another name.";
    if ships(kept.example.kind, &kept.example.name) {
        return Err(StoreError::Refused("name", sentence.to_owned()));
    }
    Ok(())
}

/// Whether one of this kind and name ships.
fn ships(kind: ExampleKind, name: &str) -> bool {
    SHIPPED.iter().any(|shipped| shipped.kind == kind && folded(shipped.name) == folded(name))
}

fn about(event: Event, id: &str, example: &PolicyExample) -> Event {
    event.with("policy_example", id).with("name", example.name.as_str()).with("example_kind", example.kind.word())
}

fn created(event: Event, kept: &Kept) -> Event {
    about(event, &kept.id, &kept.example).with("after", words(&kept.example))
}

fn updated(event: Event, before: &PolicyExample, kept: &Kept) -> Event {
    about(event, &kept.id, &kept.example).with("before", words(before)).with("after", words(&kept.example))
}

/// What an example says, for the log: the policy as it would be sent.
fn words(example: &PolicyExample) -> Value {
    let sent = Policy::parse(&example.text).map(|policy| policy.minified().to_owned());
    let text = sent.unwrap_or_else(|_| example.text.clone());
    json!({ "name": example.name, "description": example.description, "text": text })
}

//! How far somebody's administration of connectors reaches: everywhere, or as far as the envelopes of access keys.
//!
//! [`Who::reach`] alone gives a [`Reach`], and every write to connectors and grants goes through one: nothing else of the
//! portal calls the store's own (a rule of `tests/portal/architecture`). So no use case can forget the envelope, whoever asks and
//! by whichever way. The envelope is read in the transaction that writes, so that one that was narrowed meanwhile counts.

mod gain;
mod pen;

use super::{PortalError, Who};
use crate::app::App;
use crate::model::FieldErrors;
use crate::model::access::Actor;
use crate::model::access_key::AccessKey;
use crate::model::api_token::Part;
use crate::model::connector::Connector;
use crate::model::event::{Event, Kind, Outcome};
use crate::model::identity::GroupRef;
use crate::model::principal::{Principal, PrincipalType};
use crate::store::{DbConnection, StoreError, access_keys, connectors};

/// How far somebody may make, change, grant and try connectors.
#[derive(Clone, Debug)]
pub struct Reach(Extent);

#[derive(Clone, Debug)]
enum Extent {
    /// An administrator's.
    Everywhere,
    /// A restricted administrator's, who is in these groups.
    Envelopes(Vec<GroupRef>),
}

/// What is said where an access key has no envelope.
const NOT_OPEN: &str =
    "This access key is not open to restricted administrators. An administrator can open it on the key's page.";

impl Who {
    /// How far they may administer `part`: connectors, grants or policy examples.
    ///
    /// # Errors
    /// [`PortalError::Forbidden`] where they are neither an administrator nor a restricted one, or their token is not for it.
    pub fn reach(&self, part: Part) -> Result<Reach, PortalError> {
        self.may(part)?;
        Reach::of(&self.actor).ok_or(PortalError::Forbidden)
    }
}

impl Reach {
    /// The reach of a person by their role, and of a program by its token, which an administrator made; `None`: they administer
    /// nothing.
    #[must_use]
    pub(super) fn of(actor: &Actor) -> Option<Self> {
        let Actor::Person(identity) = actor else { return Some(Self(Extent::Everywhere)) };
        if identity.administrator {
            return Some(Self(Extent::Everywhere));
        }
        let groups = || identity.groups.iter().map(|group| group.group.clone()).collect();
        identity.restricted.then(|| Self(Extent::Envelopes(groups())))
    }

    /// Whether nothing limits it.
    #[must_use]
    pub const fn is_everywhere(&self) -> bool {
        matches!(self.0, Extent::Everywhere)
    }

    /// Whether connectors may be made with this access key at all.
    #[must_use]
    pub const fn opens(&self, key: &AccessKey) -> bool {
        self.is_everywhere() || key.envelope.is_some()
    }

    /// Where `connector`, which calls AWS with `key`, lies outside; nothing: it lies inside.
    #[must_use]
    pub fn outside(&self, key: &AccessKey, connector: &Connector) -> FieldErrors {
        let mut errors = FieldErrors::default();
        match (&self.0, &key.envelope) {
            (Extent::Everywhere, _) => {}
            (Extent::Envelopes(_), None) => errors.add("access_key", NOT_OPEN),
            (Extent::Envelopes(_), Some(envelope)) => {
                envelope.outside(connector).into_iter().for_each(|(field, sentence)| errors.add(field, sentence));
            }
        }
        errors
    }

    /// [`Reach::outside`] as far as it can be said of a form that is no connector yet: whether the access key is open, and
    /// for the principal type of this word.
    #[must_use]
    pub(super) fn closed(&self, key: &AccessKey, kind: &str) -> FieldErrors {
        let mut errors = FieldErrors::default();
        match (&self.0, &key.envelope, PrincipalType::parse(kind)) {
            (Extent::Envelopes(_), None, _) => errors.add("access_key", NOT_OPEN),
            (Extent::Envelopes(_), Some(envelope), Ok(kind)) => {
                envelope.closed(kind).into_iter().for_each(|(field, sentence)| errors.add(field, sentence));
            }
            _ => {}
        }
        errors
    }

    /// Why the connector with this id may not be changed, as it stands in the database now; `None`: it may be.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or where the database cannot be read.
    pub fn why_fixed(&self, connection: &mut DbConnection, id: &str) -> Result<Option<String>, StoreError> {
        if self.is_everywhere() {
            return Ok(None);
        }
        match connectors::find(connection, id) {
            Ok(connector) => {
                let key = access_keys::find(connection, &connector.access_key_id)?;
                Ok(said(&self.outside(&key, &connector)))
            }
            Err(StoreError::Damaged(_)) => Ok(Some("Its entry in the database is damaged.".to_owned())),
            Err(error) => Err(error),
        }
    }

    /// [`Reach::why_fixed`] as a refusal.
    fn obey(&self, connection: &mut DbConnection, id: &str) -> Result<(), StoreError> {
        match self.why_fixed(connection, id)? {
            None => Ok(()),
            Some(why) => Err(StoreError::Refused("", format!("This connector is outside what you may change. {why}"))),
        }
    }

    /// Why they may not let this group use a connector, whichever it is.
    pub(in crate::portal) fn own_group(&self, group: &GroupRef) -> Option<&'static str> {
        match &self.0 {
            Extent::Envelopes(groups) if groups.contains(group) => {
                Some("You are in this group, so an administrator has to grant it.")
            }
            _ => None,
        }
    }

    /// What may be shown of a connector that lies outside: all but the external ids.
    #[must_use]
    pub fn shown(&self, key: &AccessKey, mut connector: Connector) -> Connector {
        if !self.outside(key, &connector).is_empty()
            && let Principal::AssumeRole { through, external_id, .. } = &mut connector.principal
        {
            *external_id = None;
            through.iter_mut().for_each(|hop| hop.external_id = None);
        }
        connector
    }
}

/// All that is said, as one text.
fn said(errors: &FieldErrors) -> Option<String> {
    let all: Vec<&str> = errors.iter().map(|(_, sentence)| sentence).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// Refuses whoever may not change the connector `id`, and writes the refusal down. The writes look once more.
///
/// # Errors
/// [`PortalError::Forbidden`] where it lies outside; [`PortalError::NotFound`].
pub(super) async fn changeable(app: &App, who: &Who, part: Part, id: &str) -> Result<(), PortalError> {
    let reach = who.reach(part)?;
    if reach.is_everywhere() {
        return Ok(());
    }
    let key = id.to_owned();
    let Some(why) = app.database.read(move |connection| reach.why_fixed(connection, &key)).await? else {
        return Ok(());
    };
    if app.throttle.notes_refusal(&format!("envelope {} {id}", who.actor.id()), &who.origin.address) {
        let event = Event::new(app.clock.now(), Kind::PageOpen, &who.origin).by(&who.actor());
        let event = Event { connector_id: Some(id.to_owned()), ..event }.with("sentence", why);
        app.database.record(event.ended(Outcome::Refused, "envelope")).await?;
    }
    Err(PortalError::Forbidden)
}

/// A connector that the caller may look at and not change.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// Why, in sentences.
    pub why: String,
    /// The name of its access key.
    pub source: String,
}

/// Why the caller may look at the connector `id` and not change it; `None`: they may change it.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller administers nothing.
pub async fn fixed(app: &App, who: &Who, id: &str) -> Result<Option<Fixed>, PortalError> {
    let (reach, id) = (who.reach(Part::Connectors)?, id.to_owned());
    let read = app.database.read(move |connection| {
        let Some(why) = reach.why_fixed(connection, &id)? else { return Ok(None) };
        let head = connectors::head(connection, &id)?;
        let source = access_keys::find(connection, &head.access_key_id)?.name;
        Ok(Some(Fixed { why, source }))
    });
    Ok(read.await?)
}

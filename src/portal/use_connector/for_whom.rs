//! What a connector's placeholders mean for whoever uses it: the policy and the tags as STS gets them.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::aws::issuer::Request;
use crate::model::access::Actor;
use crate::model::connector::Connector;
use crate::model::event::Event;
use crate::model::identity::Identity;
use crate::model::placeholder::{self, Unfilled, Values, policy, tag};
use crate::model::policy::LONGEST;
use crate::model::principal::{Principal, SourceIdentity};
use crate::model::session_tag::SessionTag;

/// What is sent for one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForWhom {
    /// The inline policy, minified; `None`: none is sent.
    pub policy: Option<String>,
    /// The session tags.
    pub tags: Vec<SessionTag>,
    /// Whether the policy is this person's own.
    pub own_policy: bool,
}

/// Why nothing is sent: the log's word, and a sentence for whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::portal) struct Refused {
    pub(in crate::portal) word: &'static str,
    pub(in crate::portal) sentence: String,
}

/// The person's values.
#[must_use]
pub const fn values(identity: &Identity) -> Values<'_> {
    let person = &identity.person;
    Values {
        name: person.user_name.as_str(),
        mail: person.mail.as_str(),
        display_name: person.display_name.as_str(),
        attributes: &identity.attributes,
    }
}

/// Fills in a connector for whoever uses it. A program is nobody whose name could be put in, nor one that a source identity
/// that is required could name.
///
/// # Errors
/// Why it cannot be used by them.
pub(in crate::portal) fn for_whom(connector: &Connector, actor: &Actor) -> Result<ForWhom, Refused> {
    let name = &connector.name;
    let values = match actor {
        Actor::Person(identity) => Some(values(identity)),
        Actor::Program(_) => None,
    };
    if let (Principal::AssumeRole { source_identity: SourceIdentity::Required, .. }, None) =
        (&connector.principal, values)
    {
        let sentence = format!(
            "“{name}” needs a person's name as source identity, and a program has none. Use another connector, or let an administrator change the source identity to “on”."
        );
        return Err(Refused { word: "source_identity", sentence });
    }
    filled(connector, values).map_err(|unfilled| {
        let sentence = match unfilled {
            NotFilled::Program => format!(
                "“{name}” is filled in with the name or other details of a person, and a program has none. Use a connector without placeholders."
            ),
            NotFilled::Unfilled(unfilled @ Unfilled::Value { .. }) => format!(
                "“{name}” cannot be used: {unfilled}. Ask an administrator to look at the connector's preview."
            ),
            NotFilled::Unfilled(Unfilled::Rule(sentence)) => {
                format!("“{name}” has a placeholder that cannot be filled in. {sentence}")
            }
            NotFilled::TooLong(length) => format!(
                "The policy of “{name}” has {length} characters once it is filled in for you; STS takes at most {LONGEST}. Ask an administrator to shorten it."
            ),
        };
        Refused { word: "placeholder", sentence }
    })
}

/// Why a connector cannot be filled in.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotFilled {
    /// Nobody's values are known.
    #[error("nobody's values are known")]
    Program,
    /// A placeholder has none that may stand there.
    #[error(transparent)]
    Unfilled(#[from] Unfilled),
    /// The policy has this many characters.
    #[error("the policy has {0} characters once it is filled in, and STS takes at most {LONGEST}")]
    TooLong(usize),
}

/// A connector's policy and tags with `values` put in.
///
/// # Errors
/// Why that is not possible.
pub fn filled(connector: &Connector, values: Option<Values<'_>>) -> Result<ForWhom, NotFilled> {
    let policies = connector.principal.policies();
    let inline = policies.and_then(|policies| policies.inline.as_ref()).map(|inline| inline.minified());
    let has_placeholders = inline.map_or(Ok(false), |inline| policy::check(inline).map(|found| !found.is_empty()));
    let own_policy = has_placeholders.map_err(|sentence| NotFilled::Unfilled(Unfilled::Rule(sentence)))?;
    let policy = match (inline, values) {
        (Some(inline), Some(values)) if own_policy => {
            let text = policy::fill(inline, &values).map_err(NotFilled::Unfilled)?;
            let length = text.chars().count();
            if length > LONGEST {
                return Err(NotFilled::TooLong(length));
            }
            Some(text)
        }
        (Some(_), None) if own_policy => return Err(NotFilled::Program),
        (inline, _) => inline.map(str::to_owned),
    };
    let fill = |session_tag: &SessionTag| match (placeholder::is_in(&session_tag.value), values) {
        (false, _) => Ok(session_tag.clone()),
        (_, Some(values)) => tag::fill(session_tag, &values).map_err(NotFilled::Unfilled),
        (_, None) => Err(NotFilled::Program),
    };
    let tags: Result<Vec<SessionTag>, NotFilled> = connector.principal.tags().iter().map(fill).collect();
    Ok(ForWhom { policy, tags: tags?, own_policy })
}

impl ForWhom {
    /// `request` with this in it.
    pub(super) fn put_into(self, request: Request) -> Request {
        let tags = self.tags.into_iter().map(|tag| (tag.key, tag.value, tag.transitive)).collect();
        Request { policy: self.policy, tags, ..request }
    }

    /// The row with what of this is to be known later: the hash of the policy as it is sent, and the tags.
    pub(super) fn note(&self, mut event: Event, connector: &Connector) -> Event {
        if let (true, Some(policy)) = (self.own_policy, &self.policy) {
            let arns = connector.principal.policies().map(|policies| policies.arns.join("\n")).unwrap_or_default();
            event.policy_hash = Some(HEXLOWER.encode(&Sha256::digest(format!("{policy}\n{arns}"))));
            event = event.with("policy_per_person", true);
        }
        if self.tags.is_empty() {
            return event;
        }
        let tags: BTreeMap<&str, &str> = self.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
        event.with("tags", serde_json::json!(tags))
    }
}

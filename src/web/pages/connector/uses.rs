//! The last uses of a connector, as its page shows them.

use crate::store::usage_log::Recorded;
use crate::web::html::{Badge, Moment};
use crate::web::pages::usage_log::outcome_of;

/// One use, or a try.
pub struct UseRow {
    /// Its number in the usage log.
    pub id: i64,
    /// Who.
    pub actor: String,
    /// What was done, as "opened the console".
    pub what: String,
    /// When.
    pub at: Moment,
    /// How it ended.
    pub outcome: Badge,
}

impl From<Recorded> for UseRow {
    fn from(recorded: Recorded) -> Self {
        let event = &recorded.event;
        Self {
            id: recorded.id,
            actor: event.actor_name.clone(),
            what: event.phrase().to_owned(),
            at: Moment(event.at),
            outcome: outcome_of(event),
        }
    }
}

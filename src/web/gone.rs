//! A form whose subject somebody deleted while it was open comes back with what was typed, as the form of a new one.

use crate::app::App;
use crate::model::event::Kind;
use crate::portal::{PortalError, Who, deleted};
use crate::store::usage_log::Recorded;
use crate::web::html::{FieldErrors, Moment};

/// What is said of something that is gone.
pub struct Gone {
    /// Who deleted it, and when; `None` where the record does not say it.
    pub row: Option<Recorded>,
    /// What happened, for the top of the form.
    pub errors: FieldErrors,
}

impl Gone {
    /// `noun` is what it was, as “connector”; `way` says what to do with what was typed; `kind` is the kind of the row that
    /// records the deletion.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn of(
        app: &App,
        who: &Who,
        noun: &str,
        way: &str,
        (kind, id): (Kind, &str),
    ) -> Result<Self, PortalError> {
        let row = deleted::row(app, who, kind, id).await?;
        let sentence = match &row {
            Some(row) => {
                let (by, at) = (&row.event.actor_name, Moment(row.event.at).utc());
                format!("This {noun} was deleted by {by} at {at}, while you had it open. {way}")
            }
            None => format!("This {noun} is not there any more. {way}"),
        };
        Ok(Self { row, errors: FieldErrors::from(("", sentence)) })
    }
}

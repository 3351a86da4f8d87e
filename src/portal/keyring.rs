//! What is sealed under which key: for the command line, the doctor, and the banner of the administration.

mod closed;
mod reading;
mod reseal;
mod uses;
mod value;

use std::sync::Arc;

pub use closed::{closed, closed_lately, log_closed};
pub use reading::values;
use reading::{others, page};
pub use reseal::{Progress, Report, Wishes, reseal};
pub use uses::{KeyUse, uses};
pub use value::Value;

use super::PortalError;
use crate::app::App;
use crate::model::event::{Event, Kind, Origin};

/// Makes a key file, which seals from now on, and gives its name.
///
/// # Errors
/// Where it cannot be made, or AWS KMS seals.
pub async fn add(app: &Arc<App>) -> Result<String, PortalError> {
    let id = app.keyring.add_file()?;
    let event = Event::new(app.clock.now(), Kind::KeyFileCreate, &Origin::default()).by_system();
    app.database.record(event.with("key_file", id.as_str())).await?;
    Ok(id)
}

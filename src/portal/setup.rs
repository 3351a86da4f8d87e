//! The first administrator, by the code that the first start prints.

use secrecy::SecretString;

use super::PortalError;
use super::users::{self, NewUser};
use crate::app::App;
use crate::directory::local::ADMINISTRATORS;
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::store::local_users;

/// What was typed at `/setup`.
#[derive(Debug)]
pub struct FirstAdministrator {
    /// The code from the server's output.
    pub code: String,
    /// The name to sign in with.
    pub user_name: String,
    /// The name for people.
    pub display_name: String,
    /// The password.
    pub password: SecretString,
}

/// Whether the set-up is wanted at all: a local directory whose administrators nobody else names, and without one yet.
///
/// # Errors
/// Where the database does not answer.
pub async fn is_wanted(app: &App) -> Result<bool, PortalError> {
    if !app.config.access.administrators.is_empty() || app.directories.local().is_none() {
        return Ok(false);
    }
    Ok(!app.database.read(|connection| local_users::anybody_in(connection, ADMINISTRATORS)).await?)
}

/// Opens the set-up at start, where it is wanted: the code to print.
///
/// # Errors
/// Where the database does not answer.
pub async fn open(app: &App) -> Result<Option<SecretString>, PortalError> {
    Ok(is_wanted(app).await?.then(|| app.setup.open(app.clock.now())))
}

/// Whether the page is there: 404 for everybody once there is an administrator (the command line makes them too), or
/// once the code has run out.
///
/// # Errors
/// Where the database does not answer.
pub async fn is_open(app: &App) -> Result<bool, PortalError> {
    Ok(app.setup.is_open(app.clock.now()) && is_wanted(app).await?)
}

/// Makes the first administrator and closes the set-up.
///
/// # Errors
/// [`PortalError::NotFound`] where it is closed; [`PortalError::Invalid`] with what is wrong.
pub async fn complete(app: &App, typed: FirstAdministrator, origin: &Origin) -> Result<(), PortalError> {
    if !is_open(app).await? {
        return Err(PortalError::NotFound("page"));
    }
    if !app.setup.take(&typed.code, app.clock.now()) {
        let event = Event::new(app.clock.now(), Kind::SetupComplete, origin).by_name(&typed.user_name);
        app.database.record(event.ended(Outcome::Refused, "wrong_code")).await?;
        let sentence = if app.setup.is_open(app.clock.now()) {
            "This is not the code. It stands in the output of daypass serve."
        } else {
            "This is not the code, and it was the last try. Start daypass serve again for a new one."
        };
        return Err(PortalError::Invalid(("code", sentence.to_owned()).into()));
    }
    let new = NewUser {
        user_name: typed.user_name,
        display_name: typed.display_name,
        mail: String::new(),
        password: typed.password,
        groups: vec![ADMINISTRATORS.to_owned()],
        attributes: Default::default(),
    };
    match users::add(app, new, Kind::SetupComplete, origin).await {
        Ok(_) => {
            app.setup.close();
            Ok(())
        }
        Err(error) => {
            app.setup.give_back();
            Err(error)
        }
    }
}

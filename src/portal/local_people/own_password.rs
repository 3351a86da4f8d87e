//! A local person's own password.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::directory::local::hash_password;
use crate::model::event::{Event, Kind};
use crate::model::{FieldErrors, password};
use crate::portal::prove::{Proof, prove};
use crate::portal::users::end_all;
use crate::portal::{PortalError, Who};
use crate::store::{StoreError, local_users};
use crate::throttle::Mark;

/// Changes the caller's own password. All of their sessions end: the caller's browser is given a new one by whoever calls.
/// Gives the version of the person that this session may begin with. The current password is tried behind the throttle of the sign-in, so that a session left open is no way to guess it.
///
/// # Errors
/// [`PortalError::NotFound`] where the caller is not of the local directory; [`PortalError::Invalid`] at `current` or
/// `password`.
pub async fn change(
    app: &Arc<App>,
    who: &Who,
    current: SecretString,
    new: SecretString,
    marks: Vec<Mark>,
) -> Result<i32, PortalError> {
    let (app, who) = (app.clone(), who.clone());
    // To its end even if the caller goes away in the middle: a try that was counted is recorded.
    let run = tokio::spawn(async move { run(&app, &who, current, new, marks).await });
    run.await.map_err(|error| PortalError::Internal(error.to_string()))?
}

async fn run(
    app: &App,
    who: &Who,
    current: SecretString,
    new: SecretString,
    marks: Vec<Mark>,
) -> Result<i32, PortalError> {
    let person = &who.identity()?.person;
    if super::directory(app) != Some(person.directory.as_str()) {
        return Err(PortalError::NotFound("page"));
    }
    let mut errors = FieldErrors::default();
    let own = [person.user_name.as_str(), &person.display_name, &person.mail];
    errors.take("password", password::check(new.expose_secret(), &own));
    if current.expose_secret() == new.expose_secret() {
        errors.add("password", "This is your password already. Choose another one.");
    }
    errors.into_result()?;
    let event = Event::new(app.clock.now(), Kind::UserPassword, &who.origin).by(&who.actor());
    let event = event.with("user", person.user_name.as_str());
    let wrong = "This is not your password.";
    let proven = prove(app, who, Proof { password: current, marks }, "current", &event).await?;
    let version = proven.local_version.ok_or(PortalError::Invalid(("current", wrong.to_owned()).into()))?;
    let hash = hash_password(new).await.map_err(PortalError::Internal)?;
    let (id, now) = (person.external_id.clone(), app.clock.now());
    let write = app.database.write(move |connection| {
        // The one that was right may have been taken away meanwhile, for a reason.
        if !local_users::is_still(connection, &id, version)? {
            let sentence = "You were given another password, or changed otherwise, meanwhile. Try again.";
            return Err(StoreError::Refused("current", sentence.to_owned()));
        }
        local_users::set_password(connection, &id, &hash, now)?;
        Ok((version + 1, vec![end_all(connection, &id, event)?]))
    });
    Ok(write.await?)
}

//! Asking AWS about the access keys from time to time, while the portal serves.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::portal::access_keys::check;
use crate::random;

/// How often it looks whether a key's turn has come.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Begins to look, unless the settings say never; it ends with the server.
pub(super) fn start(app: &Arc<App>) {
    if app.config.aws.check_keys_every.is_zero() {
        return;
    }
    // Weakly held, so that the server's end does not wait for it.
    let (app, holder) = (Arc::downgrade(app), random::id());
    actix_web::rt::spawn(async move {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Some(app) = app.upgrade() else { return };
            if let Err(error) = check::due(&app, &holder).await {
                tracing::warn!(%error, "the access keys could not be checked; trying again in a minute");
            }
        }
    });
}

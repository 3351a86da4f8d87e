//! Listing the groups of all directories from time to time, while the portal serves.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::random;

/// How long after a failure it is tried again, unless the usual time is shorter.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Begins to list, each directory by itself; it ends with the server.
pub(super) fn start(app: &Arc<App>) {
    for (at, members) in app.directories.all().iter().enumerate() {
        if members.is_local() {
            continue;
        }
        // Weakly held, so that the server's end does not wait for it.
        let app = Arc::downgrade(app);
        actix_web::rt::spawn(async move {
            loop {
                let Some(app) = app.upgrade() else { return };
                let every = app.config.access.list_groups_every;
                let Some(members) = app.directories.all().get(at) else { return };
                let rest = match members.list_groups().await {
                    Ok(()) => every,
                    Err(error) => {
                        let (directory, cause) = (&error.directory, &error.cause);
                        tracing::warn!(directory, cause, "the groups could not be listed; the old list stays");
                        every.min(AGAIN_AFTER)
                    }
                };
                drop(app);
                tokio::time::sleep(jittered(rest)).await;
            }
        });
    }
}

/// Nine to eleven tenths of it, so that replicas do not all ask at once.
fn jittered(rest: Duration) -> Duration {
    let [byte] = random::bytes::<1>();
    rest * 9 / 10 + rest / 5 * u32::from(byte) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_earlier_than_nine_tenths_and_no_later_than_eleven() {
        let rest = Duration::from_secs(100);
        for _ in 0..1000 {
            let jittered = jittered(rest);
            assert!((Duration::from_secs(90)..=Duration::from_secs(110)).contains(&jittered), "{jittered:?}");
        }
    }
}

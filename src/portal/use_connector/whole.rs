//! A use that breaks in the middle leaves a row too.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use crate::app::App;
use crate::model::event::{Event, Outcome};
use crate::portal::PortalError;

/// Runs `work`; where it panics, `begun` is recorded as failed. What AWS may have issued by then is unknown here, but who
/// asked and when is not lost.
///
/// # Errors
/// Those of `work`, or [`PortalError::Internal`].
pub(super) async fn whole<T>(
    app: &App,
    begun: Event,
    work: impl Future<Output = Result<T, PortalError>>,
) -> Result<T, PortalError> {
    if let Ok(result) = AssertUnwindSafe(work).catch_unwind().await {
        return result;
    }
    app.database.record(begun.ended(Outcome::Failed, "internal")).await?;
    Err(PortalError::Internal("the use of a connector broke off".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::model::event::{Kind, Origin};
    use crate::store::usage_log::{Filter, page};

    #[tokio::test]
    async fn a_panic_leaves_a_row() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.server.data_dir = folder.path().to_owned();
        let app = App::build(config, Clock::system(), false).await.unwrap();
        let begun = || Event::new(app.clock.now(), Kind::CredentialsIssue, &Origin::default()).by_name("alice");
        let broken = async { if app.demo { Ok(()) } else { panic!("on purpose") } };
        let error = whole(&app, begun(), broken).await.unwrap_err();
        assert!(matches!(error, PortalError::Internal(_)), "{error:?}");
        assert_eq!(whole(&app, begun(), async { Ok(7) }).await.unwrap(), 7);
        let rows = app.database.read(|connection| page(connection, &Filter::default(), 9)).await.unwrap();
        assert_eq!(rows.len(), 1, "what ends properly records itself");
        let row = &rows[0].event;
        assert_eq!(
            (row.outcome.as_str(), row.reason.as_str(), row.actor_name.as_str()),
            ("failed", "internal", "alice")
        );
    }
}

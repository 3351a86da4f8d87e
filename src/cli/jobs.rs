//! What a server does by itself beside its requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::portal::rotation::jobs::Driver;

/// How long a step in the middle of its calls is waited for when the server stops. What it leaves undone is found at the
/// next start.
const PATIENCE: Duration = Duration::from_secs(20);

/// The jobs of a running server.
pub(super) struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Starts them.
pub(super) fn start(app: &Arc<App>) -> Running {
    let (stop, mut stopped) = watch::channel(false);
    let app = app.clone();
    let task = actix_web::rt::spawn(async move {
        let mut driver = Driver::new(&app);
        while !*stopped.borrow_and_update() {
            let rest = driver.round(&app).await;
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = app.wake.notified() => {}
                _ = stopped.changed() => {}
            }
        }
    });
    Running { stop, task }
}

impl Running {
    /// Stops them after the step that is being taken.
    pub(super) async fn stop(mut self) {
        let _ = self.stop.send(true);
        if tokio::time::timeout(PATIENCE, &mut self.task).await.is_err() {
            self.task.abort();
            let _ = self.task.await;
        }
    }
}

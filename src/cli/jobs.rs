//! What a server does by itself beside its requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::portal::rotation::jobs::Driver;
use crate::portal::tokens::orphans::Watch;

/// How long a step in the middle of its calls is waited for when the server stops. What it leaves undone is found at the
/// next start.
const PATIENCE: Duration = Duration::from_secs(20);

/// The jobs of a running server.
pub(super) struct Running {
    stop: watch::Sender<bool>,
    tasks: [JoinHandle<()>; 2],
}

/// Starts them.
pub(super) fn start(app: &Arc<App>) -> Running {
    let (stop, stopped) = watch::channel(false);
    Running { stop, tasks: [rotations(app.clone(), stopped.clone()), orphans(app.clone(), stopped)] }
}

fn rotations(app: Arc<App>, mut stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    actix_web::rt::spawn(async move {
        let mut driver = Driver::new(&app);
        while !*stopped.borrow_and_update() {
            let rest = driver.round(&app).await;
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = app.wake.notified() => {}
                _ = stopped.changed() => {}
            }
        }
    })
}

fn orphans(app: Arc<App>, mut stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    actix_web::rt::spawn(async move {
        let orphans = Watch::default();
        while !*stopped.borrow_and_update() {
            let rest = orphans.round(&app).await;
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                _ = stopped.changed() => {}
            }
        }
    })
}

impl Running {
    /// Stops them after the step that is being taken.
    pub(super) async fn stop(mut self) {
        let _ = self.stop.send(true);
        let ended = async {
            for task in &mut self.tasks {
                let _ = task.await;
            }
        };
        if tokio::time::timeout(PATIENCE, ended).await.is_err() {
            for task in self.tasks {
                // One that has ended must not be asked again.
                if !task.is_finished() {
                    task.abort();
                    let _ = task.await;
                }
            }
        }
    }
}

//! What a directory was asked on the way to an answer, step by step, for administrators to look at.
//!
//! Whoever wants to see it lets the work run [`watched`]; otherwise nothing is kept. No step holds a password.

use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

tokio::task_local! {
    static TRAIL: Mutex<Vec<Step>>;
}

/// The most steps that are kept.
const MOST_STEPS: usize = 200;

/// One question to a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The directory's name.
    pub directory: String,
    /// What was asked, as `search`.
    pub what: &'static str,
    /// The question: base and filter of a search, the name of a bind.
    pub question: String,
    /// What it answered, in a few words.
    pub answer: String,
    /// How long that took.
    pub took: Duration,
}

/// Runs `work` and gives its steps, in order, with its result.
pub async fn watched<T>(work: impl Future<Output = T>) -> (T, Vec<Step>) {
    // On the heap: what is wrapped here is large, and it is wrapped more than once.
    let work = Box::pin(work);
    let watch = async move {
        let result = work.await;
        let steps = TRAIL.with(|trail| trail.lock().map(|mut trail| std::mem::take(&mut *trail)).unwrap_or_default());
        (result, steps)
    };
    TRAIL.scope(Mutex::default(), watch).await
}

/// Runs `work` of the directory of this name: the steps that it notes are this directory's.
pub(super) async fn of<T>(directory: &str, work: impl Future<Output = T>) -> T {
    let work = Box::pin(work);
    if TRAIL.try_with(|_| ()).is_err() {
        return work.await;
    }
    let (result, steps) = watched(work).await;
    for step in steps {
        note(|| Step { directory: directory.to_owned(), ..step });
    }
    result
}

/// Notes a step, where somebody watches.
pub(super) fn note(step: impl FnOnce() -> Step) {
    // Outside of a watch there is no trail, and that is the usual case.
    let _ = TRAIL.try_with(|trail| {
        if let Ok(mut trail) = trail.lock()
            && trail.len() < MOST_STEPS
        {
            trail.push(step());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(question: &str) -> Step {
        Step {
            directory: "corp".to_owned(),
            what: "search",
            question: question.to_owned(),
            answer: "1 entry".to_owned(),
            took: Duration::ZERO,
        }
    }

    #[tokio::test]
    async fn steps_are_the_directorys_whose_work_they_are() {
        let work = async {
            of("one", async { note(|| step("a")) }).await;
            of("two", async { note(|| step("b")) }).await;
        };
        let whose: Vec<String> = watched(work).await.1.into_iter().map(|step| step.directory).collect();
        assert_eq!(whose, ["one", "two"]);
        assert_eq!(of("nobody watches", async { 7 }).await, 7);
    }

    #[tokio::test]
    async fn only_what_is_watched_is_kept() {
        note(|| step("before"));
        let work = async {
            note(|| step("one"));
            note(|| step("two"));
            7
        };
        assert_eq!(watched(work).await, (7, vec![step("one"), step("two")]));
        assert!(watched(async {}).await.1.is_empty());
        let many = async { (0..1000).for_each(|_| note(|| step("again"))) };
        assert_eq!(watched(many).await.1.len(), MOST_STEPS);
    }
}

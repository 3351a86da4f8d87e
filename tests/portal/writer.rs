//! The one writer: groups, savepoints, the chain, and what becomes of them when a write or a commit fails.

use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use daypass::model::event::{Event, Kind, Origin};
use daypass::store::{Database as Store, DbConnection, StoreError, settings};
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use futures_util::future::join_all;

use crate::chain::verify;
use crate::support::sql::{connect, either, lines, run};
use crate::support::{Database, TestApp};

pub fn event(app: &TestApp, reason: &str) -> Event {
    let event = Event::new(app.app.clock.now(), Kind::SessionEnd, &Origin::default());
    Event { reason: reason.to_owned(), ..event }
}

/// How many rows of the log have this reason.
pub fn rows(app: &TestApp, reason: &str) -> usize {
    let query = format!("SELECT reason AS line FROM usage_log WHERE reason = '{reason}'");
    lines(&mut connect(&app.app.config), &query).len()
}

fn is_set(app: &TestApp, name: &str) -> bool {
    let query = format!("SELECT name AS line FROM settings WHERE name = '{name}'");
    !lines(&mut connect(&app.app.config), &query).is_empty()
}

async fn begin<F: Future + ?Sized>(future: &mut Pin<Box<F>>) {
    std::future::poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending(), "the writer is held");
        Poll::Ready(())
    })
    .await;
}

/// Holds the writer while `writes` queue, so that all of them share one commit.
async fn together<F: Future>(app: &TestApp, writes: Vec<F>) -> Vec<F::Output> {
    let (release, held) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel();
    let mut first = Box::pin(app.app.database.write(move |_| {
        begun.send(()).unwrap();
        let _ = held.recv();
        Ok(((), Vec::new()))
    }));
    begin(&mut first).await;
    has_begun.recv_timeout(Duration::from_secs(20)).unwrap();
    let mut group = Box::pin(join_all(writes));
    begin(&mut group).await;
    drop(release);
    first.await.unwrap();
    group.await
}

type End = fn(&mut DbConnection) -> Result<(), StoreError>;

/// A write of a setting and a row, both named `name`, that ends as `end` says.
async fn write(store: Store, name: &'static str, event: Event, end: End) -> Result<(), StoreError> {
    let write = store.write(move |connection| {
        settings::add(connection, name, b"x")?;
        end(connection)?;
        Ok(((), vec![event]))
    });
    write.await
}

async fn group(app: &TestApp, ends: [End; 3]) -> Vec<Result<(), StoreError>> {
    let names = ["before", "middle", "after"].into_iter().zip(ends);
    together(app, names.map(|(name, end)| write(app.app.database.clone(), name, event(app, name), end)).collect()).await
}

fn stand(app: &TestApp, expected: [bool; 3]) {
    for (name, expected) in ["before", "middle", "after"].into_iter().zip(expected) {
        assert_eq!((is_set(app, name), rows(app, name) == 1), (expected, expected), "{name}");
    }
    verify(&mut connect(&app.app.config)).unwrap();
}

#[actix_web::test]
async fn a_write_that_fails_is_rolled_back_alone() {
    let app = TestApp::builder().start().await;
    let fail: End = |_| Err(StoreError::Stale);
    let done = group(&app, [|_| Ok(()), fail, |_| Ok(())]).await;
    assert_eq!(done, [Ok(()), Err(StoreError::Stale), Ok(())]);
    stand(&app, [true, false, true]);
    // The same where the database refuses the statement.
    let app = TestApp::builder().start().await;
    let taken: End = |connection| settings::add(connection, "before", b"again");
    let done = group(&app, [|_| Ok(()), taken, |_| Ok(())]).await;
    assert_eq!(done, [Ok(()), Err(StoreError::Taken("")), Ok(())]);
    stand(&app, [true, false, true]);
}

#[actix_web::test]
async fn where_the_database_fails_so_does_the_group() {
    let app = TestApp::builder().start().await;
    let fail: End = |_| Err(StoreError::Unavailable("disk full".to_owned()));
    let done = group(&app, [|_| Ok(()), fail, |_| Ok(())]).await;
    assert!(done.iter().all(|done| matches!(done, Err(StoreError::Unavailable(_)))), "{done:?}");
    stand(&app, [false, false, false]);
    let done = group(&app, [|_| Ok(()), |_| Ok(()), |_| Ok(())]).await;
    assert_eq!(done, [Ok(()), Ok(()), Ok(())]);
    stand(&app, [true, true, true]);
}

#[actix_web::test]
async fn a_value_that_the_database_does_not_take_fails_its_own_write_only() {
    let ends: [End; 3] = [
        // A NUL, which PostgreSQL has in no text.
        |connection| settings::add(connection, "a\0b", b"x"),
        |connection| {
            diesel::sql_query("INSERT INTO settings (name) VALUES ('no value')").execute(connection)?;
            Ok(())
        },
        |connection| {
            diesel::sql_query("SELECT CAST('9223372036854775808' AS BIGINT)").execute(connection)?;
            Ok(())
        },
    ];
    for end in ends {
        let app = TestApp::builder().database(Database::create_postgres()).start().await;
        let done = group(&app, [|_| Ok(()), end, |_| Ok(())]).await;
        assert!(matches!(done[1], Err(StoreError::Unfit(_))), "{done:?}");
        assert_eq!((&done[0], &done[2]), (&Ok(()), &Ok(())));
        stand(&app, [true, false, true]);
    }
    let app = TestApp::builder().start().await;
    let done = group(&app, [|_| Ok(()), ends[1], |_| Ok(())]).await;
    assert!(matches!(done[1], Err(StoreError::Unfit(_))), "{done:?}");
    stand(&app, [true, false, true]);
}

#[actix_web::test]
async fn a_panic_does_not_end_the_writer() {
    let app = TestApp::builder().start().await;
    let panic: End = |_| panic!("on purpose");
    let done = group(&app, [|_| Ok(()), panic, |_| Ok(())]).await;
    assert!(done.iter().all(|done| matches!(done, Err(StoreError::Unavailable(_)))), "{done:?}");
    stand(&app, [false, false, false]);
    let done = group(&app, [|_| Ok(()), |_| Ok(()), |_| Ok(())]).await;
    assert_eq!(done, [Ok(()), Ok(()), Ok(())]);
    stand(&app, [true, true, true]);
}

#[actix_web::test]
async fn state_and_events_stand_or_fall_together() {
    let app = TestApp::builder().start().await;
    let mut connection = connect(&app.app.config);
    // The row is refused: what it tells of must not stand.
    let refuse = either(
        &connection,
        "CREATE TRIGGER no_middle BEFORE INSERT ON usage_log WHEN NEW.reason = 'middle' BEGIN SELECT RAISE(ABORT, 'no'); END",
        "CREATE FUNCTION no_middle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.reason = 'middle' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$;
         CREATE TRIGGER no_middle BEFORE INSERT ON usage_log FOR EACH ROW EXECUTE FUNCTION no_middle()",
    );
    run(&mut connection, refuse);
    let done = group(&app, [|_| Ok(()), |_| Ok(()), |_| Ok(())]).await;
    assert!(matches!(done[1], Err(StoreError::Unavailable(_))), "{done:?}");
    stand(&app, [false, false, false]);
    let allow = either(&connection, "DROP TRIGGER no_middle", "DROP TRIGGER no_middle ON usage_log");
    run(&mut connection, allow);

    // The commit is refused: nobody may be told that theirs stands.
    let later = either(
        &connection,
        "SELECT 1",
        "ALTER TABLE grants ALTER CONSTRAINT grants_connector_id_fkey DEFERRABLE INITIALLY DEFERRED",
    );
    run(&mut connection, later);
    let orphan: End = |connection| {
        let later = either(connection, "PRAGMA defer_foreign_keys = ON", "SELECT 1").to_owned();
        connection.batch_execute(&later)?;
        connection.batch_execute("INSERT INTO grants VALUES ('g', 'nothing', 'd', 'g', 'g', '', 'b', 1)")?;
        Ok(())
    };
    let done = group(&app, [|_| Ok(()), orphan, |_| Ok(())]).await;
    assert!(done.iter().all(|done| matches!(done, Err(StoreError::Unavailable(_)))), "{done:?}");
    stand(&app, [false, false, false]);
    let done = group(&app, [|_| Ok(()), |_| Ok(()), |_| Ok(())]).await;
    assert_eq!(done, [Ok(()), Ok(()), Ok(())]);
    stand(&app, [true, true, true]);
}

#[actix_web::test]
async fn writes_of_many_callers_are_chained_without_a_gap() {
    let app = TestApp::builder().start().await;
    let before = verify(&mut connect(&app.app.config)).unwrap();
    for round in 0..4 {
        let writers = (0..64).map(|writer| {
            let (store, event) = (app.app.database.clone(), event(&app, "many"));
            async move {
                match writer % 8 {
                    7 => store.write::<(), _>(move |_| Err(StoreError::Stale)).await.unwrap_err(),
                    _ => {
                        store.record(event).await.unwrap();
                        StoreError::NotFound
                    }
                }
            }
        });
        join_all(writers).await;
        assert_eq!(verify(&mut connect(&app.app.config)), Ok(before + (round + 1) * 56));
    }
}

/// Rows alone have no savepoints: where one is refused, nobody in its group is told that theirs stands.
#[actix_web::test]
async fn a_row_that_is_refused_takes_its_group_along() {
    let app = TestApp::builder().start().await;
    let mut connection = connect(&app.app.config);
    let names = ["before", "middle", "after"];
    let record = |name: &'static str| {
        let (store, event) = (app.app.database.clone(), event(&app, name));
        async move { store.record(event).await }
    };
    let unique = "CREATE UNIQUE INDEX once ON usage_log (reason) WHERE reason = 'middle'";
    for (refuse, allow) in [
        (
            either(
                &connection,
                "CREATE TRIGGER no_middle BEFORE INSERT ON usage_log WHEN NEW.reason = 'middle' BEGIN SELECT RAISE(ABORT, 'no'); END",
                "ALTER TABLE usage_log ADD CONSTRAINT no_middle CHECK (reason <> 'middle')",
            )
            .to_owned(),
            either(&connection, "DROP TRIGGER no_middle", "ALTER TABLE usage_log DROP CONSTRAINT no_middle").to_owned(),
        ),
        (unique.to_owned(), "DROP INDEX once".to_owned()),
    ] {
        run(&mut connection, &refuse);
        let already = names.map(|name| rows(&app, name));
        let done = together(&app, names.map(record).into()).await;
        assert!(done.iter().all(Result::is_err), "{done:?}");
        assert_eq!(names.map(|name| rows(&app, name)), already);
        run(&mut connection, &allow);
        assert!(together(&app, names.map(record).into()).await.iter().all(Result::is_ok));
        verify(&mut connect(&app.app.config)).unwrap();
        assert_eq!(names.map(|name| rows(&app, name)), already.map(|rows| rows + 1));
    }
}

/// Who hands in a write and goes away has it written all the same.
#[actix_web::test]
async fn what_was_handed_in_is_written_though_nobody_waits() {
    let app = TestApp::builder().start().await;
    let mut left = Box::pin(app.app.database.record(event(&app, "left")));
    std::future::poll_fn(|context| Poll::Ready(left.as_mut().poll(context).is_ready())).await;
    drop(left);
    app.app.database.record(event(&app, "later")).await.unwrap();
    assert_eq!(rows(&app, "left"), 1);
}

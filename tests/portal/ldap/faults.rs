//! A server that is down, slow or broken.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::stand_in::{
    BIND, SEARCH, Server, directory, fails_in_time, friendly, person, question, read_to_end, result, until,
};

#[tokio::test]
async fn a_closed_port_is_told_at_once() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let error = fails_in_time(&directory("ldap", &address)).await;
    assert!(error.cause.contains("Connection refused"), "{}", error.cause);
}

#[tokio::test]
async fn a_server_that_hangs_costs_no_more_than_the_time_out() {
    for scheme in ["ldap", "ldaps"] {
        let server = Server::raw(|mut stream| async move { drop(read_to_end(&mut stream).await) });
        let error = fails_in_time(&directory(scheme, &server.address)).await;
        let expected = if scheme == "ldap" { "bind: no answer within 1s" } else { "no connection within 1s" };
        assert_eq!(error.cause, expected);
    }
}

#[tokio::test]
async fn a_server_that_never_comes_to_an_end_costs_no_more_than_the_time_out() {
    let drip = Server::raw(|mut stream| async move {
        let mut byte = [0x30];
        while stream.write_all(&byte).await.is_ok() {
            byte = [0x84];
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    });
    fails_in_time(&directory("ldap", &drip.address)).await;
    // One entry after another, each in time, and no end of the search.
    let entries = Server::raw(|mut stream| async move {
        while let Some((id, operation)) = question(&mut stream).await {
            if operation == BIND {
                stream.write_all(&result(id, 0x61, 0)).await.unwrap();
                continue;
            }
            while stream.write_all(&person(id, "uid=alice,dc=test", "alice")).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    });
    let error = fails_in_time(&directory("ldap", &entries.address)).await;
    assert_eq!(error.cause, "search: no answer within 1s");
}

#[tokio::test]
async fn an_answer_that_is_cut_off_or_reset_is_an_error() {
    for sent in [0, 1, 5, 13] {
        let server = Server::raw(move |mut stream| async move {
            let mut first = [0];
            // The rest of the question stays unread, so that closing resets the connection.
            drop(stream.read_exact(&mut first).await);
            drop(stream.write_all(&result(1, 0x61, 0)[..sent]).await);
        });
        fails_in_time(&directory("ldap", &server.address)).await;
    }
}

#[tokio::test]
async fn the_time_outs_leave_no_task_behind() {
    let server = Server::raw(|mut stream| async move { drop(read_to_end(&mut stream).await) });
    let directory = directory("ldap", &server.address);
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    for _ in 0..3 {
        fails_in_time(&directory).await;
    }
    // A caller who goes away in the middle.
    drop(tokio::time::timeout(Duration::from_millis(50), directory.look_up("1")).await);
    until(|| tasks() == before).await;
}

#[tokio::test]
async fn a_kept_connection_that_turns_out_dead_is_replaced_once() {
    // The first connection ends at its second search without an answer.
    let server = Server::answering(|id, operation, connection| match (operation, connection, id) {
        (SEARCH, 0, 3..) => Vec::new(),
        _ => friendly(id, operation, "uid=alice,dc=test"),
    });
    let directory = directory("ldap", &server.address);
    for expected in [1, 2, 2] {
        assert!(directory.find_groups("x").await.is_ok());
        assert_eq!(server.connections(), expected);
    }
    let never = Server::answering(|id, operation, _| match operation {
        SEARCH => Vec::new(),
        _ => friendly(id, operation, ""),
    });
    let error = self::directory("ldap", &never.address).find_groups("x").await.unwrap_err();
    assert_eq!((error.cause.as_str(), never.connections()), ("search: it closed the connection", 1));
}

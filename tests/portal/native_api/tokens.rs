//! `/tokens`: seen a page at a time and revoked, each answer as the document has it.

use daypass::model::api_token::Part;
use reqwest::Method;
use serde_json::Value;

use super::contract::is_refused;
use super::{Api, Token, personal, token};

const LIST: &str = "/api/v1/tokens";

fn names(page: &Value) -> Vec<String> {
    page["tokens"].as_array().unwrap().iter().map(|token| token["name"].as_str().unwrap().to_owned()).collect()
}

async fn keeper(api: &Api) -> String {
    token(&api.app, "keeper", Token { parts: &[Part::Tokens], ..Token::default() }).await
}

async fn revoke(api: &Api, keeper: &str, path: &str) -> u16 {
    api.send(Method::DELETE, path, keeper, None).await.status
}

#[actix_web::test]
async fn every_answer_is_one_of_the_document() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    personal(&api.app, "alice", &["ops"], &[Part::Use]).await;
    let list = api.get(LIST, &keeper).await.is(200).json();
    assert_eq!((names(&list), &list["next"]), (vec!["alice-own".to_owned(), "keeper".to_owned()], &Value::Null));
    let of_alice = &list["tokens"][0];
    assert_eq!((&of_alice["kind"], &of_alice["person"]), (&"person".into(), &"alice".into()));
    let path = format!("{LIST}/{}", of_alice["id"].as_str().unwrap());
    assert_eq!(api.get(&path, &keeper).await.is(200).json(), *of_alice);
    assert_eq!((revoke(&api, &keeper, &path).await, revoke(&api, &keeper, &path).await), (204, 204));
    assert_eq!(api.get(&path, &keeper).await.is(200).json()["state"], "revoked");
    let missing = format!("{LIST}/0193f6a1-0000-7000-8000-000000000001");
    is_refused(&api.get(&missing, &keeper).await, 404, "not_found");
    assert_eq!(revoke(&api, &keeper, &missing).await, 404);
    for (query, field) in [
        ("state=dead", "state"),
        ("sort=colour", "sort"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("cursor=x", "cursor"),
        ("q=%20", "q"),
    ] {
        let problem = is_refused(&api.get(&format!("{LIST}?{query}"), &keeper).await, 422, "invalid");
        assert!(problem["errors"][field].is_string(), "{query}: {problem}");
    }
    for unknown in ["from=1", "before=1", "page=2"] {
        is_refused(&api.get(&format!("{LIST}?{unknown}"), &keeper).await, 422, "invalid");
    }
    let other = token(&api.app, "other", Token::default()).await;
    for (token, status, code) in [("", 401, "unauthorized"), (other.as_str(), 403, "token_scope")] {
        for path in [LIST, path.as_str()] {
            is_refused(&api.get(path, token).await, status, code);
        }
        assert_eq!(revoke(&api, token, &path).await, status);
    }
}

#[actix_web::test]
async fn whoever_follows_the_pages_sees_every_token_once() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    for at in 0..9 {
        token(&api.app, &format!("t{at}"), Token::default()).await;
    }
    let first = format!("{LIST}?limit=3&q=t&sort=-name&state=live");
    let id = async |name: &str| {
        let found = api.get(&format!("{LIST}?q={name}"), &keeper).await.is(200).json();
        format!("{LIST}/{}", found["tokens"][0]["id"].as_str().unwrap())
    };
    let (mut seen, mut next) = (Vec::new(), first.clone());
    while !next.is_empty() {
        let page = api.get(&next, &keeper).await.is(200).json();
        assert!(names(&page).len() <= 3 && page["tokens"].as_array().unwrap().len() <= 3);
        seen.extend(names(&page));
        next = page["next"].as_str().unwrap_or_default().to_owned();
        assert!(next.is_empty() || next.contains("sort=-name") && next.contains("limit=3"), "{next}");
        // The last of the first page ends, and one that is still to come: neither moves another.
        if seen.len() == 3 {
            for name in ["t6", "t4"] {
                assert_eq!(revoke(&api, &keeper, &id(name).await).await, 204);
            }
        }
    }
    assert_eq!(seen, ["t8", "t7", "t6", "t5", "t3", "t2", "t1", "t0"]);
    // A page is as long as there are rows, and ends there.
    let all = api.get(&format!("{LIST}?limit=7&q=t"), &keeper).await.is(200).json();
    assert_eq!((names(&all).len(), &all["next"], &all["found"]), (7, &Value::Null, &7.into()));
    let most = api.get(&format!("{LIST}?limit=6&q=t"), &keeper).await.is(200).json();
    let rest = api.get(most["next"].as_str().unwrap(), &keeper).await.is(200).json();
    assert_eq!((names(&most).len(), names(&rest).len(), &rest["next"]), (6, 1, &Value::Null));
    // A cursor of another list is none of this one.
    let log = token(&api.app, "watcher", Token { parts: &[Part::UsageLog], ..Token::default() }).await;
    let other = api.get("/api/v1/usage-log?limit=1", &log).await.is(200).json();
    let cursor = other["next"].as_str().unwrap().split_once("cursor=").unwrap().1;
    is_refused(&api.get(&format!("{LIST}?cursor={cursor}"), &keeper).await, 422, "invalid");
}

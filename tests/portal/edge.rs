//! What every request meets first and every answer carries.

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{PASSWORD, Page, Person, TestApp};

fn host(app: &TestApp) -> String {
    app.url.replace("http://", "")
}

/// Sends bytes as they are and reads the answer until the other side closes or falls silent after its end.
async fn raw(app: &TestApp, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(host(app)).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    // An answer may come before everything was sent: then the rest is not wanted.
    let send = async {
        let _ = writer.write_all(request).await;
    };
    let mut answer = Vec::new();
    let receive = async {
        let _ = reader.read_to_end(&mut answer).await;
    };
    tokio::join!(send, receive);
    String::from_utf8_lossy(&answer).into_owned()
}

#[actix_web::test]
async fn another_host_is_misdirected() {
    let app = TestApp::start().await;
    let port = host(&app).rsplit_once(':').unwrap().1.to_owned();
    let browser = app.anybody();
    let strangers =
        ["evil.example".to_owned(), format!("localhost:{port}"), "127.0.0.1".to_owned(), "127.0.0.1:1".to_owned()];
    for stranger in &strangers {
        for path in ["/", "/sign-in", "/nowhere", "/api/v1/connectors/system/container-credentials"] {
            let page = browser.send(browser.request(Method::GET, path).header("host", stranger)).await;
            assert!(page.is(421).body.contains("server.public_url"), "{stranger} {path}");
        }
        for path in ["/healthz", "/readyz"] {
            browser.send(browser.request(Method::GET, path).header("host", stranger)).await.is(200);
        }
    }
    let (ours, close) = (host(&app), "Connection: close");
    let request = format!("GET http://evil.example/sign-in HTTP/1.1\r\nHost: {ours}\r\n{close}\r\n\r\n");
    assert!(raw(&app, request.as_bytes()).await.starts_with("HTTP/1.1 421"), "an absolute address of another host");
    let answer = raw(&app, format!("GET /sign-in HTTP/1.1\r\n{close}\r\n\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 421") || answer.starts_with("HTTP/1.1 400"), "no host: {answer}");
}

#[actix_web::test]
async fn headers_have_a_limit() {
    let app = TestApp::builder().start().await;
    let browser = app.anybody();
    let with = async |length: usize| {
        let request = browser.request(Method::GET, "/sign-in").header("x-long", "x".repeat(length));
        browser.send(request).await
    };
    with(16_000).await.is(200);
    with(16 * 1024).await.is(431).says("The request's headers are longer than 16 KiB.");
    let page = with(100_000).await;
    page.is(431);
}

/// A form of this many bytes.
fn form_of(length: usize) -> Vec<u8> {
    let mut body = b"username=alice&password=".to_vec();
    body.resize(length, b'x');
    body
}

async fn post_raw(app: &TestApp, path: &str, cookie: &str, body: Vec<u8>) -> String {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        host(app),
        app.url,
        body.len()
    )
    .into_bytes();
    request.extend(body);
    raw(app, &request).await
}

#[actix_web::test]
async fn bodies_have_a_limit_before_and_after_the_sign_in() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let cookie = {
        let cookies = ada.cookies.lock().unwrap();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    };
    let rows = app.events().await.len();
    for path in [
        "/sign-in",
        "/connectors/read-only/credentials",
        "/console/read-only",
        "/admin/connectors/new",
        "/admin/access-keys/new",
    ] {
        let cookie = if path == "/sign-in" { "" } else { &cookie };
        let answer = post_raw(&app, path, cookie, form_of(10 * 1024 * 1024)).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {}", answer.lines().next().unwrap_or("no answer"));
        assert!(answer.contains("What was sent is longer than this form takes."), "{path}");
    }
    // Exactly at the limits, and one byte over.
    for (path, cookie, limit) in [("/sign-in", "", 64 * 1024), ("/admin/access-keys/new", cookie.as_str(), 256 * 1024)]
    {
        let status = async |length| {
            let answer = post_raw(&app, path, cookie, form_of(length)).await;
            answer.split(' ').nth(1).unwrap_or_default().to_owned()
        };
        assert_ne!(status(limit).await, "413", "{path}");
        assert_eq!(status(limit + 1).await, "413", "{path}");
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
    assert_eq!(app.events().await.len(), rows + 1, "only the sign-in that fitted was tried");
}

#[actix_web::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    for person in [&ada, &app.anybody()] {
        for (method, path, allowed) in [
            (Method::POST, "/", "GET, HEAD"),
            (Method::PUT, "/sign-in", "GET, HEAD, POST"),
            (Method::DELETE, "/admin/connectors/x", "GET, HEAD, POST"),
            (Method::GET, "/sign-out", "POST"),
            (Method::GET, "/admin/permissions/revoke", "POST"),
            (Method::OPTIONS, "/sign-in", "GET, HEAD, POST"),
            (Method::TRACE, "/", "GET, HEAD"),
        ] {
            let page = person.send(person.request(method.clone(), path)).await;
            assert_eq!((page.status, page.header("allow")), (405, allowed), "{method} {path}");
        }
    }
    let head = ada.send(ada.request(Method::HEAD, "/")).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[actix_web::test]
async fn only_our_own_pages_may_change_anything() {
    let app = TestApp::start().await;
    app.add_person("alice", &["ops"]).await;
    let ada = app.administrator().await;
    let rows = app.events().await.len();
    let foreign: [&[(&str, &str)]; 9] = [
        &[],
        &[("origin", "null")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://127.0.0.1:1")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "cross-site"), ("origin", "OURS")],
        &[("referer", "OURS")],
    ];
    let forms = ["/sign-in", "/setup", "/sign-out", "/console/read-only", "/connectors/read-only/credentials"];
    let send = async |path: &str, headers: &[(&str, &str)]| {
        let cookies: Vec<String> =
            ada.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = ada.http.post(format!("{}{path}", app.url)).header("cookie", cookies.join("; "));
        for (name, value) in headers {
            request = request.header(*name, if *value == "OURS" { &app.url } else { *value });
        }
        Page::read(request.form(&[("username", "alice"), ("password", PASSWORD)]).send().await.unwrap()).await
    };
    for headers in foreign {
        for path in forms.into_iter().chain(["/admin/permissions/revoke", "/admin/connectors/new"]) {
            let page = send(path, headers).await;
            assert_eq!(page.status, 403, "{path} {headers:?}");
            page.says("This request did not come from a page of Daypass.");
        }
    }
    assert_eq!(app.events().await.len(), rows, "something was done");
    assert_eq!(app.sandbox.counters().issuing, 0);
    let ours: [&[(&str, &str)]; 3] = [
        &[("origin", "OURS")],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "same-origin"), ("origin", "OURS")],
    ];
    for headers in ours {
        send("/console/read-only", headers).await.is(303);
    }
    for headers in ours {
        send("/setup", headers).await.is(404);
    }
}

#[actix_web::test]
async fn only_canonical_paths_lead_anywhere() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    for path in [
        "//sign-in",
        "/admin//connectors",
        "/admin/connectors;x=1",
        "/static/..;/admin/connectors",
        "/static/%2e%2e/admin",
        "/admin%2fconnectors",
        "/admin%2Fconnectors",
        "/admin%5cconnectors",
        "/./admin",
        "/x/../admin/connectors",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", host(&app));
        let answer = raw(&app, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {}", answer.lines().next().unwrap_or("no answer"));
    }
    ada.get("/admin/connectors/").await.is(404);
    ada.get("/ADMIN/connectors").await.is(404);
}

const HEADERS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "same-origin"),
    ("cache-control", "no-store"),
];

#[track_caller]
fn carries_everything(page: &Page, what: &str) {
    for (name, value) in HEADERS {
        assert_eq!(page.header(name), value, "{name} of {what}");
    }
    let policy = page.header("content-security-policy");
    for part in
        ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.split("; ").any(|known| known == part), "{part} of {what}: {policy}");
    }
    assert!(policy.contains("form-action 'self' ") && !policy.contains("unsafe"), "{policy}");
    for never in ["server", "x-powered-by", "access-control-allow-origin"] {
        assert!(page.header(never).is_empty(), "{never} of {what}");
    }
    assert!(!page.header("permissions-policy").is_empty() && !page.header("x-request-id").is_empty(), "{what}");
    let kind = page.header("content-type");
    assert!(!kind.starts_with("text/") || kind.ends_with("charset=utf-8"), "{kind} of {what}");
}

#[actix_web::test]
async fn every_answer_carries_the_headers_that_protect_it() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let nobody = app.anybody();
    carries_everything(nobody.get("/sign-in").await.is(200), "200 before sign-in");
    carries_everything(ada.get("/").await.is(200), "200");
    carries_everything(nobody.get("/").await.is(303), "303 to the sign-in");
    carries_everything(ada.get("/admin").await.is(303), "303");
    carries_everything(ada.get("/nowhere").await.is(404), "404");
    carries_everything(ada.get("/sign-out").await.is(405), "405");
    carries_everything(nobody.get("/api/v1/connectors/system/container-credentials").await.is(401), "401");
    carries_everything(nobody.post("/sign-in", &[("username", "x"), ("password", "y")]).await.is(401), "401 page");
    let long = "x".repeat(70_000);
    carries_everything(nobody.post("/sign-in", &[("username", &long)]).await.is(413), "413");
    let json = ada.request(Method::POST, "/sign-in").header("content-type", "application/json").body("{}");
    carries_everything(ada.send(json).await.is(415), "415");
    let stranger = ada.request(Method::GET, "/").header("host", "evil.example");
    carries_everything(ada.send(stranger).await.is(421), "421");
    carries_everything(ada.get("/?q=a&q=b").await.is(400), "400");
    // A sealed secret that is no text cannot happen, so that it stands for what should not.
    let keys = app.app.database.read(daypass::store::access_keys::all).await.unwrap();
    let broker = keys.iter().find(|key| key.name == "broker").unwrap();
    let sealed = app.app.keyring.seal(&daypass::portal::source::place(broker), &[0xff, 0xfe]).await.unwrap();
    app.put_secret(&broker.id, sealed).await;
    let form = [("name", "broker"), ("key_id", broker.key_id.as_str()), ("partition", "aws"), ("version", "1")];
    let page = ada.post(&format!("/admin/access-keys/{}", broker.id), &form).await;
    carries_everything(page.is(500), "500");
    page.says("Something went wrong inside Daypass").does_not_say("no text");
    let page = ada.post("/console/read-only", &[]).await;
    carries_everything(page.is(503), "503");
    assert_eq!(page.header("retry-after"), "30");
}

#[actix_web::test]
async fn a_nul_is_part_of_nothing() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    for path in ["/connectors/a%00b/credentials", "/console/%00", "/admin/connectors/%00", "/usage-log/%00"] {
        ada.get(path).await.is(404);
    }
    for path in ["/?q=%00", "/usage-log?person=a%00", "/admin/permissions/groups?q=%00", "/console/x?destination=%00"] {
        ada.get(path).await.is(400).says("The request could not be understood.");
    }
    for (path, field) in [
        ("/sign-in", "username"),
        ("/sign-in", "password"),
        ("/admin/access-keys/new", "note"),
        ("/admin/permissions/grant", "q"),
        ("/console/read-only", "destination"),
    ] {
        ada.post(path, &[(field, "a\0b")]).await.is(400);
        let raw = ada.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
        ada.send(raw.body(format!("{field}=a\0b"))).await.is(400);
    }
}

#[actix_web::test]
async fn a_part_of_a_page_gets_a_part_of_a_page() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let part = async |person: &Person, path: &str| {
        person.send(person.request(Method::GET, path).header("hx-request-type", "partial")).await
    };
    let page = part(&ada, "/admin/permissions/groups?connector=none").await;
    page.is(404).says("There is nothing here, or it is not granted to you.");
    assert_eq!((page.header("hx-retarget"), page.header("hx-reswap")), ("#notices", "outerHTML"));
    assert!(page.body.trim_start().starts_with("<div id=\"notices\">"), "{}", page.body);
    let page = part(&app.anybody(), "/admin/permissions/groups?connector=none").await;
    assert_eq!((page.status, page.header("hx-redirect")), (401, "/sign-in"));
    carries_everything(&page, "a part for nobody");
}

#[actix_web::test]
async fn what_is_no_form_is_not_read_as_one() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        let mut request = ada.request(Method::POST, "/console/read-only").body("destination=%2F");
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        ada.send(request).await.is(415).says("Send the form as application/x-www-form-urlencoded.");
    }
    let twice = ada.request(Method::POST, "/console/read-only").body("region=a&region=b");
    let kind = "application/x-www-form-urlencoded; charset=utf-8";
    ada.send(twice.header("content-type", kind)).await.is(400);
    ada.post("/admin/connectors/new", &[("version", "many")]).await.is(400);
    assert_eq!(app.sandbox.counters().issuing, 0);
}

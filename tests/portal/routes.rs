//! Generated from the route table: every route against every kind of caller, and every GET with an administrator's cookie.

mod samples;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use daypass::config::Config;
use daypass::model::api_token::Part;
use daypass::model::envelope::Envelope;
use daypass::portal::policy_examples::ExampleForm;
use daypass::portal::{accounts, policy_examples, users};
use daypass::web::entry::Entry;
use daypass::web::guard::Right;
use daypass::web::routes;
use reqwest::Method;

use self::samples::{Ids, Sample, sample};
use crate::support::{PASSWORD, Page, Person, TestApp, world};
use crate::tokens::personal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Nobody,
    User,
    Auditor,
    Administrator,
    /// Signed in, of a group that no connector is granted to.
    OtherGroup,
    /// A restricted administrator, for whom the access key of the connector that is asked for is open.
    Restricted,
    /// Signed in, then closed out.
    Disabled,
    /// A live token for the connector that is asked for.
    Program,
    /// A live token for another connector.
    ForeignProgram,
    /// A token that has run out, for the connector that is asked for.
    ExpiredProgram,
    /// A token that was revoked, for the connector that is asked for.
    RevokedProgram,
    /// A person's own live token, for the connector that is asked for.
    PersonalToken,
    /// The token of somebody who was closed out.
    TokenOfDisabled,
    /// The person of [`Caller::PersonalToken`], with name and password.
    Basic,
    /// Name and password of somebody who was closed out.
    BasicOfDisabled,
}

impl Caller {
    const fn is_signed_in(self) -> bool {
        matches!(self, Self::User | Self::Auditor | Self::Administrator | Self::OtherGroup | Self::Restricted)
    }
}

const CALLERS: [Caller; 15] = [
    Caller::Nobody,
    Caller::User,
    Caller::Auditor,
    Caller::Administrator,
    Caller::OtherGroup,
    Caller::Restricted,
    Caller::Disabled,
    Caller::Program,
    Caller::ForeignProgram,
    Caller::ExpiredProgram,
    Caller::RevokedProgram,
    Caller::PersonalToken,
    Caller::TokenOfDisabled,
    Caller::Basic,
    Caller::BasicOfDisabled,
];

/// The status that the table's right means for a caller.
fn expected(entry: &Entry, caller: Caller, allowed: u16) -> u16 {
    use Caller::{Administrator, Auditor, Basic, ForeignProgram, OtherGroup, Program, Restricted, User};
    // Their tokens go as far.
    let caller = if caller == Caller::PersonalToken { Program } else { caller };
    match (entry.right, caller) {
        (Right::Public, _) => allowed,
        (Right::Api(Part::Use | Part::Console) | Right::ApiToken, Program) => allowed,
        (Right::Api(_), Program) => 403,
        // What is asked for names no connector, and another one is no concern of this token.
        (Right::ApiToken, ForeignProgram) if entry.path == "/api/v1/connectors" => 200,
        (Right::Api(_) | Right::ApiToken, ForeignProgram) => 403,
        (Right::Api(_) | Right::ApiToken, _) => 401,
        // What a token is not for is told as such.
        (Right::ApiOrBasic(None | Some(Part::Use | Part::Console)), Program) => allowed,
        (Right::ApiOrBasic(_), ForeignProgram) if entry.path == "/api/v1/credentials" => 404,
        (Right::ApiOrBasic(None), ForeignProgram) if !entry.path.contains("{connector}") => allowed,
        (Right::ApiOrBasic(None | Some(Part::Use | Part::Console)), Basic) => allowed,
        // The role that it takes is not theirs.
        (Right::ApiOrBasic(_), Program | ForeignProgram | Basic) => 403,
        (Right::ApiOrBasic(_), _) => 401,
        (Right::SeedList, Program | ForeignProgram | Basic) => allowed,
        (Right::SeedList, User | Auditor | Administrator | OtherGroup | Restricted) => allowed,
        (Right::SeedList, _) => 401,
        // Not granted looks like unknown.
        (Right::SignedIn, OtherGroup) if entry.path.contains("{connector}") => 404,
        (Right::SignedIn, User | Auditor | Administrator | OtherGroup | Restricted) => allowed,
        (Right::Auditor, Auditor | Administrator) => allowed,
        (Right::Connectors, Administrator | Restricted) => allowed,
        (Right::Administrator, Administrator) => allowed,
        (Right::Auditor | Right::Connectors | Right::Administrator, User | Auditor | OtherGroup | Restricted) => 403,
        (Right::SignedIn | Right::Auditor | Right::Connectors | Right::Administrator, _) => 303,
    }
}

struct Scene {
    app: TestApp,
    ids: Ids,
    tokens: [String; 6],
    /// How many requests were sent: bad tokens are counted for each address.
    sent: AtomicU32,
    /// Whoever stays signed in from one request to the next.
    signed_in: [Person; 5],
}

impl Scene {
    async fn new() -> Self {
        let proxy = || vec!["127.0.0.1".to_owned()];
        let change = move |config: &mut Config| {
            config.server.trusted_proxies = proxy();
            config.seed_api.basic_auth = true;
        };
        let app = TestApp::builder().config(change).start().await;
        world::fill(&app).await;
        let local_person = app.add_person("ulla", &["ops"]).await;
        app.add_person("aria", &["ops", "auditors"]).await;
        app.add_person("ada", &["ops", "administrators"]).await;
        app.add_person("olaf", &["others"]).await;
        app.add_person("rita", &["ops", "restricted-administrators"]).await;
        app.add_person("closed", &["ops", "administrators"]).await;
        app.add_person("perla", &["system users"]).await;
        world::grant(&app, &app.connector_id("system").await, "system users").await;
        let tokens = [
            app.token("build", "system").await,
            app.token("other", "read-only").await,
            app.token("expired", "system").await,
            app.token("revoked", "system").await,
            personal(&app.sign_in("perla").await, &[("more", "system"), ("part", "use"), ("part", "console")]).await,
            personal(&app.sign_in("closed").await, &[]).await,
        ];
        users::set_active(&app.app, "closed", false).await.unwrap();
        app.sql("UPDATE api_tokens SET expires_at = 1 WHERE slug = 'expired'").await;
        app.sql("UPDATE api_tokens SET revoked_at = 1 WHERE slug = 'revoked'").await;
        let page = app.get("/sign-in").await;
        let asset = page.body.split('"').find(|part| part.starts_with("/static/")).unwrap().to_owned();
        let setter = world::setter();
        let account = accounts::list(&app.app, &setter).await.unwrap().remove(0).account.id;
        let example = ExampleForm {
            kind: "policy".to_owned(),
            name: "Mine".to_owned(),
            description: "It allows S3.".to_owned(),
            text: world::POLICY.to_owned(),
            version: 0,
        };
        let example = policy_examples::create(&app.app, &setter, &example).await.unwrap();
        let envelope = Envelope {
            principal_types: vec!["assume_role".to_owned()],
            role_patterns: vec![world::role("*")],
            ..Envelope::default()
        };
        world::open(&app, &app.key_id("broker").await, &envelope).await;
        let signed_in = [
            app.sign_in("ulla").await,
            app.sign_in("aria").await,
            app.sign_in("ada").await,
            app.sign_in("olaf").await,
            app.sign_in("rita").await,
        ];
        let person = app.events().await.into_iter().find_map(|row| row.event.actor_id).unwrap();
        let ids = Ids {
            connector: app.connector_id("read-only").await,
            key: app.key_id("broker").await,
            event: app.last_event().await.id,
            asset,
            account,
            person,
            example,
            local_person,
        };
        Self { app, ids, tokens, sent: AtomicU32::new(0), signed_in }
    }

    async fn send(&self, caller: Caller, method: &Method, sample: &Sample) -> Page {
        let [user, auditor, administrator, other, restricted] = &self.signed_in;
        let (anybody, closed);
        let person = match caller {
            Caller::User => user,
            Caller::Auditor => auditor,
            Caller::Administrator => administrator,
            Caller::OtherGroup => other,
            Caller::Restricted => restricted,
            Caller::Disabled => {
                closed = self.closed().await;
                &closed
            }
            _ => {
                anybody = self.app.anybody();
                &anybody
            }
        };
        let mut request = person.request(method.clone(), &sample.path);
        let [live, foreign, expired, revoked, own, of_closed] = &self.tokens;
        let token = match caller {
            Caller::Program => Some(live),
            Caller::ForeignProgram => Some(foreign),
            Caller::ExpiredProgram => Some(expired),
            Caller::RevokedProgram => Some(revoked),
            Caller::PersonalToken => Some(own),
            Caller::TokenOfDisabled => Some(of_closed),
            _ => None,
        };
        let name = match caller {
            Caller::Basic => Some("perla"),
            Caller::BasicOfDisabled => Some("closed"),
            _ => None,
        };
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        if let Some(name) = name {
            request = request.basic_auth(name, Some(PASSWORD));
        }
        let address = format!("198.51.100.{}", self.sent.fetch_add(1, Ordering::Relaxed) / 40 % 250);
        let request = request.header("x-forwarded-for", address);
        let request = match *method {
            Method::POST if sample.path.starts_with("/api/") => {
                request.json(&sample.form.iter().copied().collect::<BTreeMap<&str, &str>>())
            }
            Method::POST => request.form(sample.form),
            _ => request,
        };
        let page = person.send(request).await;
        if sample.path == "/sign-out" && caller.is_signed_in() {
            let name = ["ulla", "aria", "ada", "olaf", "rita"][caller as usize - Caller::User as usize];
            let again = self.app.sign_in(name).await.cookies.into_inner().unwrap();
            *person.cookies.lock().unwrap() = again;
        }
        page
    }

    async fn closed(&self) -> Person {
        users::set_active(&self.app.app, "closed", true).await.unwrap();
        let person = self.app.sign_in("closed").await;
        users::set_active(&self.app.app, "closed", false).await.unwrap();
        person
    }
}

#[actix_web::test]
async fn every_route_gives_every_caller_what_the_table_says() {
    let scene = Scene::new().await;
    let mut wrong = Vec::new();
    for entry in routes::table() {
        let method = Method::from_bytes(entry.method.as_str().as_bytes()).unwrap();
        let sample = sample(&method, entry.path, &scene.ids);
        let Some(sample) = sample else { panic!("no sample request for {method} {}", entry.path) };
        for caller in CALLERS {
            let page = scene.send(caller, &method, &sample).await;
            let mut status = expected(&entry, caller, sample.status);
            if (method.as_str(), entry.path) == ("GET", "/sign-in") && caller.is_signed_in() {
                status = 303;
            }
            let to_sign_in = page.location().starts_with("/sign-in");
            let refused = status == 303 && !caller.is_signed_in() && entry.right != Right::Public;
            if page.status != status || (refused && !to_sign_in) {
                wrong.push(format!("{method} {} for {caller:?}: {} instead of {status}", sample.path, page.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a restricted administrator gets whose envelopes do not hold the connector: a look at it, and nothing else.
#[actix_web::test]
async fn outside_the_envelope_every_route_of_a_connector_is_closed_but_the_look_at_it() {
    let scene = Scene::new().await;
    let [.., restricted] = &scene.signed_in;
    let ids = Ids { connector: scene.app.connector_id("session").await, ..scene.ids };
    let issued = scene.app.sandbox.counters().issuing;
    let mut seen = 0;
    for entry in routes::table().into_iter().filter(|entry| entry.path.starts_with("/admin/connectors/{id}")) {
        let method = Method::from_bytes(entry.method.as_str().as_bytes()).unwrap();
        let form = sample(&method, entry.path, &ids).unwrap().form;
        let path = entry.path.replace("{id}", &ids.connector).replace("{version}", "1");
        let request = restricted.request(method.clone(), &path);
        let page = restricted.send(if method == Method::POST { request.form(form) } else { request }).await;
        let looks = (method.as_str(), entry.path) == ("GET", "/admin/connectors/{id}");
        assert_eq!(page.status, if looks { 200 } else { 403 }, "{method} {path}: {}", page.text());
        seen += 1;
    }
    assert!(seen >= 10, "{seen}");
    assert_eq!(scene.app.sandbox.counters().issuing, issued);
}

#[actix_web::test]
async fn no_get_issues_anything_for_a_cookie() {
    let scene = Scene::new().await;
    let ada = scene.app.sign_in("ada").await;
    let before = scene.app.sandbox.counters();
    for entry in routes::table().into_iter().filter(|entry| entry.method == actix_web::http::Method::GET) {
        let Some(sample) = sample(&Method::GET, entry.path, &scene.ids) else { panic!("no sample for {}", entry.path) };
        let mark = if sample.path.contains('?') { '&' } else { '?' };
        let query = format!("{}{mark}destination=/s3/home&duration=1h&region=us-east-1", sample.path);
        for path in [sample.path.clone(), query] {
            for method in [Method::GET, Method::HEAD] {
                let page = ada.send(ada.request(method, &path)).await;
                assert!(page.status < 500, "{path}: {}", page.status);
            }
        }
    }
    // Nothing at all was asked of AWS, not even whose a key is.
    let counters = scene.app.sandbox.counters();
    assert_eq!((counters.issuing, &counters.actions), (0, &before.actions));
    ada.post("/console/read-only", &[]).await.is(303);
    assert_eq!(scene.app.sandbox.counters().issued, 2, "the counters count");
}

/// A server whose router knows more than the table.
#[actix_web::test]
async fn what_the_table_does_not_know_is_refused_whatever_the_router_knows() {
    use actix_web::middleware::from_fn;
    use actix_web::{HttpResponse, test, web};
    let app = TestApp::start().await;
    let answer = || std::future::ready(HttpResponse::Ok().body("handed out"));
    let server = actix_web::App::new()
        .app_data(web::Data::from(app.app.clone()))
        .app_data(web::Data::new(routes::rights()))
        .configure(routes::configure)
        .route("/forgotten", web::get().to(answer))
        .service(web::resource("/forgotten/{id}").route(web::post().to(answer)))
        .wrap(from_fn(daypass::web::guard::authorize));
    let server = test::init_service(server).await;
    for request in [
        test::TestRequest::get().uri("/forgotten"),
        test::TestRequest::default().method(actix_web::http::Method::HEAD).uri("/forgotten"),
        test::TestRequest::post().uri("/forgotten/1"),
    ] {
        let answer = test::call_service(&server, request.to_request()).await;
        assert_eq!(answer.status(), 404, "{:?}", answer.request());
    }
    let known = test::call_service(&server, test::TestRequest::get().uri("/healthz").to_request()).await;
    assert_eq!(known.status(), 200);
    let method = test::call_service(&server, test::TestRequest::put().uri("/sign-in").to_request()).await;
    assert_eq!(method.status(), 405);
}

#[actix_web::test]
async fn whoever_lacks_the_role_leaves_a_row_a_minute() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.person("alice", &["ops"]).await, app.person("bob", &[]).await);
    let rows = app.events().await.len();
    for _ in 0..3 {
        alice.get("/admin/connectors").await.is(403);
        alice.get("/usage-log").await.is(403);
        alice.post("/admin/connectors/new", &[]).await.is(403);
    }
    bob.get("/usage-log/1").await.is(403);
    let events = app.events().await;
    assert_eq!(events.len(), rows + 2);
    for (row, name, page) in [(&events[1], "alice", "/admin/connectors"), (&events[0], "bob", "/usage-log/{id}")] {
        let row = &row.event;
        assert_eq!((row.kind.as_str(), row.outcome.as_str(), row.reason.as_str()), ("page.open", "refused", "role"));
        assert_eq!((row.actor_name.as_str(), &row.detail["page"]), (name, &page.into()));
    }
}

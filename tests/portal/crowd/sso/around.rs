//! What stands around such a sign-in: the cookie's name, the caller's address, guessing, signing out, other directories.

use super::*;

#[actix_web::test]
async fn the_page_is_there_while_the_name_of_the_cookie_is_not_known() {
    let server = crowd().await;
    let (app, clock) = started(&server).await;
    for fault in [Fault::Hang, Fault::json(r#"{"name":"a b"}"#), Fault::json(r#"{"name":""}"#)] {
        server.fault("config/cookie", fault);
        let person = bringing(&app, TOKEN);
        person.get("/sign-in").await.is(200).does_not_say(BUTTON);
        press(&person).await.is(503);
        assert_eq!(app.last_row().await, ("session.start".into(), "failed".into(), "directory".into()));
        clock.advance(TimeDelta::seconds(5));
    }
    server.heal();
    let person = bringing(&app, TOKEN);
    person.get("/sign-in").await.is(200).says(BUTTON);
    // A browser without any cookie costs Crowd nothing.
    server.heard();
    clock.advance(TimeDelta::minutes(10));
    app.anybody().get("/sign-in").await.is(200).does_not_say(BUTTON);
    assert_eq!(server.heard().len(), 0);
}

#[actix_web::test]
async fn who_comes_while_the_name_of_the_cookie_is_asked_for_waits_for_it() {
    let server = crowd().await;
    let (app, _) = started(&server).await;
    server.fault("config/cookie", Fault::Slow(Duration::from_millis(300)));
    let people: Vec<Person> = (0..8).map(|_| bringing(&app, TOKEN)).collect();
    for page in join_all(people.iter().map(press)).await {
        page.leads_to(CONSOLE);
    }
    assert_eq!(server.heard().iter().filter(|heard| heard.resource == "config/cookie").count(), 1);
    // Where there is no answer, nobody waits twice.
    let (app, _) = started(&server).await;
    server.fault("config/cookie", Fault::Hang);
    let people: Vec<Person> = (0..8).map(|_| bringing(&app, TOKEN)).collect();
    for page in join_all(people.iter().map(press)).await {
        page.is(503);
    }
    assert_eq!(server.heard().iter().filter(|heard| heard.resource == "config/cookie").count(), 1);
}

#[actix_web::test]
async fn crowd_is_told_the_callers_address_as_trusted_proxies_tell_it() {
    let caller = "203.0.113.5";
    let server = crowd().await;
    server.change(|world| {
        world.trusted_proxies.push(LOCAL.to_owned());
        world.session("fakeTokenFromElsewhere", "alice", caller);
    });
    let behind = configure(&server);
    let change = move |config: &mut Config| {
        behind(config);
        config.server.trusted_proxies = vec![LOCAL.to_owned()];
    };
    let app = TestApp::builder().config(change).start().await;
    let from = async |address: &str, method: Method, path: &str, person: &Person| {
        let is_post = method == Method::POST;
        let request = person.request(method, path).header("x-forwarded-for", address);
        person.send(if is_post { request.form(&[("directory", "corp")]) } else { request }).await
    };
    let person = bringing(&app, "fakeTokenFromElsewhere");
    from("203.0.113.6", Method::POST, "/sign-in/sso", &person).await.is(401);
    from(&format!("203.0.113.6, {caller}"), Method::POST, "/sign-in/sso", &person).await.leads_to("/");
    let body = asked(&server).pop().unwrap().2;
    let expected = r#"{"validationFactors":[{"name":"remote_address","value":"127.0.0.1"},{"name":"X-Forwarded-For","value":"203.0.113.5"}]}"#;
    assert_eq!(body, expected);
    from(caller, Method::GET, "/", &person).await.is(200);
    assert_eq!(asked(&server), []);
    // Brought from another address it is looked at anew, and is not good there.
    from("203.0.113.6", Method::GET, "/", &person).await.leads_to("/sign-in");
    // What no trusted proxy says counts for nothing.
    let (app, _) = started(&server).await;
    let person = bringing(&app, "fakeTokenFromElsewhere");
    from(caller, Method::POST, "/sign-in/sso", &person).await.is(401);
    assert!(!asked(&server).pop().unwrap().2.contains(caller));
}

#[actix_web::test]
async fn tokens_are_guessed_no_more_than_passwords() {
    let server = crowd().await;
    let (app, clock) = started(&server).await;
    let guess = async |number: usize| _ = press(&bringing(&app, &format!("fakeGuess{number}"))).await.is(401);
    drop(join_all((0..49).map(guess)).await);
    // One that is right uses up none.
    alice(&app).await;
    guess(49).await;
    assert_eq!(asked(&server).len(), 51);
    press(&bringing(&app, TOKEN)).await.is(401);
    refused(&app, "throttled").await;
    assert_eq!(asked(&server), []);
    let rows = app.events().await.len();
    press(&bringing(&app, TOKEN)).await.is(401);
    assert_eq!(app.events().await.len(), rows, "one row a minute");
    clock.advance(TimeDelta::minutes(15));
    alice(&app).await;
}

#[actix_web::test]
async fn whoever_signs_out_stays_signed_out_here_and_signed_in_at_crowd() {
    let server = crowd().await;
    let (app, _) = started(&server).await;
    let alice = alice(&app).await;
    alice.post("/sign-out", &[]).await.leads_to("/sign-in");
    assert_eq!(app.last_row().await.0, "session.end");
    alice.get("/sign-in").await.is(200).says(BUTTON);
    alice.get("/").await.leads_to("/sign-in");
    assert!(server.heard().iter().all(|heard| heard.method != "DELETE"));
    press(&alice).await.leads_to(CONSOLE);
    alice.get("/").await.is(200);
}

#[actix_web::test]
async fn no_other_page_signs_anybody_in_and_no_session_is_planted() {
    let server = crowd().await;
    let (app, _) = started(&server).await;
    let victim = bringing(&app, TOKEN);
    for (name, value) in [("origin", "https://evil.example.test"), ("sec-fetch-site", "same-site")] {
        let request =
            victim.http.post(format!("{}/sign-in/sso", app.url)).header("cookie", format!("{COOKIE}={TOKEN}"));
        let answer = request.header(name, value).form(&[("directory", "corp")]).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{name}");
    }
    victim.get("/sign-in/sso").await.is(405);
    assert_eq!(asked(&server), []);
    // The session of before is nobody's afterwards.
    let bob = app.anybody();
    bob.post("/sign-in", &[("username", "bob"), ("password", "fake-password-bob")]).await.leads_to("/");
    let planted = bob.cookies.lock().unwrap().clone();
    bring(&bob, TOKEN);
    press(&bob).await.leads_to(CONSOLE);
    bob.get("/").await.is(200).says("alice of Crowd");
    *bob.cookies.lock().unwrap() = planted;
    bob.get("/").await.leads_to("/sign-in");
    // A page of ours alone is led to afterwards.
    let alice = bringing(&app, TOKEN);
    let form = [("directory", "corp"), ("next", "//evil.example.test")];
    alice.post("/sign-in/sso", &form).await.leads_to("/");
}

#[actix_web::test]
async fn what_asks_for_the_password_again_still_does() {
    let server = crowd().await;
    server.change(|world| _ = world.session("fakeTokenOfAda", "ada", LOCAL));
    let (app, _) = started(&server).await;
    let ada = bringing(&app, "fakeTokenOfAda");
    press(&ada).await.leads_to(CONSOLE);
    ada.get("/admin/connectors").await.is(200);
    let with = async |password: &str| {
        let form = [("name", "Mine"), ("connectors", "all"), ("part", "admin:connectors"), ("life", "1h")];
        ada.post("/tokens/new", &[&form[..], &[("password", password)]].concat()).await
    };
    assert_eq!(with("").await.is(422).field_error("password"), "This is not your password.");
    assert_eq!(with(TOKEN).await.is(422).field_error("password"), "This is not your password.");
    with("fake-password-ada").await.is(200);
}

#[actix_web::test]
async fn of_several_directories_it_is_the_chosen_one_as_in_front_of_a_name() {
    let server = crowd().await;
    let corp = configure(&server);
    let change = move |config: &mut Config| {
        corp(config);
        config.directory.insert(0, config::Directory::Local { name: "local".to_owned() });
    };
    let app = TestApp::builder().config(change).start().await;
    // An earlier directory has somebody of the name: they are another.
    app.add_person("alice", &[]).await;
    let alice = bringing(&app, TOKEN);
    press(&alice).await.leads_to(CONSOLE);
    alice.get("/").await.is(200).says("alice of Crowd");
    assert_eq!(app.last_event().await.event.directory.as_deref(), Some("corp"));
}

//! Chromium by WebDriver, as a person has it: pop-up blocker on. It watches its own console and every request it makes.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::peer;

const LONGEST: Duration = Duration::from_secs(30);

/// How often Chromium is started before a test fails for it: now and then one does not come up on a busy machine,
/// which says nothing about our pages.
const STARTS: usize = 3;

/// One Chromium at a time is started.
static STARTING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Violations of the content security policy go to the console too, where everything is read.
const TELL_VIOLATIONS: &str = "document.addEventListener('securitypolicyviolation', event => \
     console.error('policy violation: ' + event.violatedDirective + ' ' + event.blockedURI));";

pub struct Browser {
    pub client: Client,
    driver: String,
    session: String,
    http: reqwest::Client,
    errors: Mutex<Vec<String>>,
    hosts: Mutex<BTreeSet<String>>,
}

impl Browser {
    pub async fn start() -> Self {
        Self::with(true).await
    }

    pub async fn without_javascript() -> Self {
        Self::with(false).await
    }

    async fn with(javascript: bool) -> Self {
        say_failures_at_once();
        let driver = peer("DAYPASS_TEST_WEBDRIVER");
        let arguments = [
            "--headless=new",
            // More reliable than a port, says chromedriver.
            "--remote-debugging-pipe",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--window-size=1280,900",
        ];
        let mut options = json!({
            "binary": peer("DAYPASS_TEST_CHROMIUM"),
            "args": arguments,
            // chromedriver switches the pop-up blocker off, unless it is told not to.
            "excludeSwitches": ["disable-popup-blocking"],
        });
        if !javascript {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "timeouts": { "script": 120_000 },
        });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted.as_object().unwrap().clone());
        let client = Self::connect(&builder, &driver).await;
        let session = client.session_id().await.unwrap().unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let browser = Self { client, driver, session, http, errors: Mutex::default(), hosts: Mutex::default() };
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": TELL_VIOLATIONS })).await;
        browser
    }

    async fn connect(builder: &ClientBuilder<HttpConnector>, driver: &str) -> Client {
        let _alone = STARTING.lock().await;
        let mut refusals = Vec::new();
        while refusals.len() < STARTS {
            match builder.connect(driver).await {
                Ok(client) => return client,
                Err(error) => refusals.push(error.to_string()),
            }
        }
        panic!("Chromium does not start: {refusals:?}");
    }

    /// A command that only this browser has.
    async fn own_command(&self, path: &str, body: &Value) -> Value {
        let address = format!("{}/session/{}/{path}", self.driver, self.session);
        let answer: Value = self.http.post(address).json(body).send().await.unwrap().json().await.unwrap();
        assert!(answer["value"]["error"].is_null(), "{path}: {}", answer["value"]);
        answer["value"].clone()
    }

    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.own_command("goog/cdp/execute", &json!({ "cmd": command, "params": parameters })).await
    }

    pub async fn open(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    pub async fn address(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    pub async fn script(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    /// Waits until a question about the browser has an answer.
    pub async fn until<T>(&self, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + LONGEST;
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            if Instant::now() > deadline {
                panic!("never: {what}, at {}:\n{}", self.address().await, self.seen().await);
            }
            actix_web::rt::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// What is to be read on the page.
    pub async fn seen(&self) -> String {
        let Ok(body) = self.client.find(Locator::Css("body")).await else { return String::new() };
        body.text().await.unwrap_or_default()
    }

    /// Waits until the page says something.
    pub async fn says(&self, part: &str) -> &Self {
        self.until(part, async || self.seen().await.contains(part).then_some(())).await;
        self
    }

    /// Waits until an element can be seen.
    pub async fn find(&self, css: &str) -> Element {
        let seen = async || {
            let element = self.client.find(Locator::Css(css)).await.ok()?;
            element.is_displayed().await.unwrap_or(false).then_some(element)
        };
        self.until(css, seen).await
    }

    pub async fn click(&self, css: &str) {
        self.click_on(css, Locator::Css(css)).await;
    }

    /// Clicks the first button or link that can be seen and begins with `text`.
    pub async fn press(&self, text: &str) {
        let path = format!("//*[self::button or self::a or self::summary][starts-with(normalize-space(.), '{text}')]");
        self.click_on(text, Locator::XPath(&path)).await;
    }

    async fn click_on(&self, what: &str, locator: Locator<'_>) {
        // A person scrolls first, to where nothing that sticks covers it.
        let middle = "arguments[0].scrollIntoView({ block: 'center' });";
        let clicked = async || {
            for element in self.client.find_all(locator).await.ok()? {
                if element.is_displayed().await.unwrap_or(false) {
                    // An element that the next page replaced meanwhile is looked for again.
                    self.client.execute(middle, vec![serde_json::to_value(&element).unwrap()]).await.ok()?;
                    return element.click().await.ok();
                }
            }
            None
        };
        self.until(what, clicked).await;
    }

    /// Opens what is folded.
    pub async fn unfold(&self, css: &str) {
        let summary = format!("{css} > summary");
        let open = format!("{css}[open]");
        let opened = async || {
            if self.client.find(Locator::Css(&open)).await.is_err() {
                self.click(&summary).await;
            }
            self.client.find(Locator::Css(&open)).await.ok()
        };
        self.until(&open, opened).await;
    }

    /// Ticks a box.
    pub async fn tick(&self, css: &str) {
        let ticked = async || {
            let box_ = self.find(css).await;
            if !box_.is_selected().await.ok()? {
                self.click(css).await;
            }
            box_.is_selected().await.ok()?.then_some(())
        };
        self.until(css, ticked).await;
    }

    /// Does something with an element that can be seen. One that the next page replaced meanwhile is looked for again.
    async fn with_element<T>(&self, css: &str, act: impl AsyncFn(&Element) -> Result<T, CmdError>) -> T {
        let done = async || match act(&self.find(css).await).await {
            Ok(done) => Some(done),
            Err(error) if is_stale(&error) => None,
            Err(error) => panic!("{css}: {error}"),
        };
        self.until(css, done).await
    }

    /// Types into a field that may hold something.
    pub async fn fill(&self, css: &str, text: &str) {
        let fill = async |field: &Element| {
            field.clear().await?;
            field.send_keys(text).await
        };
        self.with_element(css, fill).await;
    }

    /// Types at the end of what a field holds.
    pub async fn type_into(&self, css: &str, text: &str) {
        self.with_element(css, async |field| field.send_keys(text).await).await;
    }

    /// Chooses the option of this number, from 0.
    pub async fn choose(&self, css: &str, index: usize) {
        self.with_element(css, async |field| field.select_by_index(index).await).await;
    }

    /// Chooses the option of this value.
    pub async fn choose_value(&self, css: &str, value: &str) {
        self.with_element(css, async |field| field.select_by_value(value).await).await;
    }

    /// What is to be read in an element.
    pub async fn text_of(&self, css: &str) -> String {
        self.with_element(css, async |element| element.text().await).await
    }

    /// What a field holds.
    pub async fn value_of(&self, css: &str) -> String {
        self.with_element(css, async |field| field.prop("value").await).await.unwrap_or_default()
    }

    /// Types into the editor of a connector's policy, which may hold something.
    pub async fn type_policy(&self, text: &str) {
        self.type_policy_into("policy", text).await;
    }

    /// Types into the editor of a policy, which may hold something.
    pub async fn type_policy_into(&self, field: &str, text: &str) {
        self.find(".policy-editor .ace_content").await;
        self.click(&format!("#f-{field}-label")).await;
        self.keys(&format!("{}a{}{}", char::from(Key::Control), char::from(Key::Null), char::from(Key::Delete))).await;
        self.keys(text).await;
    }

    /// Types where the focus is.
    pub async fn keys(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Signs out by the menu.
    pub async fn sign_out(&self) {
        self.click("details.person summary").await;
        self.press("Sign out").await;
        self.find("#f-username").await;
    }

    /// Fills the sign-in page that is open.
    pub async fn sign_in(&self, name: &str, password: &str) {
        self.fill("#f-username", name).await;
        self.fill("#f-password", password).await;
        self.press("Sign in").await;
    }

    /// Waits for a second tab and goes there.
    pub async fn to_new_tab(&self) -> WindowHandle {
        let first = self.client.window().await.unwrap();
        let other = async || self.client.windows().await.ok()?.into_iter().find(|window| *window != first);
        let other = self.until("a new tab", other).await;
        self.client.switch_to_window(other).await.unwrap();
        first
    }

    /// Closes this tab and goes back to another.
    pub async fn back_to(&self, window: WindowHandle) {
        self.read_logs().await;
        self.client.close_window().await.unwrap();
        self.client.switch_to_window(window).await.unwrap();
    }

    async fn read_logs(&self) {
        for entry in self.own_command("se/log", &json!({ "type": "browser" })).await.as_array().unwrap() {
            if matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")) {
                self.errors.lock().unwrap().push(entry["message"].as_str().unwrap().to_owned());
            }
        }
        for entry in self.own_command("se/log", &json!({ "type": "performance" })).await.as_array().unwrap() {
            let event: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            let message = &event["message"];
            if message["method"] == "Network.requestWillBeSent" {
                let address = url::Url::parse(message["params"]["request"]["url"].as_str().unwrap()).unwrap();
                if address.scheme().starts_with("http") {
                    let host = format!("{}:{}", address.host_str().unwrap(), address.port_or_known_default().unwrap());
                    self.hosts.lock().unwrap().insert(host);
                }
            }
        }
    }

    /// Takes one line of the console that a page of this status leaves there by itself.
    pub async fn expect_status(&self, status: u16) {
        self.read_logs().await;
        let mut errors = self.errors.lock().unwrap();
        let mark = format!("the server responded with a status of {status}");
        let at = errors.iter().position(|line| line.contains(&mark));
        let Some(at) = at else { panic!("no answer {status}: {errors:?}") };
        errors.remove(at);
    }

    /// What stands on the console as a warning or error, less what was expected.
    pub async fn complaints(&self) -> Vec<String> {
        self.read_logs().await;
        self.errors.lock().unwrap().clone()
    }

    /// Nothing but `hosts` was asked, and the console is empty.
    pub async fn was_quiet(&self, hosts: &[&str]) {
        assert_eq!(self.complaints().await, Vec::<String>::new(), "on the console");
        let asked = self.hosts.lock().unwrap().clone();
        assert!(!asked.is_empty(), "no request was seen at all");
        let allowed: BTreeSet<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        assert!(asked.is_subset(&allowed), "{asked:?} is more than {allowed:?}");
    }
}

/// A failure in a browser is written to the real standard error as it happens: what a test prints is kept back until
/// all have ended, and a log that is cut off before that has nothing of it.
fn say_failures_at_once() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = std::thread::current();
            if thread.name().is_some_and(|name| name.starts_with("browser::")) {
                let _ = writeln!(std::io::stderr(), "{}: {panic}", thread.name().unwrap_or_default());
            }
            before(panic);
        }));
    });
}

impl Drop for Browser {
    /// Ends the browser also where the test failed; the runtime may be gone by then.
    fn drop(&mut self) {
        let address = self.driver.trim_start_matches("http://").trim_end_matches('/');
        let Ok(mut connection) = TcpStream::connect(address) else { return };
        let request =
            format!("DELETE /session/{} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n", self.session);
        if connection.write_all(request.as_bytes()).is_ok() {
            let _ = connection.read(&mut [0; 256]);
        }
    }
}

/// Whether the element was replaced meanwhile. In the middle of that Chromium's inspector has words of its own for it.
fn is_stale(error: &CmdError) -> bool {
    error.is_stale_element_reference() || error.to_string().contains("does not belong to the document")
}

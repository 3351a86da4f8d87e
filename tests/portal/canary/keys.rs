//! Access keys by the API: kept, sent twice, refused, changed, replaced, asked about.

use daypass::sandbox::{SAMPLE_KEY_ID, SAMPLE_SECRET};
use reqwest::Method;
use serde_json::{Value, json};

use super::walk::{ADMINISTRATOR, WRONG_SECRET, Walk};
use crate::support::served::Served;
use crate::support::{Page, Person};

/// The seed of an MFA device, and a session token that AWS never gave.
const SEED: &str = "CANARYCANARYCANARYCANARYCANARYCA";
const SESSION_TOKEN: &str = "fake-canary-session-token-that-aws-never-gave";
const LIST: &str = "/api/v1/access-keys";

impl Walk {
    /// Everything that a program that looks after access keys sends and gets.
    pub async fn keep_keys(&self, served: &Served, ada: &Person) {
        self.secret("seed of an MFA device", SEED);
        self.secret("wrong session token", SESSION_TOKEN);
        let form = [
            ("name", "Keys"),
            ("life", "30d"),
            ("part", "admin:access_keys"),
            ("connectors", "these"),
            ("password", ADMINISTRATOR),
        ];
        let page = self.post(ada, "/admin/tokens/new", &form).await;
        let token = page.block("token");
        self.secret("program token", &token);
        let program = Person::new(&served.url);
        let send = async |method: Method, path: &str, tag: &str, body: &Value, status: u16| {
            let mut request = program.request(method.clone(), path).bearer_auth(&token);
            let name = if tag.is_empty() { ("idempotency-key", "canary") } else { ("if-match", tag) };
            request = request.header(name.0, name.1);
            if !body.is_null() {
                request = request.json(body);
            }
            let page: Page = program.send(request).await;
            assert_eq!(page.status, status, "{method} {path}: {}", page.body);
            self.keep(&format!("{method} {path}"), &page, &[]);
            page
        };
        let serial = "arn:aws:iam::123456789012:mfa/broker";
        let key = json!({
            "name": "By program", "keyId": SAMPLE_KEY_ID, "secret": SAMPLE_SECRET, "mfaSerial": serial, "mfaSeed": SEED,
        });
        let made = send(Method::POST, LIST, "", &key, 201).await.json();
        send(Method::POST, LIST, "", &key, 201).await;
        let wrong = json!({"name": "Wrong", "keyId": SAMPLE_KEY_ID, "secret": WRONG_SECRET, "mfaSerial": serial, "mfaSeed": SEED});
        send(Method::POST, LIST, "", &wrong, 422).await;
        let session = json!({
            "name": "Wrong", "source": "temporary", "keyId": "ASIAFAKEFAKEFAKEFAKE", "secret": WRONG_SECRET,
            "sessionToken": SESSION_TOKEN,
        });
        let request = program.request(Method::POST, LIST).bearer_auth(&token).json(&session);
        let page = program.send(request).await;
        assert_eq!(page.status, 422, "{}", page.body);
        self.keep("POST of a temporary key", &page, &[]);
        let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
        let about = json!({"name": "By program", "mfaSerial": serial, "mfaSeed": SEED});
        send(Method::PUT, &path, "\"1\"", &about, 200).await;
        let pair = json!({"keyId": SAMPLE_KEY_ID, "secret": WRONG_SECRET});
        send(Method::PUT, &format!("{path}/secret"), "\"2\"", &pair, 422).await;
        let pair = json!({"keyId": SAMPLE_KEY_ID, "secret": SAMPLE_SECRET});
        send(Method::PUT, &format!("{path}/secret"), "\"2\"", &pair, 200).await;
        send(Method::POST, &format!("{path}/check"), "\"3\"", &Value::Null, 200).await;
        send(Method::GET, LIST, "\"3\"", &Value::Null, 200).await;
        send(Method::GET, &path, "\"3\"", &Value::Null, 200).await;
        send(Method::DELETE, &path, "\"3\"", &Value::Null, 204).await;
    }
}

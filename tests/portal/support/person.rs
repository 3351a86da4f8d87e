//! Somebody with a browser: cookies are kept, redirects are shown.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder};

use super::Page;

pub struct Person {
    url: String,
    pub http: Client,
    pub cookies: Mutex<BTreeMap<String, String>>,
}

impl Person {
    pub fn new(url: &str) -> Self {
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { url: url.to_owned(), http, cookies: Mutex::default() }
    }

    /// A request as this browser makes it from a page of ours.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let address = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) };
        let mut headers = HeaderMap::new();
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            headers.insert(COOKIE, HeaderValue::from_str(&cookies.join("; ")).unwrap());
        }
        if method != Method::GET && method != Method::HEAD {
            headers.insert(HeaderName::from_static("origin"), HeaderValue::from_str(&self.url).unwrap());
        }
        self.http.request(method, address).headers(headers)
    }

    /// Sends a request and keeps the cookies of its answer.
    pub async fn send(&self, request: RequestBuilder) -> Page {
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if value.is_empty() || cookie.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Page::read(response).await
    }

    pub async fn get(&self, path: &str) -> Page {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Page {
        self.send(self.request(Method::POST, path).form(form)).await
    }

    /// Opens the console through a connector and gives AWS's link.
    pub async fn console_link(&self, connector: &str) -> String {
        let page = self.post(&format!("/console/{connector}"), &[]).await;
        assert_eq!(page.status, 303, "{}", page.text());
        page.location().to_owned()
    }
}

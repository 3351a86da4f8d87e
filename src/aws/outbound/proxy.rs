//! The proxy between us and AWS: which, for what, and who we are to it.

use std::sync::Arc;

use aws_smithy_http_client::proxy::ProxyConfig;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use zeroize::Zeroizing;

use crate::aws::AwsError;
use crate::config;

/// The proxy in force.
#[derive(Clone)]
pub struct Proxy {
    /// Scheme, host and port; nothing secret.
    pub url: String,
    /// Who we are to it.
    pub user: Option<String>,
    password: Option<SecretString>,
    /// Hosts that are reached without it.
    pub no_proxy: Vec<String>,
    /// The setting or the variable that names it.
    pub from: String,
    matcher: Arc<Matcher>,
}

impl Proxy {
    /// Whether it stands between us and `address`.
    pub(super) fn is_for(&self, address: &str) -> bool {
        address.parse().is_ok_and(|address| self.matcher.intercept(&address).is_some())
    }

    /// What is said of an answer to `address` that is the proxy's own: it does not take our user and password. That is 407;
    /// over plain http tinyproxy says 401 to a wrong password, which neither STS nor IAM nor the sign-in endpoint ever does.
    pub(in crate::aws) fn refusal_in(&self, status: u16, address: &str) -> Option<AwsError> {
        let turned_away = status == 407 || (status == 401 && address.starts_with("http://") && self.is_for(address));
        turned_away.then(|| self.refused_us())
    }

    pub(in crate::aws) fn refused_us(&self) -> AwsError {
        AwsError::Setup {
            code: "proxy_login",
            sentence: match self.user {
                Some(_) => format!(
                    "AWS cannot be reached: the proxy {} ({}) refused our user and password",
                    self.url, self.from
                ),
                None => format!(
                    "AWS cannot be reached: the proxy {} ({}) asks for a user and a password",
                    self.url, self.from
                ),
            },
            advice: "Check aws.proxy.user and aws.proxy.password, or the variable that names the proxy.",
        }
    }

    pub(super) fn for_sdk(&self) -> Option<ProxyConfig> {
        // A proxy of the environment is for https alone, as the variable's name says; what is http is on this machine.
        let config = match self.is_set_here() {
            true => ProxyConfig::all(self.url.as_str()),
            false => ProxyConfig::https(self.url.as_str()),
        };
        let config = config.ok()?.no_proxy(self.no_proxy.join(","));
        Some(match &self.user {
            // The SDK puts both into a URL without encoding them.
            Some(user) => config.with_basic_auth(encoded(user), encoded(self.password())),
            None => config,
        })
    }

    pub(super) fn for_plain(&self) -> Result<reqwest::Proxy, String> {
        let made = match self.is_set_here() {
            true => reqwest::Proxy::all(&self.url),
            false => reqwest::Proxy::https(&self.url),
        };
        let proxy = made.map_err(|_| format!("{}: {} is no proxy.", self.from, self.url))?;
        let proxy = proxy.no_proxy(reqwest::NoProxy::from_string(&self.no_proxy.join(",")));
        Ok(match &self.user {
            Some(user) => proxy.basic_auth(user, self.password()),
            None => proxy,
        })
    }

    fn is_set_here(&self) -> bool {
        self.from == FROM_SETTINGS
    }

    fn password(&self) -> &str {
        self.password.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default()
    }
}

const FROM_SETTINGS: &str = "aws.proxy";

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The proxy of `[aws.proxy]`, else of the environment.
pub(super) fn proxy(settings: &config::Aws) -> Result<Option<Proxy>, String> {
    let set = &settings.proxy;
    if let Some(url) = &set.url {
        if url.trim().is_empty() {
            return Ok(None);
        }
        let checked = check(url, "aws.proxy.url")?;
        if !checked.username().is_empty() || checked.password().is_some() {
            return Err("aws.proxy.url: write user and password into aws.proxy.user and aws.proxy.password.".to_owned());
        }
        if set.user.is_none() && set.password.is_some() {
            return Err("aws.proxy.password: aws.proxy.user is missing.".to_owned());
        }
        let (user, password) = (set.user.clone(), set.password.clone());
        return Ok(Some(made(&checked, user, password, set.no_proxy.clone(), FROM_SETTINGS)));
    }
    if set.user.is_some() || set.password.is_some() || !set.no_proxy.is_empty() {
        return Err("aws.proxy.url is missing; without it the other settings of aws.proxy mean nothing.".to_owned());
    }
    let named = settings.environment.first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]);
    let Some((name, value)) = named else { return Ok(None) };
    // Tools take the name without a scheme too.
    let text = value.expose_secret().trim();
    let text =
        if text.contains("://") { Zeroizing::new(text.to_owned()) } else { Zeroizing::new(format!("http://{text}")) };
    let url = check(&text, name)?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = Some(plain(url.username())).filter(|user| !user.is_empty());
    let password = url.password().map(|password| plain(password).into());
    let except = settings.environment.first(&["NO_PROXY", "no_proxy"]);
    let except = except.map(|(_, list)| list.expose_secret().split(',').map(|host| host.trim().to_owned()).collect());
    Ok(Some(made(&url, user, password, except.unwrap_or_default(), name)))
}

fn made(url: &Url, user: Option<String>, password: Option<SecretString>, no_proxy: Vec<String>, from: &str) -> Proxy {
    let url = url.origin().ascii_serialization();
    let builder = Matcher::builder().no(no_proxy.join(","));
    let builder = if from == FROM_SETTINGS { builder.all(url.clone()) } else { builder.https(url.clone()) };
    Proxy { matcher: builder.build().into(), url, user, password, no_proxy, from: from.to_owned() }
}

/// What is wrong is said without the text: it may hold a password.
fn check(text: &str, name: &str) -> Result<Url, String> {
    let wrong = || format!("{name} must be scheme, host and port, for example http://proxy.example.com:3128.");
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.host_str().is_some();
    let known = matches!(url.scheme(), "http" | "https");
    if bare && known { Ok(url) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, SurroundingsSwitches};

    fn of(set: config::Proxy, variables: &[(&str, &str)]) -> Result<Option<Proxy>, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment::of(variables.collect::<Vec<_>>(), SurroundingsSwitches::default());
        proxy(&config::Aws { proxy: set, environment, ..Default::default() })
    }

    fn at(url: &str) -> config::Proxy {
        config::Proxy { url: Some(url.to_owned()), ..Default::default() }
    }

    #[test]
    fn settings_go_before_the_environment() {
        let variables = [("HTTPS_PROXY", "http://one:1"), ("ALL_PROXY", "http://two:2"), ("NO_PROXY", "a, .b.example")];
        let proxy = of(at("http://three:3"), &variables).unwrap().unwrap();
        assert_eq!((proxy.url.as_str(), proxy.from.as_str(), proxy.no_proxy.len()), ("http://three:3", "aws.proxy", 0));
        assert!(proxy.is_for("http://127.0.0.1:1/") && proxy.is_for("https://sts.example"));
        let proxy = of(config::Proxy::default(), &variables).unwrap().unwrap();
        assert_eq!((proxy.url.as_str(), proxy.from.as_str()), ("http://one:1", "HTTPS_PROXY"));
        // http is on this machine alone.
        assert!(proxy.is_for("https://sts.example") && !proxy.is_for("http://127.0.0.1:1/"));
        assert!(!proxy.is_for("https://x.b.example/"));
        assert!(of(at(""), &variables).unwrap().is_none(), "an empty address means no proxy");
        assert!(of(config::Proxy::default(), &[]).unwrap().is_none());
    }

    #[test]
    fn user_and_password_of_a_variable_are_taken_apart() {
        let proxy = of(config::Proxy::default(), &[("https_proxy", "me:p%40ss@proxy:3128")]).unwrap().unwrap();
        assert_eq!((proxy.url.as_str(), proxy.user.as_deref()), ("http://proxy:3128", Some("me")));
        assert_eq!(proxy.password(), "p@ss");
        // The SDK's matcher reads them back from a URL.
        let url = format!("http://{}:{}@proxy:3128", encoded("me"), encoded("p@:/%ss"));
        let matcher = Matcher::builder().all(url).build();
        let sent = matcher.intercept(&"https://x".parse().unwrap()).unwrap();
        // me:p@:/%ss
        assert_eq!(sent.basic_auth().unwrap(), "Basic bWU6cEA6LyVzcw==");
    }

    #[test]
    fn what_is_wrong_names_the_setting_and_no_password() {
        for (set, sentence) in [
            (at("proxy:3128"), "aws.proxy.url must be"),
            (at("socks5://proxy:1"), "aws.proxy.url must be"),
            (at("http://proxy:1/path"), "aws.proxy.url must be"),
            (at("http://me:fake-secret@proxy:1"), "write user and password"),
            (
                config::Proxy { password: Some("fake-secret".into()), ..at("http://proxy:1") },
                "aws.proxy.user is missing",
            ),
            (config::Proxy { user: Some("me".to_owned()), ..Default::default() }, "aws.proxy.url is missing"),
        ] {
            let error = of(set, &[]).err().unwrap();
            assert!(error.contains(sentence) && !error.contains("fake-secret"), "{error}");
        }
        let error = of(config::Proxy::default(), &[("ALL_PROXY", "socks5://me:fake-secret@proxy:1")]).err().unwrap();
        assert!(error.starts_with("ALL_PROXY must be") && !error.contains("fake-secret"), "{error}");
    }
}

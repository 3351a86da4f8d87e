//! A walk past pages, each looked at.

use crate::support::Browser;

/// Somebody signed in, and pages to look at.
pub struct Tour {
    pub browser: Browser,
    pub url: String,
}

impl Tour {
    pub async fn of(url: &str, name: &str, password: &str) -> Self {
        let browser = Browser::start().await;
        browser.open(url).await;
        browser.sign_in(name, password).await;
        browser.find("details.person").await;
        Self { browser, url: url.to_owned() }
    }

    pub async fn pages(&self, pages: &[(&str, &str)]) {
        for (name, path) in pages {
            self.page(name, path).await;
        }
    }

    pub async fn page(&self, name: &str, path: &str) {
        self.browser.open(&format!("{}{path}", self.url)).await;
        self.browser.find("h1").await;
        self.browser.look(name).await;
    }

    /// Opens what `css` leads to, and looks at it.
    pub async fn follow(&self, name: &str, css: &str) {
        let before = self.browser.address().await;
        self.browser.click(css).await;
        let gone = async || (self.browser.address().await != before).then_some(());
        self.browser.until("another page", gone).await;
        self.browser.find("h1").await;
        self.browser.look(name).await;
    }

    /// Nothing else was wrong.
    pub async fn done(&self) {
        assert_eq!(self.browser.complaints().await, Vec::<String>::new());
    }

    /// A page that says by its status that something is wrong.
    pub async fn wrong(&self, name: &str, path: &str, status: u16) {
        self.page(name, path).await;
        self.browser.expect_status(status).await;
    }
}

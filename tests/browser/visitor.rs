//! A person at the browser, with a program of their own.

use std::{ops::Deref, process::Output};

use api_client::ApiClient;
use serde_json::json;
use tempfile::TempDir;
use testkit::{ADMIN_EMAIL, ADMIN_PASSWORD, Fleet, Program};

use crate::browser::Browser;

/// What a person looks at, in whichever shape it runs.
pub trait Site {
    /// The address that people open.
    fn url(&self) -> String;
    /// Runs a command of the executable, as an operator does.
    fn command(&self, arguments: &[&str], input: &str) -> Output;
    /// A client with this key.
    fn client(&self, key: &str) -> ApiClient;
}

impl Site for Program {
    fn url(&self) -> String {
        Self::url(self)
    }

    fn command(&self, arguments: &[&str], input: &str) -> Output {
        Self::command(self, arguments, input)
    }

    fn client(&self, key: &str) -> ApiClient {
        Self::client(self, key)
    }
}

impl Site for Fleet {
    fn url(&self) -> String {
        Self::url(self)
    }

    fn command(&self, arguments: &[&str], input: &str) -> Output {
        Self::command(self, arguments, input)
    }

    fn client(&self, key: &str) -> ApiClient {
        Self::client(self, key)
    }
}

/// Somebody who looks at the pages of a program that runs for them alone.
pub struct Visitor<S = Program> {
    browser: Browser,
    /// The program.
    pub program: S,
    _folder: Option<TempDir>,
}

impl<S> Deref for Visitor<S> {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

impl Visitor {
    /// Comes to a program that nobody has set up.
    pub async fn arrives_first() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = Program::start(env!("CARGO_BIN_EXE_tintype"), folder.path(), &[]);
        Self {
            browser: Browser::start().await,
            program,
            _folder: Some(folder),
        }
    }

    /// Comes to a program where they have an account.
    pub async fn has_an_account() -> Self {
        let visitor = Self::arrives_first().await;
        visitor.is_added();
        visitor
    }

    /// Comes to a program where they have an account, and signs in.
    pub async fn is_signed_in() -> Self {
        let visitor = Self::has_an_account().await;
        visitor.signs_in().await;
        visitor
    }
}

impl Visitor<Fleet> {
    /// Comes to services of their own, where they have an account, and signs in. `variables` are for all services.
    pub async fn is_signed_in_at_services(variables: &[(&str, &str)]) -> Self {
        let visitor = Self {
            browser: Browser::start().await,
            program: Fleet::start(env!("CARGO_BIN_EXE_tintype"), variables),
            // Services keep nothing in a folder of the visitor's.
            _folder: None,
        };
        visitor.is_added();
        visitor.signs_in().await;
        visitor
    }
}

impl<S: Site> Visitor<S> {
    /// Has an operator add an account for them.
    fn is_added(&self) {
        let add = [
            "user",
            "add",
            "--email",
            ADMIN_EMAIL,
            "--role",
            "admin",
            "--password-stdin",
        ];
        let output = self.program.command(&add, ADMIN_PASSWORD);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    async fn signs_in(&self) {
        self.visit("/sign-in").await;
        self.signs_in_with(ADMIN_PASSWORD).await;
        self.see_page("/").await;
    }

    /// Opens a path of the program.
    pub async fn visit(&self, path: &str) {
        self.open(&format!("{}{path}", self.program.url())).await;
    }

    /// Fills in the form of the page to sign in, and sends it.
    pub async fn signs_in_with(&self, password: &str) {
        self.see_page("/sign-in").await;
        self.fill("#email", ADMIN_EMAIL).await;
        self.fill("#password", password).await;
        self.act("sign-in").await;
    }

    /// Leaves a mark in the page that does not survive its being loaded anew.
    pub async fn marks_the_page(&self) {
        self.run("window.__notReloaded = true", json!([])).await;
    }

    /// Asserts that the page is still the one that was marked.
    pub async fn assert_the_page_was_not_reloaded(&self) {
        let marked = self.run("return window.__notReloaded === true", json!([])).await;
        assert_eq!(marked, true, "the page was loaded anew");
    }
}

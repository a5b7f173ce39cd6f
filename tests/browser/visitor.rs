//! A person at the browser, with a program of their own.

use std::ops::Deref;

use serde_json::json;
use tempfile::TempDir;
use testkit::{ADMIN_EMAIL, ADMIN_PASSWORD, Program};

use crate::browser::Browser;

/// Somebody who looks at the pages of a program that runs for them alone.
pub struct Visitor {
    browser: Browser,
    /// The program.
    pub program: Program,
    _folder: TempDir,
}

impl Deref for Visitor {
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
            _folder: folder,
        }
    }

    /// Comes to a program where they have an account.
    pub async fn has_an_account() -> Self {
        let visitor = Self::arrives_first().await;
        let add = [
            "user",
            "add",
            "--email",
            ADMIN_EMAIL,
            "--role",
            "admin",
            "--password-stdin",
        ];
        let output = visitor.program.command(&add, ADMIN_PASSWORD);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        visitor
    }

    /// Comes to a program where they have an account, and signs in.
    pub async fn is_signed_in() -> Self {
        let visitor = Self::has_an_account().await;
        visitor.visit("/sign-in").await;
        visitor.signs_in_with(ADMIN_PASSWORD).await;
        visitor.see_page("/").await;
        visitor
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

//! `tintype user add` and `tintype key add`.

use anyhow::{Context, bail, ensure};
use domain::{ApiKey, ApiKeyId, EmailAddress, Role, Scope, User, UserId};
use embedded::{SystemClock, SystemEntropy};
use ports::{Clock, random_bytes};
use runtime::Config;
use tintype_api::{Passwords, new_api_key};

use crate::{compose::open_catalog, output::say};

/// What no password's hash is: an account with it cannot be signed in to.
const NO_PASSWORD: &str = "!";

pub(crate) async fn add_user(config: &Config, email: &str, role: &str) -> anyhow::Result<()> {
    let email: EmailAddress = email.parse().context("--email")?;
    let role: Role = role.parse().context("--role")?;
    let mut password = String::new();
    std::io::stdin()
        .read_line(&mut password)
        .context("cannot read the password from standard input")?;
    let password = password.trim_end_matches(['\r', '\n']);
    let password_hash = Passwords::new().hash(password).await.context("the password")?;

    let catalog = open_catalog(config).await?;
    let created_at = SystemClock.now();
    let id = UserId::new(created_at, random_bytes(&SystemEntropy));
    let user = User {
        id,
        email,
        role,
        password_hash,
        created_at,
    };
    if !catalog.add_user(&user).await? {
        bail!("there is an account for {} already", user.email);
    }
    say(&format!("added {} {}", user.role, user.email))
}

pub(crate) async fn add_key(config: &Config, name: &str, scopes: &[String]) -> anyhow::Result<()> {
    ensure!(
        (1..=100).contains(&name.chars().count()),
        "--name must have 1 to 100 characters"
    );
    let mut scopes: Vec<Scope> = scopes
        .iter()
        .map(|scope| scope.trim().parse())
        .collect::<Result<_, _>>()
        .context("--scopes")?;
    scopes.sort_by_key(|scope| scope.name());
    scopes.dedup();

    let catalog = open_catalog(config).await?;
    let created_at = SystemClock.now();
    let secret = new_api_key(&SystemEntropy);
    let id = ApiKeyId::new(created_at, random_bytes(&SystemEntropy));
    // A key has an account of its own, which owns what is uploaded with it and which nobody can sign in to.
    let account = User {
        id: UserId::new(created_at, random_bytes(&SystemEntropy)),
        email: EmailAddress::from_stored(format!("{id}@keys.invalid")),
        role: Role::Viewer,
        password_hash: NO_PASSWORD.into(),
        created_at,
    };
    let key = ApiKey {
        id,
        name: name.into(),
        key_hash: secret.hash,
        scopes,
        owner: account.id,
        created_at,
    };
    catalog.add_user(&account).await?;
    catalog.add_api_key(&key).await?;
    say(&secret.text)
}

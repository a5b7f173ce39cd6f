//! The command line: a contract that scripts rely on.

use std::{path::PathBuf, time::Duration};

use clap::{ArgGroup, Args, Parser, Subcommand};
use domain::{JobId, WebhookId, WebhookState};
use runtime::{ConfigSource, LoadedConfig};

use crate::{commands, compose::Role};

const AFTER_HELP: &str = "\
Configuration comes from, each going before the ones above it:
  1. the defaults, which 'tintype config' prints
  2. a TOML file: --config FILE, or TINTYPE_CONFIG
  3. the environment: TINTYPE_ and the key's path in capitals, as in TINTYPE_CATALOG_URL for catalog.url
  4. the flags --listen and --data
'tintype config' prints the effective values and where each one came from.";

/// Tintype, the image service that a team runs itself.
#[derive(Debug, Parser)]
#[command(name = "tintype", version, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// A configuration file
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the embedded adapters (key: data)
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<String>,
    /// Where to listen, or where to ask (key: listen)
    #[arg(long, global = true, value_name = "ADDR:PORT")]
    listen: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything in one process: web, api, delivery and worker
    All,
    /// The pages; finds the api at web.api_url, and has no database
    Web,
    /// The JSON API: takes uploads, and makes every change that a person asks for
    Api,
    /// Pictures by URL: reads the blob store, and no database
    Delivery,
    /// Looks at what was uploaded, and tells what happened
    Worker,
    /// Brings the database to this release's schema, and ends; prints the set-up link where there is no administrator
    Migrate,
    /// Makes buckets, queues and a topic at AWS_ENDPOINT_URL, as far as they are missing, and prints the variables that name them
    Provision {
        /// What their names begin with
        #[arg(long, default_value = "tintype")]
        prefix: String,
        /// Also where the endpoint is not on this machine; infra/ does it better
        #[arg(long)]
        allow_remote: bool,
    },
    /// Prints a new link that makes the first administrator; those before it work no more
    SetupLink,
    /// Asks the process that listens at --listen whether it can serve
    Healthcheck {
        /// Ask whether it lives, rather than whether it can serve
        #[arg(long)]
        live: bool,
    },
    /// Prints the effective configuration, and where each value came from
    Config {
        /// Rather every key with its default and meaning, as the Markdown of docs/configuration.md
        #[arg(long)]
        reference: bool,
    },
    /// People
    #[command(subcommand)]
    User(UserCommand),
    /// Keys for programs
    #[command(subcommand)]
    Key(KeyCommand),
    /// Options that have a name in delivery URLs
    #[command(subcommand)]
    Preset(PresetCommand),
    /// Addresses of others that are told of what happens
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Has jobs that were given up tried again; without a word, lists them
    Redrive {
        /// All of them
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// These, by the ids that the list has
        #[arg(value_name = "ID")]
        ids: Vec<JobId>,
    },
    /// Forgets jobs that were given up, by the ids that 'tintype redrive' lists: nobody does them any more
    #[command(group(ArgGroup::new("which").required(true).args(["all", "ids"])))]
    Dismiss {
        /// All of them
        #[arg(long)]
        all: bool,
        /// These
        #[arg(value_name = "ID")]
        ids: Vec<JobId>,
    },
    /// Prints a delivery path with its signature
    Sign {
        /// Such as /i/019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e/w=800,f=auto
        path: String,
        /// How long the URL is good for, such as 90s, 1h or 7d; without an end it is for as long as its key
        #[arg(long, value_name = "DURATION", conflicts_with = "expires_at")]
        expires_in: Option<String>,
        /// Until when the URL is good, such as 2030-01-01T00:00:00Z
        #[arg(long, value_name = "INSTANT")]
        expires_at: Option<String>,
    },
    /// Keys that sign delivery URLs
    #[command(subcommand)]
    SigningKey(SigningKeyCommand),
    /// Writes everything that the library is made of into a folder; others may use the library meanwhile
    Backup {
        /// A new or empty folder, or one with a backup: then only what is new is copied. It will hold secrets
        folder: PathBuf,
        /// Then remove blobs from the folder that only backups before needed
        #[arg(long)]
        prune: bool,
    },
    /// Fills an empty library from a backup, of whichever shape
    Restore {
        /// The folder of the backup
        folder: PathBuf,
        /// Restore nothing: only read all of the backup, and compare it with its checksums
        #[arg(long)]
        check: bool,
    },
    /// Removes blobs that no image refers to
    Sweep {
        /// Leave what is younger; it may still get its image (key: worker.sweep_min_age_s)
        #[arg(long, value_name = "SECONDS")]
        min_age_s: Option<u64>,
    },
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Adds a person
    Add {
        /// What they sign in with
        #[arg(long)]
        email: String,
        /// viewer, editor or admin
        #[arg(long)]
        role: String,
        /// Read the password from standard input, up to the end of the line
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Adds a key, and prints it: this once and never again
    Add {
        /// What to call it
        #[arg(long)]
        name: String,
        /// What it may do: read, write, admin
        #[arg(long, value_delimiter = ',', required = true)]
        scopes: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
enum SigningKeyCommand {
    /// Prints a new key as kid:secret, for delivery.signing_keys or the file signing-keys; stores nothing
    New {
        /// What signatures call it; without one, the first of k1, k2 … that is not in use
        #[arg(long)]
        kid: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum PresetCommand {
    /// Prints every preset and what it stands for
    List,
    /// Lets a name stand for options: /i/ID/p=NAME shows what /i/ID/OPTIONS does
    Set {
        /// 1 to 32 of a-z, 0-9, - and _
        name: String,
        /// Such as w=400,h=300,fit=cover
        options: String,
    },
    /// Removes a preset
    Remove {
        /// Which one
        name: String,
    },
}

#[derive(Debug, Subcommand)]
enum WebhookCommand {
    /// Adds a webhook, and prints its id and the secret that its messages are signed with: this once and never again
    Add {
        /// Where messages are posted, such as https://example.org/hooks/tintype
        url: String,
        /// An event to tell of, such as image.ready; repeated or with commas between. Without it, all of them
        #[arg(long = "kind", value_name = "KIND", value_delimiter = ',')]
        kinds: Vec<String>,
    },
    /// Prints every webhook, how it fares, and how many messages wait for it
    List,
    /// Posts a message that says nothing, and prints what was answered
    Test {
        /// Which one
        id: WebhookId,
    },
    /// Has it told again, from now on
    Enable {
        /// Which one
        id: WebhookId,
    },
    /// Has it told no more; messages that wait for it are forgotten
    Disable {
        /// Which one
        id: WebhookId,
    },
    /// Removes it
    Remove {
        /// Which one
        id: WebhookId,
    },
}

impl Global {
    fn load(self) -> anyhow::Result<LoadedConfig> {
        let flags = [("--data", "data", self.data), ("--listen", "listen", self.listen)];
        let source = ConfigSource {
            file: self.config,
            environment: std::env::vars().collect(),
            flags: flags
                .into_iter()
                .filter_map(|(flag, key, value)| Some((flag, key, value?)))
                .collect(),
        };
        Ok(LoadedConfig::load(&source)?)
    }
}

/// Does what the command line says.
///
/// # Errors
/// When that cannot be done; the error says what is wrong and how to mend it.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let loaded = cli.global.load()?;
    let config = &loaded.config;
    match cli.command {
        Command::All => commands::serve::serve(&loaded, Role::All).await,
        Command::Web => commands::serve::serve(&loaded, Role::Web).await,
        Command::Api => commands::serve::serve(&loaded, Role::Api).await,
        Command::Delivery => commands::serve::serve(&loaded, Role::Delivery).await,
        Command::Worker => commands::serve::serve(&loaded, Role::Worker).await,
        Command::Migrate => commands::maintain::migrate(config).await,
        Command::Provision { prefix, allow_remote } => {
            commands::provision::provision(config, &prefix, allow_remote).await
        }
        Command::SetupLink => commands::setup::setup_link(config).await,
        Command::Healthcheck { live } => commands::health::healthcheck(config, live),
        Command::Config { reference: true } => commands::maintain::reference(),
        Command::Config { reference: false } => commands::maintain::config(&loaded),
        Command::User(UserCommand::Add {
            email,
            role,
            password_stdin: _,
        }) => commands::accounts::add_user(config, &email, &role).await,
        Command::Key(KeyCommand::Add { name, scopes }) => {
            commands::accounts::add_key(config, &name, &scopes).await
        }
        Command::Sign {
            path,
            expires_in,
            expires_at,
        } => commands::sign::sign(config, &path, expires_in.as_deref(), expires_at.as_deref()),
        Command::SigningKey(SigningKeyCommand::New { kid }) => commands::sign::new_key(config, kid),
        Command::Preset(PresetCommand::List) => commands::presets::list(config).await,
        Command::Preset(PresetCommand::Set { name, options }) => {
            commands::presets::set(config, &name, &options).await
        }
        Command::Preset(PresetCommand::Remove { name }) => commands::presets::remove(config, &name).await,
        Command::Webhook(WebhookCommand::Add { url, kinds }) => {
            commands::webhooks::add(config, &url, &kinds).await
        }
        Command::Webhook(WebhookCommand::List) => commands::webhooks::list(config).await,
        Command::Webhook(WebhookCommand::Test { id }) => commands::webhooks::test(config, id).await,
        Command::Webhook(WebhookCommand::Enable { id }) => {
            commands::webhooks::set_state(config, id, WebhookState::Enabled).await
        }
        Command::Webhook(WebhookCommand::Disable { id }) => {
            commands::webhooks::set_state(config, id, WebhookState::Disabled).await
        }
        Command::Webhook(WebhookCommand::Remove { id }) => commands::webhooks::remove(config, id).await,
        Command::Redrive { all: true, .. } => commands::dead_letters::redrive_all(config).await,
        Command::Redrive { ids, .. } if ids.is_empty() => commands::dead_letters::list(config).await,
        Command::Redrive { ids, .. } => commands::dead_letters::redrive(config, &ids).await,
        Command::Backup { folder, prune } => commands::backup::backup(config, &folder, prune).await,
        Command::Restore { folder, check: true } => commands::backup::check(&folder).await,
        Command::Restore { folder, check: false } => commands::backup::restore(config, &folder).await,
        Command::Dismiss { all: true, .. } => commands::dead_letters::dismiss_all(config).await,
        Command::Dismiss { ids, .. } => commands::dead_letters::dismiss(config, &ids).await,
        Command::Sweep { min_age_s } => {
            commands::maintain::sweep(config, min_age_s.map(Duration::from_secs)).await
        }
    }
}

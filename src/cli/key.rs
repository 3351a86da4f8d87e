//! `daypass key`

mod list;
mod reseal;

use clap::Subcommand;

use super::output;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::portal::keyring::{self, Wishes};
use list::list;
use reseal::reseal;

/// What to do with the keys that seal the secrets.
#[derive(Subcommand)]
pub(super) enum Action {
    /// List the key files, and which secrets still need each
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Make a new key file, which seals from then on; a running server takes it up by itself
    Add,
    /// Seal everything anew under the newest key, or by AWS KMS where the configuration says so, while the portal serves
    Reseal {
        /// Replace the cookie-signing key where it does not open; everybody signs in again after a restart
        #[arg(long)]
        new_cookie_key: bool,
    },
}

/// Does it, beside a running server.
pub(super) async fn run(config: Config, action: Action) -> Result<(), String> {
    match action {
        Action::List { json } => list(&config, json).await,
        Action::Add if config.keyring.kind == "kms" => Err(
            "AWS KMS seals, which makes its data keys by itself. Set keyring.kind = \"files\" to go back to key files."
                .to_owned(),
        ),
        Action::Add => add(config).await,
        Action::Reseal { new_cookie_key } => reseal(config, Wishes { new_cookie_key }).await,
    }
}

async fn add(config: Config) -> Result<(), String> {
    let app = App::build(config, Clock::system(), false).await?;
    let id = keyring::add(&app).await.map_err(|error| format!("key files: {error}."))?;
    output::line(&format!("The key file {id} seals from now on. Back it up apart from the database."));
    output::line("daypass key reseal seals under it what older files seal.");
    Ok(())
}

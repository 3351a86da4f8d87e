//! `daypass demo`: the portal on embedded parts, with the sandbox in place of AWS.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::json;

use super::demo_world::{self, DemoPerson};
use super::{output, serve};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{self, Config, PartitionEndpoints};
use crate::random;
use crate::sandbox::Sandbox;

/// Options of `daypass demo`.
#[derive(clap::Args)]
pub(super) struct Options {
    /// Address of the portal
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Print one line of JSON instead of an explanation
    #[arg(long)]
    json: bool,
    /// Serve an address that other machines can reach, over plain http: they can read everything on the way. The sandbox in
    /// place of AWS stays on this machine: consoles open, and the AWS CLI's line works, here only
    #[arg(long)]
    expose: bool,
    /// How much to say on standard error: error, warn, info, debug, trace
    #[arg(long, default_value = "warn", env = "DAYPASS_LOG__LEVEL")]
    log: String,
}

/// A folder that goes when the demo does.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, String> {
        use std::os::unix::fs::DirBuilderExt;
        let path = std::env::temp_dir()
            .join(format!("daypass-demo-{}", random::text(b"abcdefghijkmnpqrstuvwxyz23456789", 12)));
        let made = fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .and_then(|()| fs::write(path.join(serve::DEMO_MARK), "thrown away at the end\n"));
        made.map_err(|error| format!("{}: {error}.", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            output::error(&format!("{} could not be removed: {error}.", self.0.display()));
        }
    }
}

/// Serves the demo until it is told to stop, and leaves no file.
pub(super) async fn run(options: Options) -> Result<(), String> {
    if !options.listen.ip().is_loopback() && !options.expose {
        return Err("The demo serves this machine only. Add --expose to serve others too, over plain http.".to_owned());
    }
    if options.listen.ip().is_unspecified() {
        return Err("Name the address that others type, for example --listen 192.0.2.7:8080 --expose.".to_owned());
    }
    output::start_log(&config::Log { format: "text".to_owned(), level: options.log.clone() });
    let listener = serve::listen(&options.listen.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let folder = Folder::make()?;
    let mut stop = serve::Stop::catch()?;
    // Until it serves, a signal ends it at once; then it finishes what it has accepted.
    let ready = tokio::select! {
        ready = prepare(&options, &folder.0, address) => Some(ready?),
        () = stop.told() => None,
    };
    let Some(Ready { app, sandbox, filled }) = ready else { return Ok(()) };
    if options.json {
        output::line(&as_json(&app, &filled, &sandbox));
    } else {
        explain(&options, &app, &filled, &sandbox);
    }
    let served = serve::serve(&app, listener, stop).await;
    sandbox.stop().await;
    drop(app);
    drop(folder);
    served
}

struct Ready {
    app: Arc<App>,
    sandbox: Sandbox,
    filled: demo_world::Filled,
}

async fn prepare(options: &Options, folder: &Path, address: SocketAddr) -> Result<Ready, String> {
    let world = demo_world::aws();
    let free = serve::listen("127.0.0.1:0")?;
    let sandbox = Sandbox::start(free, world.clone(), Clock::system(), 1)
        .await
        .map_err(|error| format!("the sandbox cannot start: {error}."))?;
    let app = App::build(settings(options, folder, address, &sandbox), Clock::system(), true).await?;
    let filled = demo_world::fill(&app, &world).await.map_err(|error| format!("the demo's data: {error}."))?;
    Ok(Ready { app, sandbox, filled })
}

fn settings(options: &Options, folder: &Path, address: SocketAddr, sandbox: &Sandbox) -> Config {
    let mut config = Config::default();
    config.server.listen = address.to_string();
    config.server.data_dir = folder.to_owned();
    config.server.insecure_http = options.expose;
    config.aws.retries = 2;
    // Never over plain http beyond this machine.
    config.seed_api.basic_auth = !options.expose;
    let endpoints = PartitionEndpoints {
        sts_endpoint: Some(sandbox.sts_url()),
        iam_endpoint: Some(sandbox.sts_url()),
        ecr_endpoint: Some(sandbox.sts_url()),
        codeartifact_endpoint: Some(sandbox.sts_url()),
        signin_endpoint: Some(sandbox.signin_url()),
        console_endpoint: Some(sandbox.console_url()),
        ..PartitionEndpoints::default()
    };
    config.aws.partitions.insert("aws".to_owned(), endpoints);
    config
}

fn as_json(app: &App, filled: &demo_world::Filled, sandbox: &Sandbox) -> String {
    let person = |person: &DemoPerson| json!({ "name": person.name, "password": person.password.expose_secret(), "role": person.role });
    json!({
        "url": app.address("/"),
        "people": filled.people.iter().map(person).collect::<Vec<_>>(),
        "token": filled.token.expose_secret(),
        "connector": filled.connector,
        "sandbox": { "url": sandbox.sts_url() },
    })
    .to_string()
}

fn explain(options: &Options, app: &App, filled: &demo_world::Filled, sandbox: &Sandbox) {
    output::line("Daypass demo: a sandbox stands in for AWS, and everything is thrown away at the end.");
    if options.expose {
        output::line(
            "It is served over plain http to everybody who reaches this machine: enter nothing that is secret.",
        );
        output::line(
            "The sandbox answers on this machine only: from others, “Open console” and the line below lead nowhere.",
        );
    }
    output::line(&format!("\n  Open   {}\n\n  Sign in as", app.address("/")));
    for person in &filled.people {
        output::line(&format!("    {:<8} {}   {}", person.name, person.password.expose_secret(), person.about));
    }
    output::line("\n  A program gets credentials by itself. With the AWS CLI installed, paste:\n");
    for line in command_line(app, filled, sandbox) {
        output::line(&format!("    {line}"));
    }
    output::line("\n  Ctrl-C ends it.");
}

/// What to paste, for a shell. Whoever uses AWS already has variables and files that win over container credentials: they do
/// not count for this one command.
fn command_line(app: &App, filled: &demo_world::Filled, sandbox: &Sandbox) -> [String; 5] {
    let credentials = app.address(&format!("/api/v1/connectors/{}/container-credentials", filled.connector));
    [
        "env -u AWS_PROFILE -u AWS_DEFAULT_PROFILE -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN \\".to_owned(),
        "    -u AWS_ROLE_ARN -u AWS_WEB_IDENTITY_TOKEN_FILE -u AWS_CONTAINER_CREDENTIALS_RELATIVE_URI -u AWS_ENDPOINT_URL_STS \\".to_owned(),
        "    AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null \\".to_owned(),
        format!(
            "    AWS_CONTAINER_CREDENTIALS_FULL_URI={credentials} AWS_CONTAINER_AUTHORIZATION_TOKEN={} \\",
            filled.token.expose_secret()
        ),
        format!("    AWS_ENDPOINT_URL={} AWS_DEFAULT_REGION=us-east-1 aws sts get-caller-identity", sandbox.sts_url()),
    ]
}

//! The server's process.

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use demo::loopback::HeldPort;

use super::process::countersign;

const READY_WITHIN: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The server over a folder, running or not.
pub(super) struct Server {
    program: PathBuf,
    folder: PathBuf,
    pub(super) url: String,
    _port: HeldPort,
    child: Option<Child>,
}

impl Server {
    pub(super) fn over(folder: &Path, port: HeldPort) -> anyhow::Result<Self> {
        let (folder, url) = (folder.to_owned(), format!("http://localhost:{port}"));
        Ok(Self { program: countersign()?, folder, url, _port: port, child: None })
    }

    /// A link by which somebody signs in and enrols, as an administrator makes it on the host.
    pub(super) fn enrolment_link(&self, email: &str) -> anyhow::Result<String> {
        let mut command = self.command(&["signin-link", email, "--enrol"]);
        let output = command.output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "no link was made: {told}");
        let printed = String::from_utf8(output.stdout)?;
        let link = printed.split_whitespace().find(|word| word.starts_with(&self.url));
        link.map(str::to_owned).with_context(|| format!("no link in {printed:?}"))
    }

    pub(super) async fn run(&mut self, client: &reqwest::Client) -> anyhow::Result<()> {
        anyhow::ensure!(self.child.is_none(), "it is running already");
        let log = OpenOptions::new().create(true).append(true).open(self.log_path())?;
        let mut command = self.command(&["serve"]);
        self.child = Some(command.stdout(log.try_clone()?).stderr(log).spawn()?);
        let (start, ready) = (Instant::now(), format!("{}/readyz", self.url));
        while start.elapsed() < READY_WITHIN {
            if client.get(&ready).send().await.is_ok_and(|reply| reply.status().is_success()) {
                return Ok(());
            }
            let child = self.child.as_mut().context("it was started")?;
            anyhow::ensure!(child.try_wait()?.is_none(), "the server ended: {}", self.log()?);
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        anyhow::bail!("the server is not ready: {}", self.log()?)
    }

    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().context("it is not running")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    pub(super) fn stop(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().context("it is not running")?;
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
        let status = child.wait()?;
        anyhow::ensure!(status.success(), "the server ended with {status}: {}", self.log()?);
        Ok(())
    }

    pub(super) fn log(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.log_path()).unwrap_or_default())
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The program without anything of this machine's environment that it would read.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--config").arg(self.folder.join("countersign.toml"));
        command.current_dir(&self.folder).stdin(Stdio::null());
        for name in ["RUST_LOG", "COUNTERSIGN_URL", "COUNTERSIGN_KEY"] {
            command.env_remove(name);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

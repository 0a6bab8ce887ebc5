//! Sets a whole server up between stand-ins for its vendors, for a script that drives a browser.
//!
//! Prints one line of JSON with where everything is, and ends when its input ends.

use std::sync::Arc;

use testkit::stage::{
    Plan, Stage,
    control::{self, Control},
};

const USAGE: &str = "stage [--independence-window SPAN] [--links N] [--without-duo] \
                     [--devices] [--language TAG] [--config TOML]";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let stage = Arc::new(Stage::start(&plan(std::env::args().skip(1))?).await?);
    let control = Control::over(Arc::clone(&stage)).await?;
    println!("{}", control::introduction(&stage, &control));
    // Whatever comes is ignored: the end of the input is the end.
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()))
        .await??;
    Ok(())
}

fn plan(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Plan> {
    let mut plan = Plan { links: 8, ..Plan::default() };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| anyhow::anyhow!(USAGE));
        match argument.as_str() {
            "--independence-window" => plan.independence_window = value()?,
            "--links" => plan.links = value()?.parse()?,
            "--devices" => plan.has_devices = true,
            "--language" => plan.language = value()?,
            "--config" => plan.more_config = value()?,
            "--without-duo" => plan.has_duo = false,
            _ => anyhow::bail!(USAGE),
        }
    }
    Ok(plan)
}

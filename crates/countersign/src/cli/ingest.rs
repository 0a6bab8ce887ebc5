//! What `countersign ingest` can be told.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct IngestArgs {
    /// The source's name in the configuration of the server.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: String,
    /// Where the server is.
    #[arg(
        long,
        env = "COUNTERSIGN_URL",
        value_name = "URL",
        default_value = "http://localhost:8400"
    )]
    pub(crate) url: String,
    /// The source's own token.
    #[arg(long, env = "COUNTERSIGN_SOURCE_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: String,
    /// Where it is noted how far each file was sent, so that the same command goes on after an end.
    #[arg(long, value_name = "FILE", default_value = ".countersign-ingest.json")]
    pub(crate) progress: PathBuf,
    /// Begin anew, whatever was noted.
    #[arg(long)]
    pub(crate) anew: bool,
    /// Print the summary as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Files of lines of JSON, of arrays or of vendors' envelopes; `.gz` and `.zst` are unpacked.
    /// Of a folder all files, in the order of their names.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

//! What the disk itself can do: the floor under every durable answer.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use super::table::quantile;

const BLOCK: usize = 4_096;
const SYNCS: usize = 2_000;
/// The pace of the load that it is compared with.
const GAP: Duration = Duration::from_micros(500);

/// Milliseconds of appending 4 kB and making it durable: the middle and the 99th of a hundred.
pub(super) fn fdatasync(folder: &Path) -> anyhow::Result<(f64, f64)> {
    let path = folder.join("fdatasync");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let block = [7_u8; BLOCK];
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let start = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        std::thread::sleep(GAP);
    }
    std::fs::remove_file(path)?;
    Ok((quantile(&mut times, 500), quantile(&mut times, 990)))
}

//! The write-ahead log: folded back into the file beside the writer, and so kept bounded.
//!
//! Folding is much of what a burst costs the disk, and no transaction has to wait for it: a thread
//! of its own does it, over its own connection, while the writer goes on. The little that was
//! written meanwhile the writer folds itself, and begins the log anew.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::Connection;

use crate::open::LOCK_WAIT;

/// From so many pages (64 MiB) on the log is folded back. The more it holds, the more often a page
/// in it was written several times and is folded once.
const FOLD_PAGES: u32 = 16_384;
/// So few pages (8 MiB) the writer folds itself, to begin the log anew.
const REST_PAGES: u32 = 2_048;
/// Where more were written meanwhile, the thread folds so often in all before the writer does.
const ROUNDS: u32 = 2;
/// A log of so many pages (256 MiB), because readers kept it from being folded back, is folded
/// back while they wait.
const LOG_MAX_PAGES: u32 = 65_536;
/// Where readers did not let go of the log, the next try comes after so many pages more.
const RETRY_PAGES: u32 = 4_096;
/// How long the writer waits for readers before it begins the log anew: else it goes on with it.
const RESTART_WAIT: Duration = Duration::from_millis(10);

/// What the writer knows of its log.
pub(super) struct Log {
    /// How many pages it holds, as of the last commit.
    pages: Arc<AtomicU32>,
    folder: Folder,
    /// At which length it is cut; further where a reader kept it from being cut.
    cut_at: u32,
    /// How often the thread has folded it since it was begun.
    rounds: u32,
}

impl Log {
    /// Tends the log of a file that `folding` is a further connection to.
    pub(super) fn start(folding: Connection) -> io::Result<Self> {
        let folder = Folder::start(folding)?;
        Ok(Self { pages: Arc::default(), folder, cut_at: LOG_MAX_PAGES, rounds: 0 })
    }

    /// Counts what this connection writes.
    pub(super) fn watch(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let pages = Arc::clone(&self.pages);
        connection.wal_hook(Some(move |_: &mut _, count| {
            pages.store(u32::try_from(count).unwrap_or_default(), Ordering::Relaxed);
            Ok(())
        }))
    }

    /// After a commit: keeps the log bounded, and free of what was erased.
    pub(super) fn tend(&mut self, connection: &Connection, erased: bool) {
        let pages = self.pages.load(Ordering::Relaxed);
        if erased || pages >= self.cut_at {
            return self.cut(connection, pages);
        }
        match self.folder.stage() {
            Stage::Idle if pages >= FOLD_PAGES => self.fold(),
            Stage::Done { folded }
                if pages.saturating_sub(folded) > REST_PAGES && self.rounds < ROUNDS =>
            {
                self.fold();
            }
            Stage::Done { .. } => {
                self.rounds = 0;
                self.folder.set_stage(Stage::Idle);
                tell(begin_anew(connection), "begun anew");
            }
            Stage::Idle | Stage::Folding => {}
        }
    }

    fn fold(&mut self) {
        self.rounds += 1;
        self.folder.ask();
    }

    fn cut(&mut self, connection: &Connection, pages: u32) {
        let is_cut = self.folder.paused(|| tell(cut(connection), "cut"));
        self.cut_at = if is_cut { LOG_MAX_PAGES } else { pages.saturating_add(RETRY_PAGES) };
        if is_cut {
            self.pages.store(0, Ordering::Relaxed);
        }
    }
}

fn tell(result: rusqlite::Result<bool>, what: &str) -> bool {
    result.unwrap_or_else(|error| {
        tracing::warn!(code = ?error.sqlite_error_code(), "the store's log was not {what}");
        false
    })
}

/// Folds the log back into the file and empties it; `false` where a reader still needs it.
fn cut(connection: &Connection) -> rusqlite::Result<bool> {
    connection.pragma_update(None, "secure_delete", "FAST")?;
    checkpoint(connection, "TRUNCATE").map(|outcome| !outcome.is_busy)
}

/// Folds the rest of the log, so that the next commit writes at its beginning; `false` where a
/// reader still needs it.
fn begin_anew(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(RESTART_WAIT)?;
    let outcome = checkpoint(connection, "RESTART");
    connection.busy_timeout(LOCK_WAIT)?;
    outcome.map(|outcome| !outcome.is_busy)
}

struct Outcome {
    is_busy: bool,
    folded: u32,
}

fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Outcome> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    connection.query_row(&sql, [], |row| {
        // -1 where there is no log.
        let folded = u32::try_from(row.get::<_, i64>(2)?).unwrap_or_default();
        Ok(Outcome { is_busy: row.get(0)?, folded })
    })
}

/// How far folding is.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Idle,
    Folding,
    /// So many pages of the log are in the file.
    Done {
        folded: u32,
    },
}

/// The thread that folds.
struct Folder {
    /// Absent only while dropping.
    bell: Option<mpsc::SyncSender<()>>,
    stage: Arc<Mutex<Stage>>,
    /// Held while it folds.
    work: Arc<Mutex<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Folder {
    fn start(connection: Connection) -> io::Result<Self> {
        let (bell, rung) = mpsc::sync_channel(1);
        let (stage, work) = (Arc::new(Mutex::new(Stage::Idle)), Arc::<Mutex<()>>::default());
        let (on, working) = (Arc::clone(&stage), Arc::clone(&work));
        let thread = thread::Builder::new().name("store-folder".to_owned()).spawn(move || {
            while rung.recv().is_ok() {
                let guard = working.lock().unwrap_or_else(PoisonError::into_inner);
                let stage = fold(&connection);
                *on.lock().unwrap_or_else(PoisonError::into_inner) = stage;
                drop(guard);
            }
        })?;
        Ok(Self { bell: Some(bell), stage, work, thread: Some(thread) })
    }

    fn stage(&self) -> Stage {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_stage(&self, stage: Stage) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    fn ask(&self) {
        self.set_stage(Stage::Folding);
        if self.bell.as_ref().is_none_or(|bell| bell.try_send(()).is_err()) {
            self.set_stage(Stage::Idle);
        }
    }

    /// Does something while the thread does not fold. What it had folded before counts no more.
    fn paused<T>(&self, work: impl FnOnce() -> T) -> T {
        let _guard = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work();
        if let Stage::Done { .. } = self.stage() {
            self.set_stage(Stage::Idle);
        }
        done
    }
}

fn fold(connection: &Connection) -> Stage {
    match checkpoint(connection, "PASSIVE") {
        Ok(Outcome { folded, .. }) => Stage::Done { folded },
        Err(error) => {
            tracing::warn!(code = ?error.sqlite_error_code(), "the store's log was not folded");
            Stage::Idle
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.bell = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the folding thread of the store had panicked");
        }
    }
}

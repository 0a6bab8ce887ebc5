//! Reading a body: so much, in so long, within the bytes that all bodies may take together.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use crate::{
    Problem,
    gate::{Gate, Room},
    problem::Kind,
};

/// A body that was read, and the room it takes.
#[derive(Debug)]
pub struct Read {
    /// The bytes, as sent.
    pub bytes: Bytes,
    _room: Vec<Room>,
}

/// What is read at most.
#[derive(Debug, Clone, Copy)]
pub struct Allowance<'g> {
    /// So many bytes.
    pub bytes: usize,
    /// In so long.
    pub time: Duration,
    /// Within the room of this gate.
    pub gate: &'g Gate,
}

/// Reads a whole body.
pub async fn read(body: Body, allowance: Allowance<'_>) -> Result<Read, Problem> {
    let reading = collect(body, allowance);
    let read = tokio::time::timeout(allowance.time, reading).await;
    read.map_err(|_| Problem::of(Kind::SlowBody))?
}

async fn collect(mut body: Body, allowance: Allowance<'_>) -> Result<Read, Problem> {
    use http_body::Body as _;
    let announced = body.size_hint().lower();
    if announced > allowance.bytes as u64 {
        return Err(too_large(allowance.bytes));
    }
    let (mut bytes, mut room) = (BytesMut::new(), Vec::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::of(Kind::IncompleteBody))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > allowance.bytes {
            return Err(too_large(allowance.bytes));
        }
        // One permit for the whole body, merged as it grows.
        let more = allowance.gate.bytes(data.len())?;
        match room.first_mut() {
            None => room.push(more),
            Some(first) => Room::merge(first, more),
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Read { bytes: bytes.freeze(), _room: room })
}

/// A body beyond its limit.
pub fn too_large(cap: usize) -> Problem {
    Problem::new(Kind::TooLarge, format!("Send at most {cap} bytes at a time."))
        .with("limit_bytes", cap)
}

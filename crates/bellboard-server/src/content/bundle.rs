//! Several files in one ZIP, written while it is sent. Nothing is compressed and nothing is kept: a block at a time goes from
//! the place of content through the writer to the client, on a thread of its own, because the writer of the ZIP waits.

use std::io::{self, Write};

use axum::body::Body;
use axum::http::StatusCode;
use bellboard_hub::Hub;
use bellboard_hub::content::FileOf;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::problem::Problem;

/// How many bundles are packed at once; each holds a thread for as long as its client takes.
const MAX_BUNDLES: usize = 16;
static SLOTS: Semaphore = Semaphore::const_new(MAX_BUNDLES);
/// How many blocks may wait for the client.
const QUEUE: usize = 2;
/// What is sent at once.
const BLOCK_BYTES: usize = 128 * 1024;

type Block = io::Result<Bytes>;

/// A body that becomes the ZIP of these files as it is read.
pub fn pack(hub: Hub, files: Vec<FileOf>) -> Result<Body, Problem> {
    let slot = SLOTS.try_acquire().map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_bundles",
            format!("{MAX_BUNDLES} bundles are being packed already. Try again shortly."),
        )
    })?;
    let (blocks, packed) = mpsc::channel(QUEUE);
    let runtime = Handle::current();
    // The thread ends with the body: when nobody reads it any more, the next block finds no reader.
    drop(tokio::task::spawn_blocking(move || {
        let _held = slot;
        if let Err(error) = write(&hub, &runtime, &files, Pipe::to(blocks.clone())) {
            tracing::warn!(%error, "a bundle ended early");
            let _ = blocks.blocking_send(Err(error));
        }
    }));
    let body = unfold(packed, |mut packed| async {
        packed.recv().await.map(|block| (block, packed))
    });
    Ok(Body::from_stream(body))
}

fn write(hub: &Hub, runtime: &Handle, files: &[FileOf], pipe: Pipe) -> io::Result<()> {
    let contents = hub.contents().map_err(io::Error::other)?;
    let mut zip = ZipWriter::new_stream(pipe);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for file in files {
        zip.start_file(file.name.as_str(), options)?;
        let whole = contents.read(&file.address, 0..file.address.size);
        let mut chunks = runtime.block_on(whole).map_err(io::Error::other)?;
        while let Some(chunk) = runtime.block_on(chunks.next()) {
            zip.write_all(&chunk?)?;
        }
    }
    zip.finish()?.into_inner().flush()
}

/// Takes bytes and sends them in blocks.
struct Pipe {
    block: Vec<u8>,
    blocks: mpsc::Sender<Block>,
}

impl Pipe {
    fn to(blocks: mpsc::Sender<Block>) -> Self {
        Self {
            block: Vec::with_capacity(BLOCK_BYTES),
            blocks,
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(BLOCK_BYTES - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        if self.block.len() == BLOCK_BYTES {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK_BYTES));
        self.blocks
            .blocking_send(Ok(full.into()))
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

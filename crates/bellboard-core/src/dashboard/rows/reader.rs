//! Reads rows out of bytes as they arrive, in pieces of any size, so that nobody holds 64 MiB to read them.

use super::csv::CsvReader;
use super::json::{ArraySplitter, LineSplitter};
use super::{PUSHED_BYTES_AT_MOST, Rows, RowsBuilder, RowsFault};
use crate::vocabulary::words;

words! {
    /// How pushed rows are written.
    RowsFormat {
        /// A JSON array of objects.
        Json = "json",
        /// One JSON object on each line.
        Ndjson = "ndjson",
        /// Comma-separated values with a header (RFC 4180), in UTF-8.
        Csv = "csv",
    }
}

impl RowsFormat {
    /// The format of a media type, whatever parameters follow it.
    pub fn of_media_type(text: &str) -> Option<Self> {
        let essence = text.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/json" => Some(Self::Json),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
                Some(Self::Ndjson)
            }
            "text/csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// Takes the bytes of pushed rows, piece by piece.
#[derive(Debug)]
pub struct RowsReader {
    bytes: usize,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Json(ArraySplitter, RowsBuilder),
    Ndjson(LineSplitter, RowsBuilder),
    Csv(CsvReader),
}

impl RowsReader {
    /// A reader that has read nothing.
    pub fn new(format: RowsFormat) -> Self {
        let form = match format {
            RowsFormat::Json => Form::Json(ArraySplitter::default(), RowsBuilder::default()),
            RowsFormat::Ndjson => Form::Ndjson(LineSplitter::default(), RowsBuilder::default()),
            RowsFormat::Csv => Form::Csv(CsvReader::default()),
        };
        Self { bytes: 0, form }
    }

    /// Says by which field rows are known again. In CSV that one holds numbers only where each is written as the hub writes
    /// it, so that a row keeps its id whatever rows stand beside it: `1.10` is a text and not `1.1`.
    #[must_use]
    pub fn identified_by(mut self, id_field: &str) -> Self {
        if let Form::Csv(reader) = &mut self.form {
            reader.id_field = Some(id_field.to_owned());
        }
        self
    }

    /// Takes the next piece. After a refusal nothing can be made of the rest.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), RowsFault> {
        self.bytes += piece.len();
        if self.bytes > PUSHED_BYTES_AT_MOST {
            let detail = format!("at most {PUSHED_BYTES_AT_MOST} bytes at once");
            return Err(RowsFault::whole(detail));
        }
        match &mut self.form {
            Form::Json(splitter, rows) => splitter.push(piece, rows),
            Form::Ndjson(splitter, rows) => splitter.push(piece, rows),
            Form::Csv(reader) => reader.push(piece),
        }
    }

    /// The rows, when the last piece was the end of them.
    pub fn finish(self) -> Result<Rows, RowsFault> {
        match self.form {
            Form::Json(splitter, rows) => splitter.finish(&rows).map(|()| rows.finish()),
            Form::Ndjson(splitter, mut rows) => {
                splitter.finish(&mut rows)?;
                Ok(rows.finish())
            }
            Form::Csv(reader) => reader.finish(),
        }
    }

    /// All rows of a text that is there already.
    pub fn read(format: RowsFormat, bytes: &[u8]) -> Result<Rows, RowsFault> {
        Self::new(format).all(bytes)
    }

    /// All rows of these bytes.
    pub fn all(mut self, bytes: &[u8]) -> Result<Rows, RowsFault> {
        self.push(bytes)?;
        self.finish()
    }
}

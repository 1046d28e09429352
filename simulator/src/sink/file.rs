//! A file that takes its name only when it is complete.

use crate::talk::Stdout;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

/// Where a result goes.
pub enum Target {
    /// To a file that appears when it is whole.
    File(WholeFile),
    /// To a stream.
    Stream(Box<dyn Write>),
}

impl Target {
    /// `-` is standard output, anything else a file.
    pub fn open(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            Ok(Self::Stream(Box::new(Stdout::new())))
        } else {
            WholeFile::create(path).map(Self::File)
        }
    }

    /// What it is called, for messages.
    pub fn name(&self) -> String {
        match self {
            Self::File(file) => file.path().display().to_string(),
            Self::Stream(_) => "standard output".into(),
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::File(file) => file,
            Self::Stream(stream) => stream,
        }
    }

    /// Completes it.
    pub fn keep(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.keep(),
            Self::Stream(stream) => stream.flush(),
        }
    }
}

impl From<WholeFile> for Target {
    fn from(file: WholeFile) -> Self {
        Self::File(file)
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}

/// Written beside its place under another name, renamed by [`WholeFile::keep`], removed if that is never called.
///
/// A device or a pipe (`/dev/null`, a shell's `>(…)`) is not replaced by a file: it is written as it is. Every error
/// names the path.
pub struct WholeFile {
    path: PathBuf,
    /// None for a device or a pipe.
    partial: Option<PathBuf>,
    writer: Option<BufWriter<File>>,
}

impl WholeFile {
    /// Opens the partial file in the folder of `path`, which must exist.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::open(path, OpenOptions::new().write(true).create(true).truncate(true))
    }

    /// The same, and only its owner may read it.
    pub fn private(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Self::open(path, &options)
    }

    /// A new file that stands under its name from the beginning, for what is whole wherever it ends: a ride's log.
    pub fn growing(path: &Path) -> io::Result<Self> {
        let file =
            OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| cannot_write(path, &error))?;
        Ok(Self { path: path.to_owned(), partial: None, writer: Some(BufWriter::new(file)) })
    }

    fn open(path: &Path, options: &OpenOptions) -> io::Result<Self> {
        let there = fs::metadata(path).ok();
        if there.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, format!("{} is a folder", path.display())));
        }
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            let device = OpenOptions::new().write(true).open(path).map_err(|error| cannot_write(path, &error))?;
            return Ok(Self { path: path.to_owned(), partial: None, writer: Some(BufWriter::new(device)) });
        }
        // Behind a link the file is replaced, not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = target
            .file_name()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, format!("{} names no file", path.display())))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.partial", std::process::id()));
        let partial = target.with_file_name(hidden);
        let file = options.open(&partial).map_err(|error| cannot_write(path, &error))?;
        Ok(Self { path: target, partial: Some(partial), writer: Some(BufWriter::new(file)) })
    }

    /// Completes the file and gives it its name.
    pub fn keep(&mut self) -> io::Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let done = writer.flush().and_then(|()| match &self.partial {
            Some(partial) => writer.get_ref().sync_all().and_then(|()| fs::rename(partial, &self.path)),
            None => Ok(()),
        });
        done.map_err(|error| cannot_write(&self.path, &error))?;
        self.writer = None;
        Ok(())
    }

    /// Where it will stand.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn on_writer<T>(&mut self, act: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>) -> io::Result<T> {
        let done = match &mut self.writer {
            Some(writer) => act(writer),
            None => Err(io::Error::other("the file is already complete")),
        };
        done.map_err(|error| cannot_write(&self.path, &error))
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.on_writer(|writer| writer.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.on_writer(Write::flush)
    }
}

impl Seek for WholeFile {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.on_writer(|writer| writer.seek(to))
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if let (Some(writer), Some(partial)) = (self.writer.take(), &self.partial) {
            // What is still buffered is given up with the file, and nobody is left to be told.
            let _ = writer.into_parts();
            let _ = fs::remove_file(partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ride.jsonl");
        let mut given_up = WholeFile::create(&path).unwrap();
        given_up.write_all(b"half").unwrap();
        drop(given_up);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let mut kept = WholeFile::create(&path).unwrap();
        kept.write_all(b"whole").unwrap();
        assert!(!path.exists());
        kept.keep().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let error = WholeFile::create(Path::new("/no/such/folder/ride.csv")).err().unwrap();
        assert!(error.to_string().contains("/no/such/folder/ride.csv"), "{error}");
    }
}

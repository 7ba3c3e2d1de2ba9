//! Folders and files that are removed again.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder, which goes with this.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::Builder::new().prefix("kvrm-").tempdir().expect("the temporary directory can be written"))
    }

    /// Where `name` is or would be in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file in it, whose name may have folders in front.
    pub fn file(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        path
    }

    pub fn text(&self) -> String {
        self.0.path().display().to_string()
    }
}

/// A file in a folder of its own, which goes with this.
pub struct TemporaryFile {
    path: PathBuf,
    _folder: Folder,
}

impl TemporaryFile {
    pub fn new(name: &str, contents: &[u8]) -> TemporaryFile {
        let folder = Folder::new();
        TemporaryFile { path: folder.file(name, contents), _folder: folder }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn text(&self) -> String {
        self.path.display().to_string()
    }
}

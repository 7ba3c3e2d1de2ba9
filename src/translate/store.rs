//! Translations on disk, so that a program that ran before need not be watched again.
//!
//! A file is named by what its translation depends on: the translator and the interpreter themselves, the code, the adapter
//! and its driver. It is a checksum and JSON, or a checksum and what the driver has kept of the pipeline. One that is damaged
//! counts as missing, and is written anew.

use super::{Run, Translated};
use crate::files;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;
use twox_hash::XxHash3_128;
use wgpu::AdapterInfo;

/// Bytes that all files together may have: beyond that, those written longest ago are deleted.
const MOST_BYTES: u64 = 64 << 20;
const EXTENSION: &str = "translation";
const PIPELINE: &str = "pipeline";
/// What a driver keeps of one pipeline is no more than that, else it is not kept.
const MOST_OF_A_PIPELINE: usize = 16 << 20;

/// What makes translations: another text of any of these makes others.
const TRANSLATOR: [&str; 16] = [
    include_str!("block.rs"),
    include_str!("emit.rs"),
    include_str!("evaluate/expression.rs"),
    include_str!("evaluate/mod.rs"),
    include_str!("evaluate/operation.rs"),
    include_str!("evaluate/place.rs"),
    include_str!("evaluate/program.rs"),
    include_str!("graph/bitwise.rs"),
    include_str!("graph/compare.rs"),
    include_str!("graph/known.rs"),
    include_str!("graph/mod.rs"),
    include_str!("graph/sum.rs"),
    include_str!("guide.rs"),
    include_str!("instruction.rs"),
    include_str!("straight.rs"),
    include_str!("structure.rs"),
];

/// A folder of translations.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// What a translation depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u128);

impl Key {
    /// Of a translation of this code for this adapter; `shader` is the text around it, `kind` what was asked for.
    pub fn new(shader: &str, control: &[[u32; 4]], runs: &[Run], adapter: &AdapterInfo, kind: &str) -> Key {
        let mut hash = XxHash3_128::new();
        // Each with its length, so that nothing runs into the next.
        let mut add = |bytes: &[u8]| {
            hash.write(&(bytes.len() as u64).to_le_bytes());
            hash.write(bytes);
        };
        add(env!("CARGO_PKG_VERSION").as_bytes());
        TRANSLATOR.iter().for_each(|text| add(text.as_bytes()));
        for text in [shader, &adapter.name, &adapter.driver, &adapter.driver_info, kind] {
            add(text.as_bytes());
        }
        add(format!("{:?} {:?}", adapter.backend, runs).as_bytes());
        add(bytemuck::cast_slice(control));
        Key(hash.finish_128())
    }

    /// Of what a driver keeps of the pipeline of this shader: nothing depends on it but how long it takes. `None` if wgpu knows
    /// no such data for the adapter.
    pub fn of_pipeline(shader: &str, checked: bool, adapter: &AdapterInfo) -> Option<Key> {
        let alike = wgpu::util::pipeline_cache_key(adapter)?;
        Some(Key::new(shader, &[], &[], adapter, &format!("pipeline {alike} {checked}")))
    }
}

impl Store {
    /// The folder that `KVRM_CACHE` names, else `kvrm` where the system keeps such files; `None` if that is not known, or
    /// if `KVRM_CACHE` is `off`.
    pub fn open() -> Option<Store> {
        let path = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = match path("KVRM_CACHE") {
            Some(off) if off.as_os_str() == "off" => return None,
            Some(folder) => folder,
            None => path("XDG_CACHE_HOME")
                .or_else(|| path("LOCALAPPDATA"))
                .or_else(|| path("HOME").map(|home| home.join(".cache")))?
                .join("kvrm"),
        };
        Some(Store { folder })
    }

    fn path(&self, Key(key): Key, extension: &str) -> PathBuf {
        self.folder.join(format!("{key:032x}.{extension}"))
    }

    /// The translation of a key, if it is there and whole.
    pub fn load(&self, key: Key) -> Option<Translated> {
        self.read(key, EXTENSION, |json| serde_json::from_slice(json).ok())
    }

    /// What a driver has kept of a pipeline, if it is there and whole.
    pub fn load_pipeline(&self, key: Key) -> Option<Vec<u8>> {
        self.read(key, PIPELINE, |data| Some(data.to_vec()))
    }

    fn read<T>(&self, key: Key, extension: &str, parse: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        let path = self.path(key, extension);
        let bytes = match files::read(&path, MOST_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => {
                log::warn!("{}: {error}", path.display());
                return None;
            }
        };
        let read = whole(&bytes).and_then(parse);
        if read.is_none() {
            log::warn!("{} is damaged, and made anew", path.display());
        }
        read
    }

    /// Keeps a translation. One that cannot be kept is made again next time.
    pub fn save(&self, key: Key, translated: &Translated) {
        match serde_json::to_vec(translated) {
            Ok(json) => self.keep(key, EXTENSION, &json),
            Err(error) => log::info!("no translation is kept: {error}"),
        }
    }

    /// Keeps what a driver has kept of a pipeline.
    pub fn save_pipeline(&self, key: Key, data: &[u8]) {
        if data.len() <= MOST_OF_A_PIPELINE {
            self.keep(key, PIPELINE, data);
        }
    }

    fn keep(&self, key: Key, extension: &str, content: &[u8]) {
        if let Err(error) = self.write(key, extension, content) {
            log::info!("nothing is kept in {}: {error}", self.folder.display());
        }
    }

    fn write(&self, key: Key, extension: &str, content: &[u8]) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        // Nobody sees it before it is whole.
        let unfinished = self.folder.join(format!("{:032x}.{extension}-{}", key.0, std::process::id()));
        fs::write(&unfinished, [checksum(content).as_bytes(), content].concat())?;
        fs::rename(&unfinished, self.path(key, extension))?;
        self.prune(MOST_BYTES)
    }

    /// Deletes what was written longest ago, until there are no more than so many bytes.
    fn prune(&self, most: u64) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == EXTENSION || extension == PIPELINE)
                && let Ok(data) = path.metadata()
            {
                files.push((data.modified().unwrap_or(SystemTime::UNIX_EPOCH), data.len(), path));
            }
        }
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, length, path) in files {
            if bytes <= most {
                break;
            }
            // Another process may have been here first.
            let _ = fs::remove_file(path);
            bytes -= length;
        }
        Ok(())
    }
}

/// Of a checksum as it stands in a file.
const SUM_BYTES: usize = 33;

/// What a file holds behind its checksum, if that fits.
fn whole(file: &[u8]) -> Option<&[u8]> {
    let (sum, content) = file.split_at_checked(SUM_BYTES)?;
    (sum == checksum(content).as_bytes()).then_some(content)
}

fn checksum(content: &[u8]) -> String {
    format!("{:032x}\n", XxHash3_128::oneshot(content))
}

/// Reads any file as a translation, and any content of one: what is read is the same when it was kept.
///
/// # Panics
/// If it is not.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn fuzz(file: &[u8]) {
    for content in [whole(file), Some(file)].into_iter().flatten() {
        let Ok(translated) = serde_json::from_slice::<Translated>(content) else { continue };
        let json = serde_json::to_vec(&translated).expect("it was read");
        let again: Translated = serde_json::from_slice(&json).expect("it was written by us");
        assert_eq!(serde_json::to_vec(&again).expect("it was read"), json);
    }
}

/// The content of a file, and the file.
#[cfg(test)]
pub(crate) fn examples() -> Vec<Vec<u8>> {
    let content = serde_json::to_vec(&tests::translated("fn translated() {}")).expect("it is JSON");
    vec![[checksum(&content).as_bytes(), &content].concat(), content]
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn translated(wgsl: &str) -> Translated {
        Translated {
            wgsl: wgsl.to_owned(),
            words: vec![[1, 2, 3, 4]],
            heads: vec![],
            blocks: 1,
            instructions: 2,
            places: std::iter::once(3..5).collect(),
        }
    }

    #[test]
    fn damaged_files_count_as_missing_and_old_ones_go() {
        let folder = std::env::temp_dir().join(format!("kvrm-store-{}", std::process::id()));
        let store = Store { folder: folder.clone() };
        let keys = [1, 2, 3].map(Key);
        assert!(store.load(keys[0]).is_none());
        for key in keys {
            store.save(key, &translated("fn translated() {}"));
            let loaded = store.load(key).unwrap();
            assert_eq!((&loaded.wgsl[..], &loaded.words[..]), ("fn translated() {}", &[[1, 2, 3, 4]][..]));
            assert_eq!((loaded.places.len(), loaded.places[0].clone()), (1, 3..5));
        }
        let mut bytes = fs::read(store.path(keys[1], EXTENSION)).unwrap();
        let length = bytes.len() as u64;
        bytes[60] ^= 1;
        fs::write(store.path(keys[1], EXTENSION), &bytes).unwrap();
        assert!(store.load(keys[1]).is_none(), "one bit differs");
        fs::write(store.path(keys[1], EXTENSION), &bytes[..20]).unwrap();
        assert!(store.load(keys[1]).is_none(), "the end is missing");
        store.save(keys[1], &translated("fn translated() {}"));
        assert!(store.load(keys[1]).is_some(), "it was written anew");
        store.prune(2 * length).unwrap();
        let left = keys.into_iter().filter(|key| store.load(*key).is_some()).count();
        assert_eq!(left, 2);
        assert!(store.load(keys[1]).is_some(), "it was written last");
        assert!(store.load_pipeline(keys[1]).is_none());
        store.save_pipeline(keys[1], b"what a driver keeps");
        assert_eq!(store.load_pipeline(keys[1]).unwrap(), b"what a driver keeps");
        let path = store.path(keys[1], PIPELINE);
        let whole = fs::read(&path).unwrap();
        for at in [0, SUM_BYTES - 1, SUM_BYTES, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(store.load_pipeline(keys[1]).is_none(), "byte {at} differs");
            fs::write(&path, &whole[..at]).unwrap();
            assert!(store.load_pipeline(keys[1]).is_none(), "{at} bytes are left");
        }
        store.save_pipeline(keys[2], &vec![0; MOST_OF_A_PIPELINE + 1]);
        assert!(store.load_pipeline(keys[2]).is_none(), "too large");
        store.prune(0).unwrap();
        assert!(fs::read_dir(&folder).unwrap().next().is_none(), "all of them count");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn all_that_matters_is_in_the_key() {
        let adapter = AdapterInfo::new(wgpu::DeviceType::Cpu, wgpu::Backend::Vulkan);
        let run = Run { first: 0, end: 1, delta: 0 };
        let key = |shader, word, delta, name: &str, kind| {
            let adapter = AdapterInfo { name: name.to_owned(), ..adapter.clone() };
            Key::new(shader, &[[word; 4]], &[Run { delta, ..run }], &adapter, kind)
        };
        let usual = key("a", 1, 2, "b", "c");
        assert_eq!(usual, key("a", 1, 2, "b", "c"));
        for other in [key("x", 1, 2, "b", "c"), key("a", 0, 2, "b", "c"), key("a", 1, 0, "b", "c")] {
            assert_ne!(usual, other);
        }
        assert_ne!(usual, key("a", 1, 2, "x", "c"));
        assert_ne!(usual, key("a", 1, 2, "b", "x"));
        assert_ne!(key("ab", 1, 2, "", "c"), key("a", 1, 2, "b", "c"));
    }
}

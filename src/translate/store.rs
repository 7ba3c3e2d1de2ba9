//! What is known of programs that ran before, on disk, so that they need not be watched again.
//!
//! A file is a checksum, and the places that a translation was made from, or what the driver has kept of a pipeline. The
//! translation itself is made again, which takes a moment where the driver takes seconds: so whatever stands in the files,
//! only what this translator makes of this program runs, and no other version's. A file that is damaged counts as missing,
//! and is written anew.
//!
//! What the driver has kept is its own affair, and goes to it unread. So the folder is private, or nothing is kept.

use super::Run;
use crate::files;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;
use twox_hash::XxHash3_128;
use wgpu::AdapterInfo;

/// Bytes that all files together may have: beyond that, those written longest ago are deleted.
const MOST_BYTES: u64 = 64 << 20;
const PLACES: &str = "places";
const PIPELINE: &str = "pipeline";
/// What versions before this one have left, which nobody reads any more.
const FORMER: &str = "translation";
/// What a driver keeps of one pipeline is no more than that, else it is not kept.
const MOST_OF_A_PIPELINE: usize = 16 << 20;
/// Places that are kept: those behind them add no instruction to what is translated from the first ones.
const MOST_PLACES: usize = 4096;

/// A folder of what is kept.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// What something that is kept depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u128);

impl Key {
    /// Of these, in this order.
    fn of(parts: &[&[u8]]) -> Key {
        let mut hash = XxHash3_128::new();
        // Each with its length, so that nothing runs into the next.
        for part in parts {
            hash.write(&(part.len() as u64).to_le_bytes());
            hash.write(part);
        }
        Key(hash.finish_128())
    }

    /// Of code, and what else matters.
    pub fn of_code(control: &[[u32; 4]], runs: &[Run], other: &str) -> Key {
        Key::of(&[bytemuck::cast_slice(control), format!("{runs:?}").as_bytes(), other.as_bytes()])
    }

    /// Of what a driver keeps of the pipeline of this shader: nothing depends on it but how long it takes. `None` if wgpu knows
    /// no such data for the adapter.
    pub fn of_pipeline(shader: &str, checked: bool, adapter: &AdapterInfo) -> Option<Key> {
        let alike = wgpu::util::pipeline_cache_key(adapter)?;
        let AdapterInfo { name, driver, driver_info, .. } = adapter;
        let other = format!("{} {alike} {checked} {:?}", env!("CARGO_PKG_VERSION"), adapter.backend);
        Some(Key::of(&[shader, name, driver, driver_info, &other].map(str::as_bytes)))
    }
}

/// Why nothing is kept in a folder.
#[derive(Debug, thiserror::Error)]
enum Exposed {
    #[error("it is not a folder itself (links are not followed)")]
    Kind,
    #[cfg(unix)]
    #[error("it belongs to user {0}")]
    Owner(u32),
    #[cfg(unix)]
    #[error("others may use it, too (mode {0:o}; `chmod 700` makes it private)")]
    Mode(u32),
}

impl Store {
    /// The folder that `KVRM_CACHE` names, else `kvrm` where the system keeps such files; `None` if that is not known, if
    /// `KVRM_CACHE` is `off`, or, with a warning, if what is there is not private to this user.
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
        Store::at(folder)
    }

    fn at(folder: PathBuf) -> Option<Store> {
        static WARNED: Once = Once::new();
        match check(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                WARNED.call_once(|| log::warn!("no translation is kept in {}: {error}", folder.display()));
                None
            }
            _ => Some(Store { folder }),
        }
    }

    fn path(&self, Key(key): Key, extension: &str) -> PathBuf {
        self.folder.join(format!("{key:032x}.{extension}"))
    }

    /// The places that code with this key was translated from before, those that matter most first: all of them are in
    /// `runs`.
    pub fn load_places(&self, key: Key, runs: &[Run]) -> Option<Vec<u32>> {
        self.read(key, PLACES, 4 * MOST_PLACES, |content| places(content, runs))
    }

    /// What a driver has kept of a pipeline, if it is there and whole.
    pub fn load_pipeline(&self, key: Key) -> Option<Vec<u8>> {
        self.read(key, PIPELINE, MOST_OF_A_PIPELINE, |data| Some(data.to_vec()))
    }

    fn read<T>(&self, key: Key, extension: &str, most: usize, parse: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        let path = self.path(key, extension);
        let bytes = match files::read(&path, (SUM_BYTES + most) as u64) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
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

    /// Keeps places. What cannot be kept is seen again next time.
    pub fn save_places(&self, key: Key, places: &[u32]) {
        let places = &places[..places.len().min(MOST_PLACES)];
        let content: Vec<u8> = places.iter().flat_map(|place| place.to_le_bytes()).collect();
        self.keep(key, PLACES, &content);
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

    fn write(&self, key: Key, extension: &str, content: &[u8]) -> io::Result<()> {
        static WRITTEN: AtomicU32 = AtomicU32::new(0);
        create(&self.folder)?;
        check(&self.folder)?;
        // Nobody sees it before it is whole.
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let unfinished = format!("{extension}-{}-{number}", std::process::id());
        let unfinished = self.path(key, &unfinished);
        let written = fs::write(&unfinished, [checksum(content).as_bytes(), content].concat())
            .and_then(|()| fs::rename(&unfinished, self.path(key, extension)));
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        // Also where the disk is full: what is deleted may be what fills it.
        written.and(self.prune(MOST_BYTES))
    }

    /// Deletes what was written longest ago, until there are no more than so many bytes; and what nobody reads: files of
    /// former versions, and those that other processes have not finished. One that is about to finish one has lost nothing
    /// but what it would have kept.
    fn prune(&self, most: u64) -> io::Result<()> {
        let own = format!("-{}-", std::process::id());
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let Some(extension) = path.extension().and_then(|extension| extension.to_str()) else { continue };
            let kind = extension.split('-').next().unwrap_or_default();
            if extension == PLACES || extension == PIPELINE {
                if let Ok(data) = path.symlink_metadata() {
                    files.push((data.modified().unwrap_or(SystemTime::UNIX_EPOCH), data.len(), path));
                }
            } else if kind == FORMER || ([PLACES, PIPELINE].contains(&kind) && !extension.contains(&own)) {
                let _ = fs::remove_file(path);
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

/// Makes a folder, private from the start, and those that it is in.
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Fails unless it is a folder that nobody but this user can use. Elsewhere than on Unix, folders of a user are private.
fn check(folder: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(folder)?;
    let exposed = |exposed| Err(io::Error::new(io::ErrorKind::PermissionDenied, exposed));
    if !found.is_dir() {
        return exposed(Exposed::Kind);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        // SAFETY: it takes nothing, and cannot fail.
        let user = unsafe { libc::geteuid() };
        if found.uid() != user {
            return exposed(Exposed::Owner(found.uid()));
        }
        if found.mode() & 0o077 != 0 {
            return exposed(Exposed::Mode(found.mode() & 0o7777));
        }
    }
    Ok(())
}

/// The content of a file of places, if all of them are in `runs`, and there are any.
fn places(content: &[u8], runs: &[Run]) -> Option<Vec<u32>> {
    let (words, rest) = content.as_chunks();
    let places: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
    let inside = |place: &u32| runs.iter().any(|run| (run.first..run.end).contains(place));
    let right = rest.is_empty() && (1..=MOST_PLACES).contains(&places.len()) && places.iter().all(inside);
    right.then_some(places)
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

/// Reads any file as one of places, and any content of one: what is read is in the code.
///
/// # Panics
/// If it is not.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn fuzz(file: &[u8]) {
    const RUNS: [Run; 2] = [Run { first: 3, end: 40, delta: 0 }, Run { first: 64, end: 1 << 20, delta: 0x1000 }];
    for content in [whole(file), Some(file)].into_iter().flatten() {
        let Some(places) = places(content, &RUNS) else { continue };
        assert!(places.iter().all(|place| (3..40).contains(place) || (64..1 << 20).contains(place)));
        assert!(!places.is_empty() && places.iter().flat_map(|place| place.to_le_bytes()).eq(content.iter().copied()));
    }
}

/// The content of a file, and the file.
#[cfg(test)]
pub(crate) fn examples() -> Vec<Vec<u8>> {
    let content: Vec<u8> = [3u32, 39, 70, 4000].iter().flat_map(|place| place.to_le_bytes()).collect();
    vec![[checksum(&content).as_bytes(), &content].concat(), content]
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNS: [Run; 1] = [Run { first: 8, end: 100, delta: 0 }];

    /// A store in a folder of its own, which does not exist yet.
    fn store(name: &str) -> Store {
        let folder = std::env::temp_dir().join(format!("kvrm-store-{name}-{}", std::process::id()));
        Store::at(folder).unwrap()
    }

    fn count(store: &Store) -> usize {
        fs::read_dir(&store.folder).unwrap().count()
    }

    #[test]
    fn damaged_files_count_as_missing_and_old_ones_go() {
        let store = store("damaged");
        let keys = [1, 2, 3].map(Key);
        assert!(store.load_places(keys[0], &RUNS).is_none());
        for key in keys {
            store.save_places(key, &[9, 99, 8]);
            assert_eq!(store.load_places(key, &RUNS).unwrap(), [9, 99, 8]);
        }
        let path = store.path(keys[1], PLACES);
        let mut bytes = fs::read(&path).unwrap();
        let length = bytes.len() as u64;
        bytes[40] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(store.load_places(keys[1], &RUNS).is_none(), "one bit differs");
        fs::write(&path, &bytes[..20]).unwrap();
        assert!(store.load_places(keys[1], &RUNS).is_none(), "the end is missing");
        store.save_places(keys[1], &[8]);
        store.save_places(keys[1], &[9, 99, 8]);
        assert!(store.load_places(keys[1], &RUNS).is_some(), "it was written anew");
        store.prune(2 * length).unwrap();
        let left = keys.into_iter().filter(|key| store.load_places(*key, &RUNS).is_some()).count();
        assert_eq!(left, 2);
        assert!(store.load_places(keys[1], &RUNS).is_some(), "it was written last");
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
        assert_eq!(count(&store), 0, "all of them count");
        fs::remove_dir_all(store.folder).unwrap();
    }

    /// A checksum says nothing about who wrote it: places that are none of the program's, none at all, too many, half a word.
    #[test]
    fn sealed_files_of_wrong_places_count_as_missing() {
        let store = store("sealed");
        for wrong in [&[7][..], &[8, 100], &[u32::MAX], &[], &[8; MOST_PLACES + 1]] {
            let content: Vec<u8> = wrong.iter().flat_map(|place| place.to_le_bytes()).collect();
            store.keep(Key(1), PLACES, &content);
            assert!(store.path(Key(1), PLACES).exists());
            assert!(store.load_places(Key(1), &RUNS).is_none(), "{} places", wrong.len());
        }
        store.keep(Key(1), PLACES, &[8, 0, 0, 0, 9]);
        assert!(store.load_places(Key(1), &RUNS).is_none());
        store.save_places(Key(1), &[8; MOST_PLACES + 1]);
        assert_eq!(store.load_places(Key(1), &RUNS).unwrap().len(), MOST_PLACES);
        fs::remove_dir_all(store.folder).unwrap();
    }

    #[test]
    fn what_nobody_finishes_or_reads_goes() {
        let store = store("unfinished");
        store.save_places(Key(1), &[8]);
        let own = format!("1.places-{}-7", std::process::id());
        let other = ["1.translation", "1.translation-77", "1.places-77-0", "1.pipeline-77-3"];
        for name in other.into_iter().chain([&own[..], "notes.txt"]) {
            fs::write(store.folder.join(name), "x").unwrap();
        }
        store.save_places(Key(2), &[8]);
        for name in other {
            assert!(!store.folder.join(name).exists(), "{name}");
        }
        assert!(store.folder.join(&own).exists(), "another thread is about to finish it");
        assert!(store.folder.join("notes.txt").exists(), "it is not ours");
        // One that cannot take its place.
        fs::create_dir(store.path(Key(3), PLACES)).unwrap();
        let before = count(&store);
        store.save_places(Key(3), &[8]);
        assert_eq!(count(&store), before, "nothing is left of what could not be written");
        fs::remove_dir_all(store.folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_not_private_is_not_used() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
        let store = store("private");
        let folder = store.folder.clone();
        store.save_places(Key(1), &[8]);
        assert_eq!(folder.metadata().unwrap().mode() & 0o777, 0o700);
        assert!(Store::at(folder.clone()).is_some());
        for mode in [0o755, 0o770, 0o777, 0o1777, 0o701] {
            fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
            assert!(Store::at(folder.clone()).is_none(), "{mode:o}");
            store.save_places(Key(2), &[8]);
            assert_eq!(count(&store), 1, "nothing is written, {mode:o}");
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let link = folder.with_extension("link");
        symlink(&folder, &link).unwrap();
        assert!(Store::at(link.clone()).is_none(), "a link");
        fs::remove_file(&link).unwrap();
        assert!(Store::at(store.path(Key(1), PLACES)).is_none(), "a file");
        // Nobody's but root's, and root's mode is no better.
        assert!(Store::at("/".into()).is_none());
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_a_huge_file_in_place_of_one_is_made_anew() {
        let store = store("pipe");
        store.save_places(Key(1), &[8]);
        let path = store.path(Key(1), PLACES);
        fs::remove_file(&path).unwrap();
        let name = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
        // SAFETY: `name` is a string that ends at a zero byte and outlives the call.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        assert!(store.load_places(Key(1), &RUNS).is_none());
        store.save_places(Key(1), &[8]);
        assert_eq!(store.load_places(Key(1), &RUNS).unwrap(), [8]);
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(store.load_places(Key(1), &RUNS).is_none());
        store.save_places(Key(1), &[8]);
        assert_eq!(store.load_places(Key(1), &RUNS).unwrap(), [8]);
        fs::remove_dir_all(store.folder).unwrap();
    }

    #[test]
    fn all_that_matters_is_in_the_key() {
        let run = Run { first: 0, end: 1, delta: 0 };
        let code = |word, delta, other| Key::of_code(&[[word; 4]], &[Run { delta, ..run }], other);
        let usual = code(1, 2, "c");
        assert_eq!(usual, code(1, 2, "c"));
        for other in [code(0, 2, "c"), code(1, 0, "c"), code(1, 2, "x")] {
            assert_ne!(usual, other);
        }
        let mut adapter = AdapterInfo::new(wgpu::DeviceType::Cpu, wgpu::Backend::Vulkan);
        adapter.name = "b".to_owned();
        let pipeline = |shader, checked, adapter: &AdapterInfo| Key::of_pipeline(shader, checked, adapter).unwrap();
        let usual = pipeline("a", true, &adapter);
        let renamed = AdapterInfo { name: "x".to_owned(), ..adapter.clone() };
        let updated = AdapterInfo { driver_info: "2".to_owned(), ..adapter.clone() };
        for other in [("x", true, &adapter), ("a", false, &adapter), ("a", true, &renamed), ("a", true, &updated)] {
            assert_ne!(usual, pipeline(other.0, other.1, other.2));
        }
        let next = AdapterInfo { name: String::new(), ..adapter.clone() };
        assert_ne!(pipeline("ab", true, &next), usual);
    }
}

//! What the environment says in all tests, set before any of them begins.
//!
//! A driver reads its variables once, when it is loaded, and tests share a process: so no test sets one for itself.

use std::env;
use std::ffi::OsString;
use std::path::Path;

/// Mesa's software adapter is asked to compile quickly rather than well, as each program that is translated is a shader
/// and runs for a moment. Translations are kept where no other use of KVRM sees them. The commands that tests start
/// inherit all this. What is set already stays.
#[ctor::ctor(unsafe)]
fn set() {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("translations");
    // What earlier runs have translated is translated again. Tests that have a process each share what is there.
    if env::var_os("NEXTEST").is_none() {
        let _ = std::fs::remove_dir_all(&cache);
    }
    let variables: [(&str, OsString); 3] =
        [("KVRM_CACHE", cache.into()), ("GALLIVM_PERF", "nopt".into()), ("LP_NATIVE_VECTOR_WIDTH", "128".into())];
    for (variable, value) in variables {
        if env::var_os(variable).is_none() {
            // SAFETY: this is before `main`, so there is no other thread that could read the environment.
            unsafe { env::set_var(variable, value) };
        }
    }
}

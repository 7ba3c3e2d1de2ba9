//! `kvrm sweep` as it is called from a shell.

use super::{ENDINGS, echo};
use crate::support::folder::Folder;
use crate::support::tiny::{SVC, elf, exit, mov, mov_high, write};
use crate::support::{self, command, errors, kvrm, npy};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Kills the command in the middle, twice, and lets it end: the file is that of a run in peace.
#[test]
fn a_killed_sweep_goes_on() {
    let folder = Folder::new();
    // Draws 8 bytes, writes them, and turns 20,000 rounds of a loop.
    let code = [
        vec![mov_high(0, 0x41), mov(1, 8), mov(2, 0), mov(8, 278), SVC],
        vec![mov(0, 1), mov_high(1, 0x41), mov(2, 8), mov(8, 64), SVC],
        vec![mov(3, 20_000), 0xf100_0463, 0x54ff_ffe1],
        exit(1),
    ];
    let file = folder.file("tiny.elf", &elf(&code.concat(), b"")).display().to_string();
    for ending in ENDINGS.iter().copied() {
        let (whole, out) = (folder.path(&format!("whole.{ending}")), folder.path(&format!("out.{ending}")));
        let data = if ending == "parquet" { folder.path("out.parquet.journal") } else { out.clone() };
        let sweep = |out: &Path| {
            let out = out.display().to_string();
            let common = ["--keep-output", "--lanes", "32", "--seed-range", "0..640", "--out"];
            command("sweep", &[&common[..], &[&*out, &*file]].concat())
        };
        assert!(sweep(&whole).output().unwrap().status.success());
        let mut kept = 0;
        for kill in 0..2 {
            let mut child = sweep(&out).spawn().unwrap();
            let before = kept;
            while kept < before + 1000 && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(5));
                kept = fs::metadata(&data).map_or(0, |file| file.len());
            }
            child.kill().unwrap();
            child.wait().unwrap();
            assert!(!out.exists() || fs::read(&out).unwrap() != fs::read(&whole).unwrap(), "{ending}: too late");
            // What a torn write leaves.
            if kill == 1 {
                let mut file = fs::OpenOptions::new().append(true).open(&data).unwrap();
                file.write_all(b"{\"input\":\"12").unwrap();
            }
        }
        let output = sweep(&out).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        assert!(errors(&output).contains("results were there already"), "{}", errors(&output));
        assert!(fs::read(&out).unwrap() == fs::read(&whole).unwrap(), "{ending}");
        let again = sweep(&out).output().unwrap();
        assert!(errors(&again).contains("all 640 results were there already"), "{}", errors(&again));
    }
}

#[test]
fn the_command_prints_lines_and_a_summary() {
    let folder = Folder::new();
    folder.file("in/a", b"\x05\x02");
    folder.file("in/b", b"\x05\x02more");
    let file = folder.file("echo.elf", &echo()).display().to_string();
    let inputs = folder.path("in").display().to_string();
    let output = kvrm("sweep", &["--stdin-dir", &inputs, &file]);
    assert!(output.status.success(), "{}", errors(&output));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert!(text.starts_with("{\"input\":\"a\",\"stop\":\"exited\",\"status\":5,\"instructions\":"), "{text}");
    assert!(errors(&output).contains("2  exited 5, first: a"), "{}", errors(&output));
    let behind = kvrm("sweep", &[&file, "--stdin-dir", &inputs, "--", "-x"]);
    assert_eq!(behind.stdout, output.stdout, "{}", errors(&behind));
    let quiet = kvrm("sweep", &["--quiet", "--stdin-dir", &inputs, &file]);
    assert_eq!((errors(&quiet), quiet.stdout), (String::new(), output.stdout));
}

#[test]
fn what_is_wrong_is_said() {
    let folder = Folder::new();
    let packet = folder.file("packet.elf", &support::elf("packet.O2.elf")).display().to_string();
    let small = folder.file("small.elf", &elf(&[write(1), exit(0)].concat(), b"x")).display().to_string();
    let rows = |name: &str, descr: &str, shape: &str, bytes: usize| {
        folder.file(name, &npy(descr, "False", shape, &vec![0; bytes])).display().to_string()
    };
    let good = rows("good.npy", "|u1", "(4, 256)", 1024);
    let short = rows("short.npy", "|u1", "(4, 256)", 1000);
    let wide = rows("wide.npy", "|u1", "(4, 257)", 1028);
    let five = rows("five.npy", "|u1", "(5, 256)", 1280);
    let text = rows("text.npy", "<U4", "(4,)", 64);
    let fortran = folder.file("fortran.npy", b"").display().to_string();
    let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (4, 256), }\n";
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend([header.len() as u8, 0]);
    file.extend(header.as_bytes());
    file.resize(file.len() + 1024, 0);
    fs::write(&fortran, file).unwrap();
    fs::create_dir(folder.path("none")).unwrap();
    let none = folder.path("none").display().to_string();
    let patch = |place: &str, file: &str| vec!["--patch".to_owned(), format!("{place}={file}")];
    let two = |a: Vec<String>, b: Vec<String>| [a, b].concat();
    let own = |arguments: &[&str]| arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    for (arguments, program, status, message) in [
        (own(&[]), &packet, 125, "no inputs: give"),
        (own(&["--stdin-dir", &none]), &packet, 125, "there are no inputs"),
        (own(&["--stdin-dir", "/no/such"]), &packet, 125, "/no/such"),
        (own(&["--args-file", "/no/such"]), &packet, 125, "/no/such"),
        (own(&["--seed-range", "9..3"]), &packet, 2, "not a range"),
        (own(&["--seed-range", "0..3", "--args-file", "x"]), &packet, 2, "cannot be used with"),
        (own(&["--seed-range", "0..3", "--shard", "3/3"]), &packet, 2, "not a shard"),
        (own(&["--seed-range", "0..3", "--out", "x.txt"]), &packet, 125, ".jsonl, .csv or .parquet"),
        (own(&["--seed-range", "0..3", "--out", "/no/such/x.csv"]), &packet, 125, "/no/such/x.csv"),
        (own(&["--seed-range", "0..3", "--lanes", "0"]), &packet, 125, "at least one lane"),
        (own(&["--seed-range", "0..3", "--adapters", "no such"]), &packet, 125, "no such"),
        (own(&["--seed-range", "0..3"]), &"/no/such/program".to_owned(), 127, "/no/such/program"),
        (own(&["--seed-range", "0..3"]), &good, 126, "not an ELF program"),
        (patch("packets", &good), &packet, 125, "no symbol packets; there are packet"),
        (patch("packet", &short), &packet, 125, "bytes for shape [4, 256] of |u1, found"),
        (patch("packet", &wide), &packet, 125, "257 bytes, and packet has 256"),
        (patch("packet", &text), &packet, 125, "elements are <U4"),
        (patch("packet", &fortran), &packet, 125, "Fortran order"),
        (patch("packet", "/no/such.npy"), &packet, 125, "/no/such.npy"),
        (patch("0x10", &good), &packet, 125, "not in the program's memory"),
        (patch("0xg", &good), &packet, 125, "no symbol 0xg"),
        (patch("main", &good), &small, 125, "no symbol table"),
        (two(patch("packet", &good), patch("0x403500", &five)), &packet, 125, "has 5 rows, and there are 4 inputs"),
        (two(own(&["--seed-range", "0..3"]), patch("packet", &good)), &packet, 125, "has 4 rows, and there are 3"),
        (two(patch("packet", &good), own(&["--fork-at", "nowhere"])), &packet, 125, "no symbol nowhere"),
        (two(patch("packet", &good), own(&["--fork-at", "tcp"])), &packet, 125, "symbol"),
    ] {
        let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
        all.push(program);
        let output = kvrm("sweep", &all);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", errors(&output));
        assert!(errors(&output).contains(message), "{arguments:?}: {}", errors(&output));
        assert!(!errors(&output).contains("panicked"), "{}", errors(&output));
    }
    // A patch and another kind of input, of one length.
    let both = two(own(&["--seed-range", "0..4"]), patch("packet", &good));
    let mut all: Vec<&str> = both.iter().map(String::as_str).collect();
    all.push(&packet);
    assert!(kvrm("sweep", &all).status.success());
}

/// Ctrl-C: a message, the status of shells, and a file that the next call completes.
#[cfg(unix)]
#[test]
fn an_interrupted_sweep_ends_cleanly() {
    let folder = Folder::new();
    // mov x3, #0x20000 ; a loop ; exit
    let code = [vec![mov_high(3, 2), 0xf100_0463, 0x54ff_ffe1], exit(1)].concat();
    let file = folder.file("tiny.elf", &elf(&code, b"")).display().to_string();
    let out = folder.path("out.jsonl");
    let text = out.display().to_string();
    let sweep = |range: &str| command("sweep", &["--seed-range", range, "--lanes", "32", "--out", &text, &file]);
    let child = sweep("0..1000000").spawn().unwrap();
    while fs::metadata(&out).map_or(0, |file| file.len()) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", errors(&output));
    assert!(errors(&output).contains("the same command goes on"), "{}", errors(&output));
    let lines = fs::read_to_string(&out).unwrap();
    assert!(lines.ends_with('\n') && lines.lines().count().is_multiple_of(32));
    let refused = sweep("0..64").output().unwrap();
    let why = "other inputs (of 1000000 inputs, and there are 64)";
    assert!(errors(&refused).contains(why), "{}", errors(&refused));
}

/// An input of a sweep by itself: by the sweep, and by `kvrm run`.
#[test]
fn one_input_is_repeated() {
    let folder = Folder::new();
    let rows = folder.file("frames.npy", &npy("|u1", "False", "(40, 256)", &super::frames(40))).display().to_string();
    let packet = support::elf_path("packet.O2.elf").display().to_string();
    let patch = format!("packet={rows}");
    let all = kvrm("sweep", &["--patch", &patch, "--argv0", "packet", "--quiet", &packet]);
    let text = String::from_utf8(all.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let value: serde_json::Value = serde_json::from_str(lines[13]).unwrap();
    let only = kvrm("sweep", &["--patch", &patch, "--argv0", "packet", "--only", "13", "--quiet", &packet]);
    let mut alone: serde_json::Value = serde_json::from_slice(&only.stdout).unwrap();
    let kept = alone.as_object_mut().unwrap().remove("stdout");
    assert_eq!(alone, value);
    // Another path of the program, which is told the same name.
    let copy = folder.file("a/long/path/to/packet.elf", &support::elf("packet.O2.elf")).display().to_string();
    let run = kvrm("run", &["--patch", &format!("{patch}:13"), "--argv0", "packet", "--stats=json", &copy]);
    assert_eq!(i64::from(run.status.code().unwrap()), value["status"].as_i64().unwrap(), "{}", errors(&run));
    let stats: serde_json::Value = serde_json::from_str(errors(&run).lines().last().unwrap()).unwrap();
    assert_eq!(stats["lane_instructions"], value["instructions"]);
    assert_eq!(
        String::from_utf8(run.stdout).unwrap(),
        kept.as_ref().and_then(|kept| kept.as_str()).unwrap_or_default()
    );
    for (subcommand, arguments, message) in [
        ("run", ["--patch", &format!("{patch}:40")], "no row 40"),
        ("run", ["--patch", &format!("_start={rows}:0")], "a row of"),
        ("run", ["--patch", &format!("0x10={rows}:0")], "not in the program's memory"),
        ("run", ["--patch", &patch], "is not SYMBOL=FILE.npy:ROW"),
        ("sweep", [format!("--patch={patch}").as_str(), "--only=40"], "there is no input 40"),
        ("sweep", ["--seed-range=5..9", "--only=4"], "there is no input 4"),
    ] {
        let output = kvrm(subcommand, &[arguments[0], arguments[1], &packet]);
        assert!(!output.status.success() && errors(&output).contains(message), "{arguments:?}: {}", errors(&output));
    }
}

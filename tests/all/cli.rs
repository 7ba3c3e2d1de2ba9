//! The `kvrm` command as a shell sees it: exit status, streams, messages.

use crate::support::folder::{Folder, TemporaryFile};
use crate::support::{command, errors, kvrm, npy, text};
use kvrm::neural::{DispatchNetwork, Weights};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use crate::support::tiny::{ENTRY, SPIN, SVC, elf, exit, keep, mov, mov_high, with_symbols, write};

#[test]
fn output_and_exit_status_are_the_programs() {
    let program = TemporaryFile::new("hello", &elf(&[write(6), exit(42)].concat(), b"hello\n"));
    let output = kvrm("run", &[&program.text()]);
    assert_eq!(output.status.code(), Some(42));
    assert_eq!(output.stdout, b"hello\n");
    assert_eq!(errors(&output), "");
}

#[test]
fn arguments_after_the_program_are_the_programs() {
    // write(1, argv[1], 7)
    let code = [vec![mov(0, 1), 0xf940_0be1, mov(2, 7), mov(8, 64), SVC], exit(0)].concat();
    let program = TemporaryFile::new("arguments", &elf(&code, b""));
    let output = kvrm("run", &["--seed", "1", &program.text(), "--lanes", "--stats"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"--lanes"[..]), "{}", errors(&output));
}

#[test]
fn stats_are_one_json_object() {
    let program = TemporaryFile::new("stats", &elf(&[write(6), exit(7)].concat(), b"hello\n"));
    let output = kvrm("run", &["--stats=json", "--lanes", "5", &program.text()]);
    assert_eq!(output.status.code(), Some(7));
    let stats: serde_json::Value = serde_json::from_slice(&output.stderr).expect("nothing but JSON");
    assert_eq!(stats["lanes"], 5);
    assert_eq!(stats["lane_instructions"], 9);
    assert_eq!(stats["instructions"], 45);
    assert_eq!(stats["system_calls"], 10);
    // What lane 0 writes is shown at once.
    assert_eq!(stats["gpu_system_calls"], 9);
    assert_eq!(stats["stop"], "exited with status 7");
    assert_eq!(stats["exit_status"], 7);
    assert!(stats["mips"].as_f64().unwrap() > 0.0 && stats["wall_seconds"].as_f64().unwrap() > 0.0);
    assert!(!stats["adapter"].as_str().unwrap().is_empty());
    let output = kvrm("run", &["--stats", &program.text()]);
    assert!(errors(&output).contains("instructions  9 in lane 0, 9 in all"), "{}", errors(&output));
}

#[test]
fn a_fault_is_a_signal_a_place_and_the_registers() {
    // movz x30, #0x40, lsl #16 ; movk x30, #0x180 ; cmp x1, x1 ; ldr x0, [x1, #8]
    let code = [mov(1, 16), mov_high(30, 0x40), keep(30, 0x180), 0xeb01_003f, 0xf940_0420];
    let file = with_symbols(elf(&code, b""), &[(b"walk", ENTRY, 64), (b"ma\x1bin", ENTRY + 0x70, 64)]);
    let program = TemporaryFile::new("fault", &file);
    let output = kvrm("run", &[&program.text()]);
    assert_eq!(output.status.code(), Some(139));
    let text = errors(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "kvrm: lane 0: memory fault: read of 0x18 (unmapped) at pc 0x400110: ldr x0, [x1, #8]",
            "kvrm: pc is in walk+0x10, x30 is in ma\\x1bin+0x10",
        ],
        "{text}"
    );
    assert!(lines[2].starts_with("kvrm: x0    0000000000000000  x1    0000000000000010  x2 "), "{text}");
    assert!(lines[10].ends_with("pc    0000000000400110  flags nZCv"), "{text}");
    assert_eq!(lines.len(), 11, "{text}");
    // A program that ends itself, and one whose cycles run out, had no fault.
    let program = TemporaryFile::new("spin", &with_symbols(elf(&[SPIN], b""), &[(b"spin", ENTRY, 4)]));
    let output = kvrm("run", &["--max-cycles", "1000", &program.text()]);
    assert_eq!(errors(&output), "kvrm: lane 0: cycle limit at pc 0x400100\nkvrm: pc is in spin+0x0\n");
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_where_it_was() {
    use std::io::{BufRead as _, BufReader, Read as _};
    // It writes, so that the test knows when it runs, and then goes on for ever.
    let file = with_symbols(elf(&[write(6), vec![SPIN]].concat(), b"hello\n"), &[(b"spin", ENTRY, 64)]);
    let program = TemporaryFile::new("spin", &file);
    let mut child = command("run", &["--stats=json", &program.text()]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "hello\n");
    // Of this very process: it has not been waited for.
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let [place, symbol, stats] = lines[..] else { panic!("{text}") };
    assert_eq!(place, "kvrm: lane 0: interrupted at pc 0x400118");
    assert_eq!(symbol, "kvrm: pc is in spin+0x18");
    let stats: serde_json::Value = serde_json::from_str(stats).unwrap();
    assert_eq!((&stats["exit_status"], &stats["stop"]), (&130.into(), &"interrupted at pc 0x400118".into()));
    assert!(
        stats["instructions"].as_u64().unwrap() >= 6 && stats["compile_seconds"].as_f64().unwrap() > 0.0,
        "{stats}"
    );
}

#[test]
fn exit_statuses_are_in_the_help() {
    let text = String::from_utf8(kvrm("run", &["--help"]).stdout).unwrap();
    for status in ["124", "125", "126", "127", "130", "128 and the number"] {
        assert!(text.contains(status), "{status}: {text}");
    }
}

#[test]
fn the_cycle_limit_is_status_124() {
    let program = TemporaryFile::new("spin", &elf(&[SPIN], b""));
    let output = kvrm("run", &["--max-cycles", "100000", &program.text()]);
    assert_eq!(output.status.code(), Some(124));
    assert_eq!(errors(&output), "kvrm: lane 0: cycle limit at pc 0x400100\n");
}

#[test]
fn system_calls_are_traced() {
    let program = TemporaryFile::new("trace", &elf(&[write(6), exit(0)].concat(), b"hello\n"));
    let output = kvrm("run", &["--strace", &program.text()]);
    assert_eq!(errors(&output), "write(1, \"hello\\n\", 6) = 6\nexit_group(0) = ?\n");
}

#[test]
fn lanes_that_differ_are_reported() {
    // getrandom(ZEROS, 8, 0); write(1, ZEROS, 8); exit
    let code = [
        vec![mov_high(0, 0x41), mov(1, 8), mov(2, 0), mov(8, 278), SVC],
        vec![mov(0, 1), mov_high(1, 0x41), mov(2, 8), mov(8, 64), SVC],
        exit(0),
    ]
    .concat();
    let program = TemporaryFile::new("random", &elf(&code, b""));
    let output = kvrm("run", &["--lanes", "9", &program.text()]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 8));
    let text = errors(&output);
    assert!(
        text.starts_with("kvrm: 8 of 9 lanes differ from lane 0:\nkvrm: lane 1: output differs from byte"),
        "{text}"
    );
    assert!(text.ends_with("kvrm: and 4 more\n"), "{text}");
}

#[test]
fn standard_input_is_passed_on() {
    // read(0, ZEROS, 100); write(1, ZEROS, x0); exit
    let code = [
        vec![mov(0, 0), mov_high(1, 0x41), mov(2, 100), mov(8, 63), SVC],
        vec![0xaa00_03e2, mov(0, 1), mov(8, 64), SVC],
        exit(0),
    ]
    .concat();
    let program = TemporaryFile::new("input", &elf(&code, b""));
    let mut child = command("run", &[&program.text()]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"from outside").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"from outside");
}

#[test]
fn a_closed_output_ends_the_program_quietly() {
    // 1: write(1, DATA, 6); b 1b
    let mut code = write(6);
    code.push(0x17ff_fffa);
    let program = TemporaryFile::new("closed", &elf(&code, b"hello\n"));
    let mut child = command("run", &[&program.text()]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(128 + 13));
    assert_eq!(errors(&output), "");
}

#[test]
fn info_marks_the_adapter_in_use() {
    let output = kvrm("info", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(String::from_utf8_lossy(&output.stdout).lines().any(|line| line.starts_with("* ")));
}

#[test]
fn what_cannot_run_is_said() {
    let x86 = {
        let mut file = elf(&exit(0), b"");
        file[18] = 62;
        TemporaryFile::new("x86", &file)
    };
    let script = TemporaryFile::new("script", b"#!/bin/sh\n");
    let small = TemporaryFile::new("small", &elf(&exit(0), b""));
    for (arguments, status, message) in [
        (vec![x86.text()], 126, "x86-64"),
        (vec![script.text()], 126, "a script"),
        (vec!["/no/such/program".into()], 127, "/no/such/program"),
        (vec!["--memory".into(), "16K".into(), small.text()], 126, "--memory"),
        (vec!["--lanes".into(), "0".into(), small.text()], 125, "at least one lane"),
        (vec!["--adapter".into(), "no such adapter".into(), small.text()], 125, "no such adapter"),
        (vec!["--memory".into(), "much".into(), small.text()], 2, "not a size"),
        (vec!["--bogus".into(), small.text()], 2, "--bogus"),
        (vec![], 2, "PROGRAM"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = kvrm("run", &arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", errors(&output));
        assert!(errors(&output).contains(message), "{arguments:?}: {}", errors(&output));
    }
}

/// `add x0, x0, #1`, `ldr x0, [x1]`, `ret`.
fn three_words() -> Vec<u8> {
    [0x9100_0400_u32, 0xf940_0020, 0xd65f_03c0].iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
fn infer_writes_a_row_of_logits_for_each_word() {
    let input = TemporaryFile::new("words.npy", &npy("<u4", "False", "(3,)", &three_words()));
    let logits = TemporaryFile::new("logits.npy", b"");
    for (network, kernels) in [("embedding", [0, 2, 3]), ("simple", [0, 2, 3])] {
        let output = kvrm("infer", &[network, &input.text(), &logits.text()]);
        assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
        let kvrm::npy::Array { shape, values } = kvrm::npy::read::<f32>(logits.path()).unwrap();
        assert_eq!(shape, [3, 7]);
        for (row, kernel) in values.chunks(7).zip(kernels) {
            let best = (0..7).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
            assert_eq!(best, kernel, "{network}: {row:?}");
        }
    }
    let none = TemporaryFile::new("none.npy", &npy("<u4", "False", "(0,)", b""));
    let output = kvrm("infer", &["simple", &none.text(), &logits.text()]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let kvrm::npy::Array { shape, values } = kvrm::npy::read::<f32>(logits.path()).unwrap();
    assert_eq!((shape, values), (vec![0, 7], vec![]));
}

#[test]
fn infer_says_what_is_wrong_with_its_files() {
    let words = three_words();
    let good = npy("<u4", "False", "(3,)", &words);
    let folder = Folder::new();
    let out = text(&folder.path("unwritten.npy"));
    for (name, contents, parts) in [
        ("dtype.npy", npy("<f4", "False", "(3,)", &words), ["<u4", "<f4"]),
        ("shape.npy", npy("<u4", "False", "(3, 1)", &words), ["one dimension", "[3, 1]"]),
        ("short.npy", good[..good.len() - 1].to_vec(), ["expected 140 bytes", "found 139"]),
        ("long.npy", [good.clone(), vec![0]].concat(), ["expected 140 bytes", "found 141"]),
        ("header.npy", good[..30].to_vec(), ["not a .npy file", "cut off in its header"]),
        ("text.npy", b"not an array".to_vec(), ["not a .npy file", "another kind of file"]),
    ] {
        let input = TemporaryFile::new(name, &contents);
        let output = kvrm("infer", &["embedding", &input.text(), &out]);
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(125), "{name}: {said}");
        assert!(said.starts_with(&format!("kvrm: {}: ", input.text())), "{said}");
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        assert!(!PathBuf::from(&out).exists(), "{name}");
    }
    let input = TemporaryFile::new("good.npy", &good);
    for (arguments, status, part) in [
        (["infer", "simple", "/no/such.npy", &out], 125, "/no/such.npy: No such file"),
        (["infer", "simple", &input.text(), "/no/such/folder.npy"], 125, "/no/such/folder.npy: No such file"),
        (["infer", "large", &input.text(), &out], 2, "[possible values: simple, embedding"),
    ] {
        let output = kvrm(arguments[0], &arguments[1..]);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", errors(&output));
        assert!(errors(&output).contains(part), "{arguments:?}: {}", errors(&output));
    }
}

#[test]
fn verify_dispatch_reports_both_networks() {
    let output = kvrm("verify-dispatch", &[]);
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
    let text = String::from_utf8_lossy(&output.stdout);
    let (simple, embedding) = text.split_once("embedding network: 1048576 inputs in ").expect("both networks");
    assert!(simple.contains("simple network: 256 inputs in "), "{text}");
    for kernel in ["ARITHMETIC", "LOGICAL", "LOADSTORE", "BRANCH", "MULDIV", "EXTEND_SHIFT", "SYSTEM"] {
        assert!(simple.contains(kernel) && embedding.contains(&format!("{kernel:12} 100.0000 % of ")), "{text}");
    }
    let encodings = kvrm::isa::encodings().count();
    assert!(embedding.contains(&format!("{encodings} of {encodings} encodings are right in all words")), "{text}");
    assert!(embedding.contains("smallest margin between the table's kernel and the next: 0.0995"), "{text}");

    let output = kvrm("verify-dispatch", &["--encodings"]);
    let text = String::from_utf8_lossy(&output.stdout);
    let listed = |name: &str| text.lines().filter(|line| line.split_whitespace().next() == Some(name)).count();
    assert!(kvrm::isa::encodings().all(|encoding| listed(encoding.name) >= 2), "{text}");
    assert!(text.contains(", not implemented"), "{text}");
}

#[test]
fn verify_dispatch_fails_when_the_embedding_network_errs() {
    let values: Vec<u8> =
        (0..10_279u32).flat_map(|n| (((n * 7919 % 201) as f32 - 100.0) * 0.01).to_le_bytes()).collect();
    let untrained = Folder::new();
    untrained.file("dispatch_weights_embedding_100pct.npy", &npy("<f4", "False", "(10279,)", &values));
    let output = kvrm("verify-dispatch", &["--weights", &untrained.text()]);
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(1), ""));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("smallest margin between the table's kernel and the next: -"), "{text}");
}

#[test]
fn weights_that_cannot_be_used_are_refused() {
    let numbers = |bad: Option<f32>| -> Vec<u8> {
        (0..135).flat_map(|n| bad.filter(|_| n == 9).unwrap_or(0.5).to_le_bytes()).collect()
    };
    let program = TemporaryFile::new("weights-program", &elf(&exit(0), b""));
    let input = TemporaryFile::new("weights-words.npy", &npy("<u4", "False", "(3,)", &three_words()));
    let folder = Folder::new();
    let out = text(&folder.path("refused.npy"));
    let file = "dispatch_weights_trained.npy";
    for (name, contents, parts) in [
        ("nan", npy("<f4", "False", "(135,)", &numbers(Some(f32::NAN))), ["weight 9 is NaN", "a finite number"]),
        ("length", npy("<f4", "False", "(134,)", &numbers(None)[4..]), ["135 weights", "found 134"]),
        ("wide", npy("<f8", "False", "(135,)", &numbers(None)), ["<f4", "<f8"]),
        ("cut", npy("<f4", "False", "(135,)", &numbers(None)[4..]), ["expected 668 bytes", "found 664"]),
        ("square", npy("<f4", "False", "(9, 15)", &numbers(None)), ["one dimension", "[9, 15]"]),
    ] {
        let path = text(folder.file(&format!("{name}/{file}"), &contents).parent().unwrap());
        for command in [
            &["verify-dispatch"][..],
            &["infer", "simple", &input.text(), &out],
            &["run", "--dispatch", "hybrid", &program.text()],
        ] {
            let arguments = [&command[..1], &["--weights", &path], &command[1..]].concat();
            let output = kvrm(arguments[0], &arguments[1..]);
            let text = errors(&output);
            assert_eq!(output.status.code(), Some(125), "{arguments:?}: {text}");
            assert!(text.starts_with(&format!("kvrm: {path}/{file}: ")), "{text}");
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        }
    }
    folder.file("empty/other.npy", b"");
    for folder in [text(&folder.path("empty")), "/no/such/folder".to_owned()] {
        let output = kvrm("verify-dispatch", &["--weights", &folder]);
        assert_eq!(output.status.code(), Some(125));
        let reason = if folder == "/no/such/folder" { "No such file" } else { "no weight file" };
        assert!(errors(&output).starts_with(&format!("kvrm: {folder}: {reason}")), "{}", errors(&output));
    }
}

#[test]
fn stats_say_how_the_networks_did() {
    // movz x0, #100 ; subs x0, x0, #1 ; b.ne -4, and then the exit.
    let mut code: Vec<u32> = vec![0xd280_0c80, 0xf100_0400, 0x54ff_ffe1];
    code.extend(exit(0));
    let file = TemporaryFile::new("predicted", &elf(&code, b""));
    let folder = Folder::new();
    let weights = Weights::built_in().with_zeros(DispatchNetwork::Simple);
    weights.write(DispatchNetwork::Simple, &folder.path("zeros"), false).unwrap();
    let zeros = text(&folder.path("zeros"));
    let dispatch = |arguments: &[&str]| {
        let output = kvrm("run", &[arguments, &["--stats=json", &file.text()]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        let stats: serde_json::Value = serde_json::from_str(errors(&output).trim()).unwrap();
        let count = |name: &str| stats["dispatch"][name].as_u64();
        (count("predicted"), count("owned"), count("rescued"), stats["instructions"].as_u64())
    };
    let (predicted, owned, rescued, _) = dispatch(&[]);
    assert!(predicted.unwrap() >= code.len() as u64 && predicted == Some(owned.unwrap() + rescued.unwrap()));
    let erring = dispatch(&["--dispatch", "hybrid", "--weights", &zeros]);
    // The first of kernels that are equal is chosen, which does not own the branch, the call and what is no instruction.
    assert!(erring.0 == predicted && erring.2 > rescued && erring.0 == Some(erring.1.unwrap() + erring.2.unwrap()));
    let (predicted, owned, rescued, retired) = dispatch(&["--per-instruction"]);
    assert_eq!((predicted, owned, rescued), (retired, None, Some(0)), "the trained network owns all of these");
    let erring = dispatch(&["--dispatch", "hybrid", "--per-instruction", "--weights", &zeros]);
    assert!(erring.2.unwrap() >= 100, "{erring:?}: 100 branches are no arithmetic");
    assert_eq!(dispatch(&["--dispatch", "opcode"]).0, Some(0));

    let output = kvrm("run", &["--stats", &file.text()]);
    assert!(errors(&output).contains("\nkernels       embedded: "), "{}", errors(&output));
}

#[test]
fn hot_loops_are_listed() {
    // movz x0, #32, lsl #16 ; subs x0, x0, #1 ; b.ne -4, and then the exit: long enough for networks to answer in time.
    let mut code: Vec<u32> = vec![0xd2a0_0400, 0xf100_0400, 0x54ff_ffe1];
    code.extend(exit(0));
    let file = TemporaryFile::new("hot", &elf(&code, b""));
    for (mode, skipped) in [("on", true), ("all", true), ("prove-only", false), ("off", false)] {
        let output = kvrm("run", &["--stats=json", "--loops", mode, "--loop-patience", "0", &file.text()]);
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        let stats: serde_json::Value = serde_json::from_str(errors(&output).trim()).unwrap();
        assert_eq!(stats["loops"].as_array().unwrap().len(), usize::from(mode != "off"), "{stats}");
        // Asking the networks takes a slice or two.
        assert_eq!(stats["instructions_skipped"].as_u64().unwrap() > 10_000, skipped, "{stats}");
        assert_eq!(stats["lane_instructions"].as_u64().unwrap(), 4_194_305 + exit(0).len() as u64);
        assert_eq!(stats["inference_seconds"].as_f64().unwrap() > 0.0, mode == "on", "{stats}");
    }
    let output = kvrm("run", &["--loop-weights", "/no/such/folder", &file.text()]);
    assert_eq!(output.status.code(), Some(125));
    assert!(errors(&output).contains("/no/such/folder: No such file"), "{}", errors(&output));
    let output = kvrm("run", &["--stats", "--loops", "all", "--loop-patience", "1e9", &file.text()]);
    assert!(errors(&output).contains("\nhot loops     not looked for"), "{}", errors(&output));
    let output = kvrm("run", &["--loops", "all", "--loop-patience", "-1", &file.text()]);
    assert!(errors(&output).contains("'-1' is not a number of seconds like 0 or 2.5"), "{}", errors(&output));
}

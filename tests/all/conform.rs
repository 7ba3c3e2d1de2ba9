//! Case files by hand: what is accepted, what is refused with which words, and that a wrong case fails.

use crate::support::folder::TemporaryFile;
#[cfg(feature = "cli")]
use crate::support::kvrm;
use kvrm::conform::{Case, Mismatch, Runner, Stop, Summary, parse};
use serde_json::{Value, json};

const ADD_X1_X2_X3: u32 = 0x8b03_0041;
const STR_X0_X1: u32 = 0xf900_0020;
const LDR_X0_X1: u32 = 0xf940_0020;
const B_OVER_ONE: u32 = 0x1400_0002;
const B_TO_ITSELF: u32 = 0x1400_0000;
const NOP: u32 = 0xd503_201f;
const SVC_0: u32 = 0xd400_0001;
const BRK_0: u32 = 0xd420_0000;
const UDF: u32 = 0;

/// A case of `words` at 0x1000 with X1 = 0x8000, X2 = 2, X3 = 3, whose final state is the first but for `pc`.
fn case(words: &[u32], pc: u64) -> Value {
    let mut x = vec!["0".to_string(); 31];
    (x[1], x[2], x[3]) = ("8000".into(), "2".into(), "0x3".into());
    let words: Vec<String> = words.iter().map(|word| format!("{word:08x}")).collect();
    json!({
        "words": words,
        "init": { "x": x, "sp": "7000", "pc": "1000", "nzcv": 5, "mem": [["8000", "0102030405060708"]] },
        "final": { "x": x, "sp": "7000", "pc": format!("{pc:x}"), "nzcv": "5", "mem": [] },
        "id": 7,
    })
}

/// The same with X1 = `address` before and after.
fn case_at(words: &[u32], pc: u64, address: &str) -> Value {
    let mut case = case(words, pc);
    for state in ["init", "final"] {
        case[state]["x"][1] = json!(address);
    }
    case
}

fn read(value: &Value) -> Case {
    let mut cases = parse(value.to_string().as_bytes()).expect("a good case");
    assert_eq!(cases.len(), 1);
    cases.remove(0).1
}

fn check(values: &[Value]) -> Vec<Option<Mismatch>> {
    let cases: Vec<Case> = values.iter().map(read).collect();
    Runner::open(None).expect("an adapter").check(&cases).expect("the cases run")
}

/// Why `file` is refused.
fn refusal(file: &str) -> String {
    parse(file.as_bytes()).expect_err("a malformed file").to_string()
}

#[test]
fn right_cases_pass_together() {
    let mut add = case(&[ADD_X1_X2_X3], 0x1004);
    add["final"]["x"][1] = json!("5");
    let mut store = case(&[STR_X0_X1], 0x1004);
    store["final"]["mem"] = json!([["8000", "0x0000000000000000"]]);
    let over = case(&[B_OVER_ONE, BRK_0, NOP], 0x100c);
    let spin = case(&[B_TO_ITSELF, BRK_0], 0x1000);
    let mut trap = case(&[NOP, BRK_0, NOP], 0x1004);
    trap["final"]["stop"] = json!("breakpoint");
    let mut undefined = case(&[UDF], 0x1000);
    undefined["final"]["stop"] = json!("undefined");
    let mut call = case(&[NOP, SVC_0, BRK_0], 0x1008);
    call["final"]["stop"] = json!("syscall");
    let mut fault = case_at(&[LDR_X0_X1], 0x1000, "123456000");
    fault["final"]["stop"] = json!("memory");
    fault["final"]["fault"] = json!("123456000");
    let long = case(&[NOP; 1500], 0x1000 + 4 * 1500);

    let cases = [add, store, over, spin, trap, undefined, call, fault, long];
    for (index, mismatch) in check(&cases).into_iter().enumerate() {
        assert_eq!(mismatch, None, "case {index}");
    }
}

#[test]
fn batches_of_any_size_agree() {
    let mut wrong = case(&[ADD_X1_X2_X3], 0x1004);
    wrong["final"]["x"][1] = json!("6");
    let cases: Vec<Case> = [case(&[NOP], 0x1004), wrong, case(&[NOP, NOP], 0x1008)].iter().map(read).collect();
    for batch in [0, 1, 2, 1000] {
        let runner = Runner::open(None).expect("an adapter").batch(batch);
        let failed: Vec<bool> = runner.check(&cases).expect("the cases run").iter().map(Option::is_some).collect();
        assert_eq!(failed, [false, true, false], "batches of {batch}");
    }
    assert!(Runner::open(None).expect("an adapter").check(&[]).expect("nothing runs").is_empty());
}

#[test]
fn every_part_of_the_state_is_compared() {
    let mut cases = Vec::new();
    let mut wrong = |change: &dyn Fn(&mut Value)| {
        let mut case = case(&[NOP], 0x1004);
        change(&mut case["final"]);
        cases.push(case);
    };
    for n in 0..31 {
        wrong(&|state| state["x"][n] = json!("8000000000000001"));
    }
    wrong(&|state| state["tpidr_el0"] = json!("8000000000000001"));
    wrong(&|state| state["fpcr"] = json!("400000"));
    wrong(&|state| state["fpsr"] = json!("1"));
    wrong(&|state| state["sp"] = json!("7001"));
    wrong(&|state| state["pc"] = json!("1008"));
    wrong(&|state| state["nzcv"] = json!("4"));
    wrong(&|state| state["stop"] = json!("undefined"));
    wrong(&|state| state["fault"] = json!("0"));
    wrong(&|state| state["mem"] = json!([["8001", "ff"], ["9fff", "01"]]));
    let mismatches = check(&cases);
    for (case, mismatch) in cases.iter().zip(&mismatches) {
        assert!(mismatch.is_some(), "{}", case["final"]);
    }
    let memory = &mismatches.last().and_then(Option::as_ref).expect("a mismatch").memory;
    let found: Vec<_> = memory.iter().map(|difference| (difference.address, &difference.expected[..])).collect();
    assert_eq!(found, [(0x8001, &[0xff][..]), (0x9fff, &[1][..])]);
}

/// Registers that few cases are about may be left out: they begin as zero, and are not compared.
#[test]
fn rare_registers_may_be_left_out() {
    const MSR_TPIDR_EL0_X1: u32 = 0xd51b_d041;
    const MRS_X1_FPCR: u32 = 0xd53b_4401;
    let silent = case(&[MSR_TPIDR_EL0_X1], 0x1004);
    let mut said = silent.clone();
    said["final"]["tpidr_el0"] = json!("8000");
    let mut wrong = silent.clone();
    wrong["final"]["tpidr_el0"] = json!("0");
    let mut begun = case(&[MRS_X1_FPCR], 0x1004);
    begun["init"]["fpcr"] = json!(0x40_0000);
    begun["final"]["x"][1] = json!("400000");
    let failed: Vec<bool> = check(&[silent, said, wrong, begun]).iter().map(Option::is_some).collect();
    assert_eq!(failed, [false, false, true, false]);
}

#[test]
fn a_stray_write_is_found() {
    // The file does not say that these stores happen; the second is to the page of the words.
    let mut own_page = case_at(&[STR_X0_X1], 0x1004, "1ff0");
    for state in ["init", "final"] {
        own_page[state]["x"][0] = json!("ff");
    }
    for (case, address, bytes) in [(case(&[STR_X0_X1], 0x1004), 0x8000, &[0; 8][..]), (own_page, 0x1ff0, &[0xff])] {
        let memory = check(&[case]).remove(0).expect("a mismatch").memory;
        assert_eq!(memory.len(), 1);
        assert_eq!((memory[0].address, &memory[0].got[..]), (address, bytes));
    }
}

#[test]
fn memory_out_of_reach_faults() {
    let unaware = case_at(&[LDR_X0_X1], 0x1004, "9000");
    let got = check(&[unaware]).remove(0).expect("a mismatch").got;
    assert_eq!((got.stop, got.fault, got.registers.pc()), (Some(Stop::Memory), Some(0x9000), 0x1000));

    let mut anywhere = case_at(&[LDR_X0_X1], 0x1000, "9000");
    anywhere["final"]["stop"] = json!("memory");
    let mut elsewhere = anywhere.clone();
    elsewhere["final"]["fault"] = json!("9001");
    let failed: Vec<bool> = check(&[anywhere, elsewhere]).iter().map(Option::is_some).collect();
    assert_eq!(failed, [false, true]);
}

#[test]
fn a_mismatch_tells_all() {
    let mut wrong = case(&[ADD_X1_X2_X3], 0x1004);
    wrong["final"]["mem"] = json!([["8000", "ff"]]);
    let wrong = read(&wrong);
    let runner = Runner::open(None).expect("an adapter");
    let mismatch = runner.check(std::slice::from_ref(&wrong)).expect("it runs").remove(0).expect("a mismatch");
    let text = mismatch.describe(&wrong);
    let marked: Vec<&str> = text.lines().filter(|line| line.trim_start().starts_with('*')).collect();
    assert_eq!(marked.len(), 2, "{text}");
    assert_eq!(marked[0].split_whitespace().collect::<Vec<_>>(), ["*", "x1", "8000", "8000", "5"]);
    assert_eq!(marked[1].trim(), "* 8000: init 01, expected ff, got 01");
    assert!(text.contains("id=7") && text.contains("1000:  8b030041"), "{text}");

    let mut summary = Summary::default();
    summary.count(&wrong, false);
    summary.count(&wrong, true);
    let text = summary.to_string();
    assert!(text.contains("ADD_addsub_shift") && text.ends_with("1 passed, 1 failed\n"), "{text}");
}

#[test]
fn numbers_may_be_written_in_each_way() {
    let plain = read(&case(&[NOP], 0x1004));
    let mut other = case(&[NOP], 0x1004);
    other["words"] = json!([NOP]);
    other["init"]["pc"] = json!(4096);
    other["init"]["nzcv"] = json!("0X5");
    other["final"]["pc"] = json!("0x0000000000001004");
    other["final"]["nzcv"] = json!(5);
    assert_eq!(read(&other), plain);
    assert_eq!(plain.other["id"], 7);
    // What is written is read back.
    assert_eq!(read(&serde_json::to_value(&plain).expect("a case is JSON")), plain);
}

#[test]
fn blank_lines_count_as_lines() {
    let file = format!("\n{}\r\n  \n{{}}\n", case(&[NOP], 0x1004));
    assert_eq!(refusal(&file), "line 4: missing field `words` (column 2)");
    assert!(parse(b"").expect("no cases").is_empty());
}

#[test]
fn malformed_cases_are_refused() {
    let changed = |pointer: &str, value: Value| {
        let mut case = case(&[NOP], 0x1004);
        *case.pointer_mut(pointer).expect("it is there") = value;
        refusal(&case.to_string())
    };
    for (pointer, value, reason) in [
        ("/words", json!([]), "`words` is empty"),
        ("/words", json!("d503201f"), "expected a sequence"),
        ("/words/0", json!("1d503201f"), "0x1d503201f is no 32-bit word"),
        ("/words/0", json!(-1), "not negative"),
        ("/words/0", json!("+1"), "hex string"),
        ("/words/0", json!(1.5), "hex string"),
        ("/init/x", json!(["0"]), "`x` holds 1 values instead of 31"),
        ("/init/x/4", json!("10000000000000000"), "64-bit number"),
        ("/init/x/4", json!(null), "64-bit number"),
        ("/init/x/4", json!(""), "64-bit number"),
        ("/init/sp", json!("seven"), "64-bit number"),
        ("/init/nzcv", json!("10"), "`nzcv` is 0x10, which is more than 15"),
        ("/init/nzcv", json!("100000000"), "32-bit number"),
        ("/init/pc", json!("1002"), "not a multiple of 4"),
        ("/init/pc", json!("1000000000000"), "leave the address space"),
        ("/init/pc", json!("fffffffffffffffc"), "leave the address space"),
        ("/init/mem", json!([["8000", "abc"]]), "two a byte"),
        ("/init/mem", json!([["8000", "gg"]]), "two a byte"),
        ("/init/mem", json!([["8000"]]), "invalid length 1"),
        ("/init/mem", json!([["8000", "00", "00"]]), "trailing characters"),
        ("/final/mem", json!([["ffffffffffff", "0000"]]), "leave the address space"),
        ("/final/mem", json!([["ffffffffffffffff", "0000"]]), "leave the address space"),
        ("/final", json!("same"), "invalid type"),
    ] {
        let refused = changed(pointer, value);
        assert!(refused.starts_with("line 1: ") && refused.contains(reason), "{pointer}: {refused:?}, not {reason:?}");
    }
    let mut extra = case(&[NOP], 0x1004);
    extra["final"]["z"] = json!([]);
    assert!(refusal(&extra.to_string()).contains("unknown field `z`"), "a state that would not be compared");
    for (key, value, reason) in [
        ("fpcr", json!("1"), "`fpcr` is 0x1, of which it does not have the bits 0x1"),
        ("tpidr_el0", json!(null), "64-bit number"),
        ("pc", json!([]), "64-bit number"),
        ("x", json!("1"), "a list of 31 numbers"),
        ("v", json!(["1"]), "`v` holds 1 values instead of 32"),
        ("v", json!("1"), "a list of 32 numbers"),
    ] {
        let mut odd = case(&[NOP], 0x1004);
        odd["final"][key] = value;
        assert!(refusal(&odd.to_string()).contains(reason), "{key}: {}", refusal(&odd.to_string()));
    }
    let mut short = case(&[NOP], 0x1004);
    short["init"].as_object_mut().expect("a state").remove("sp");
    assert!(refusal(&short.to_string()).contains("missing field `sp`"));
    let twice = case(&[NOP], 0x1004).to_string().replacen("\"sp\"", "\"sp\":1,\"sp\"", 1);
    assert!(refusal(&twice).contains("duplicate field `sp`"), "{}", refusal(&twice));
    let mut stopped = case(&[NOP], 0x1004);
    stopped["init"]["stop"] = json!("halt");
    assert!(refusal(&stopped.to_string()).contains("only `final` can"));
    stopped["init"]["stop"] = json!("tired");
    assert!(refusal(&stopped.to_string()).contains("unknown variant `tired`"));
}

#[test]
fn what_is_no_json_is_refused() {
    let good = case(&[NOP], 0x1004).to_string();
    for cut in [1, good.len() / 2, good.len() - 1] {
        assert!(refusal(&good[..cut]).starts_with("line 1: "));
    }
    for text in ["[]", "7", "null", "{", "{}{}", "\u{0}", "words"] {
        assert!(refusal(text).starts_with("line 1: "), "{text:?}");
    }
    assert!(parse(b"\xff\xfe\n").is_err());
}

#[cfg(feature = "cli")]
#[test]
fn the_exit_status_says_how_it_went() {
    let good = case(&[NOP], 0x1004).to_string();
    let wrong = case(&[NOP], 0x1008).to_string();
    for (name, text, status, says) in [
        ("good", good.clone(), 0, "1 passed, 0 failed\n"),
        ("wrong", format!("{good}\n{wrong}\n{wrong}"), 1, "1 passed, 2 failed\n"),
        ("malformed", format!("{good}\n{{"), 2, "malformed.jsonl: line 2: "),
    ] {
        let file = TemporaryFile::new(&format!("{name}.jsonl"), text.as_bytes());
        let output = kvrm("conform", &["--max-mismatches", "1", &file.text()]);
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(status) && text.contains(says), "{name}: {}: {text}", output.status);
        assert_eq!(text.matches("* pc").count(), usize::from(status == 1), "as many mismatches as asked for: {text}");
    }
}

proptest::proptest! {
    /// Whatever is in a file, it is read or refused.
    #[test]
    fn no_file_is_a_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200), at in 0usize..400) {
        let mut file = case(&[NOP], 0x1004).to_string().into_bytes();
        let at = at.min(file.len());
        file.splice(at..(at + bytes.len() / 8).min(file.len()), bytes);
        let _ = parse(&file);
    }
}

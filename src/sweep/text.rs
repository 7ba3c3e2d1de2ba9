//! Results as lines: JSON objects, or comma-separated values.

use std::io::Write as _;

use base64::Engine as _;

use super::output::Columns;
use super::record::{Record, Written};
use crate::escape::is_hidden;

/// The columns of every CSV file.
const COLUMNS: &str = "input,stop,status,signal,instructions,pc,place,callers,access,address,detail,\
stdout_bytes,stdout_xxh128,stderr_bytes,stderr_xxh128";

/// The first line of a CSV file.
pub(super) fn csv_header(columns: Columns) -> String {
    let output = if columns.output { ",stdout,stderr" } else { "" };
    format!("{COLUMNS}{output}{}\n", if columns.edges { ",new_edges" } else { "" })
}

/// Appends the record as one JSON object on a line. What does not apply is left out.
pub(super) fn json_line(record: &Record<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"input\":");
    json_string(&record.input, out);
    out.extend_from_slice(b",\"stop\":\"");
    out.extend_from_slice(record.stop.name().as_bytes());
    out.push(b'"');
    json_number("status", record.status.map(i64::from), out);
    json_number("signal", record.signal.map(i64::from), out);
    out.extend_from_slice(b",\"instructions\":");
    number(record.instructions, out);
    json_hexadecimal("pc", record.pc, out);
    if let Some(place) = &record.place {
        out.extend_from_slice(b",\"place\":");
        json_string(&format!("{}+{:#x}", place.symbol, place.offset), out);
    }
    if !record.callers.is_empty() {
        out.extend_from_slice(b",\"callers\":[");
        for (n, caller) in record.callers.iter().enumerate() {
            if n > 0 {
                out.push(b',');
            }
            json_string(caller, out);
        }
        out.push(b']');
    }
    if let Some(access) = record.access {
        out.extend_from_slice(b",\"access\":");
        json_string(access, out);
    }
    json_hexadecimal("address", record.address, out);
    if let Some(detail) = &record.detail {
        out.extend_from_slice(b",\"detail\":");
        json_string(detail, out);
    }
    for (name, written) in [("stdout", &record.stdout), ("stderr", &record.stderr)] {
        if written.bytes > 0 {
            json_written(name, written, out);
        }
    }
    if !record.new_edges.is_empty() {
        out.extend_from_slice(b",\"new_edges\":[");
        joined(&record.new_edges, b',', out);
        out.push(b']');
    }
    out.extend_from_slice(b"}\n");
}

fn json_written(name: &str, written: &Written<'_>, out: &mut Vec<u8>) {
    append(out, format_args!(",\"{name}_bytes\":{},\"{name}_xxh128\":\"{:032x}\"", written.bytes, written.hash));
    let Some(kept) = &written.kept else { return };
    match std::str::from_utf8(kept) {
        Ok(text) => {
            append(out, format_args!(",\"{name}\":"));
            json_string(text, out);
        }
        Err(_) => {
            append(out, format_args!(",\"{name}_base64\":\""));
            out.extend_from_slice(base64::engine::general_purpose::STANDARD.encode(kept).as_bytes());
            out.push(b'"');
        }
    }
}

fn json_string(text: &str, out: &mut Vec<u8>) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') && !text.contains(is_hidden) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        return;
    }
    // JSON asks for escapes of the first control characters only, and a terminal obeys others too.
    let mut json = serde_json::to_string(text).expect("a string can be written to memory");
    if json.contains(is_hidden) {
        let mut units = [0; 2];
        let each = json.chars().map(|character| match is_hidden(character) {
            true => character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
            false => character.to_string(),
        });
        json = each.collect();
    }
    out.extend_from_slice(json.as_bytes());
}

fn json_number(name: &str, value: Option<i64>, out: &mut Vec<u8>) {
    if let Some(value) = value {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        number(value, out);
    }
}

fn json_hexadecimal(name: &str, value: Option<u64>, out: &mut Vec<u8>) {
    if let Some(value) = value {
        append(out, format_args!(",\"{name}\":\"{value:#x}\""));
    }
}

/// Appends the record as a line of comma-separated values. What does not apply is empty. Output is escaped as in C,
/// so that a record is one line whatever it holds.
pub(super) fn csv_line(record: &Record<'_>, columns: Columns, out: &mut Vec<u8>) {
    csv_text(&record.input, out);
    out.push(b',');
    out.extend_from_slice(record.stop.name().as_bytes());
    for value in [record.status, record.signal] {
        out.push(b',');
        if let Some(value) = value {
            number(value, out);
        }
    }
    out.push(b',');
    number(record.instructions, out);
    out.push(b',');
    csv_hexadecimal(record.pc, out);
    out.push(b',');
    if let Some(place) = &record.place {
        csv_text(&format!("{}+{:#x}", place.symbol, place.offset), out);
    }
    out.push(b',');
    csv_text(&record.callers.join(" "), out);
    out.push(b',');
    out.extend_from_slice(record.access.unwrap_or_default().as_bytes());
    out.push(b',');
    csv_hexadecimal(record.address, out);
    out.push(b',');
    csv_text(record.detail.as_deref().unwrap_or_default(), out);
    for written in [&record.stdout, &record.stderr] {
        out.push(b',');
        number(written.bytes, out);
        out.push(b',');
        if written.bytes > 0 {
            append(out, format_args!("{:032x}", written.hash));
        }
    }
    if columns.output {
        for written in [&record.stdout, &record.stderr] {
            out.push(b',');
            csv_text(&written.kept.as_deref().unwrap_or_default().escape_ascii().to_string(), out);
        }
    }
    if columns.edges {
        out.push(b',');
        joined(&record.new_edges, b' ', out);
    }
    out.push(b'\n');
}

fn csv_text(text: &str, out: &mut Vec<u8>) {
    if text.bytes().any(|byte| matches!(byte, b',' | b'"')) {
        out.push(b'"');
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

fn csv_hexadecimal(value: Option<u64>, out: &mut Vec<u8>) {
    if let Some(value) = value {
        append(out, format_args!("{value:#x}"));
    }
}

fn joined(numbers: &[u32], between: u8, out: &mut Vec<u8>) {
    for (n, value) in numbers.iter().enumerate() {
        if n > 0 {
            out.push(between);
        }
        number(*value, out);
    }
}

/// The new edges of a line that [`json_line`] has made; none if it is not such a line.
pub(super) fn json_edges(line: &[u8]) -> Vec<u32> {
    let value: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
    let edges = value["new_edges"].as_array().map_or(&[][..], Vec::as_slice);
    edges.iter().filter_map(|edge| edge.as_u64()?.try_into().ok()).collect()
}

/// The new edges of a line that [`csv_line`] has made with a column of them: the last one.
pub(super) fn csv_edges(line: &[u8]) -> Vec<u32> {
    let last = line.rsplit(|byte| *byte == b',').next().unwrap_or_default();
    let text = std::str::from_utf8(last).unwrap_or_default();
    text.split_ascii_whitespace().filter_map(|edge| edge.parse().ok()).collect()
}

fn number(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory takes what is written");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::End;
    use crate::machine::{Access, FaultCause, Stop, StopReason};
    use crate::sweep::record::Place;

    fn lines(record: &Record<'_>) -> (String, String) {
        let (mut json, mut csv) = (Vec::new(), Vec::new());
        json_line(record, &mut json);
        csv_line(record, Columns { output: true, edges: false }, &mut csv);
        (String::from_utf8(json).unwrap(), String::from_utf8(csv).unwrap())
    }

    #[test]
    fn an_exit_is_short() {
        let stop = Stop { reason: StopReason::from(End::Exited { status: 259 }), pc: 0x400100, retired: 12 };
        let (json, csv) = lines(&Record::new("7".into(), &stop, false));
        assert_eq!(json, "{\"input\":\"7\",\"stop\":\"exited\",\"status\":3,\"instructions\":12}\n");
        assert_eq!(csv, "7,exited,3,,12,,,,,,,0,,0,,,\n");
    }

    #[test]
    fn a_fault_says_what_and_where() {
        let reason = StopReason::MemoryFault { address: 8, access: Access::Write, cause: FaultCause::Unmapped };
        let stop = Stop { reason, pc: 0x400100, retired: 12 };
        let mut record = Record::new("a,\"b\"".into(), &stop, false);
        record.place = Some(Place { symbol: "main".into(), offset: 16 });
        record.callers = vec!["f+0x8".into(), "_start+0x1c".into()].into();
        record.stdout = Written { bytes: 3, hash: 1, kept: Some(b"a\n\xff"[..].into()) };
        record.stderr = Written { bytes: 2, hash: 2, kept: Some(b"\"x"[..].into()) };
        let (json, csv) = lines(&record);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["input"], "a,\"b\"");
        assert_eq!(
            (&value["signal"], &value["address"], &value["access"]),
            (&11.into(), &"0x8".into(), &"write".into())
        );
        assert_eq!((&value["pc"], &value["place"]), (&"0x400100".into(), &"main+0x10".into()));
        assert_eq!(value["callers"], serde_json::json!(["f+0x8", "_start+0x1c"]));
        assert_eq!((&value["stdout_base64"], &value["stderr"]), (&"YQr/".into(), &"\"x".into()));
        assert_eq!(
            csv,
            "\"a,\"\"b\"\"\",memory_fault,,11,12,0x400100,main+0x10,f+0x8 _start+0x1c,write,0x8,unmapped,\
             3,00000000000000000000000000000001,2,00000000000000000000000000000002,a\\n\\xff,\"\\\"\"x\"\n"
        );
        assert_eq!(csv_header(Columns { output: true, edges: false }).matches(',').count(), 16);
    }

    #[test]
    fn output_in_json_is_on_one_line_and_gives_no_orders() {
        let text = "\u{1b}[2J\u{9b}1m\u{7f}\n\u{202e}\u{e0041}\u{1f600}\u{e4}";
        let mut record = Record::unreadable("a".into(), "b");
        record.stdout = Written { bytes: text.len() as u64, hash: 1, kept: Some(text.as_bytes().into()) };
        let (json, csv) = lines(&record);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["stdout"], text);
        for line in [json, csv] {
            assert_eq!(line.find(is_hidden), Some(line.len() - 1), "{line}");
        }
    }

    #[test]
    fn new_edges_come_back() {
        let mut record = Record::unreadable("a,\"new_edges\":[1]".into(), "b,\"7");
        let columns = Columns { output: true, edges: true };
        for edges in [&[][..], &[3], &[0, 17, 65_535]] {
            record.new_edges = edges.into();
            let (mut json, mut csv) = (Vec::new(), Vec::new());
            json_line(&record, &mut json);
            csv_line(&record, columns, &mut csv);
            assert_eq!((json_edges(&json), csv_edges(&csv)), (edges.to_vec(), edges.to_vec()));
            assert_eq!(csv_header(columns).matches(',').count(), 17);
        }
    }
}

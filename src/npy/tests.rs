use super::*;
use proptest::prelude::*;

/// A file with this header.
fn file(version: [u8; 2], header: &str, data: &[u8]) -> Vec<u8> {
    let length = header.len() as u32;
    let width = if version[0] == 1 { 2 } else { 4 };
    [b"\x93NUMPY", &version[..], &length.to_le_bytes()[..width], header.as_bytes(), data].concat()
}

fn header(descr: &str, fortran: &str, shape: &str) -> String {
    format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
}

fn data(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// 3 rows of 2, as in `numpy.arange(6).reshape(3, 2) + 16`.
const SIX: [u32; 6] = [16, 17, 18, 19, 20, 21];

/// NumPy 2.5 reads all of these as the same array, but for those that have a shape of their own here.
#[test]
fn headers_are_read_as_numpy_reads_them() {
    let plain = header("'<u4'", "False", "(3, 2)");
    let all = data(&SIX);
    let cases: Vec<(&str, [u8; 2], String, &[u64])> = vec![
        ("plain", [1, 0], plain.clone(), &[3, 2]),
        ("version 2", [2, 0], plain.clone(), &[3, 2]),
        ("version 3", [3, 0], plain.clone(), &[3, 2]),
        ("no newline", [1, 0], plain.trim_end().to_owned(), &[3, 2]),
        ("spaces", [1, 0], plain.replace(' ', " \n\t ") + "   \n", &[3, 2]),
        ("native order", [1, 0], header("'=u4'", "False", "(3, 2)"), &[3, 2]),
        ("no order", [1, 0], header("'u4'", "False", "(3, 2)"), &[3, 2]),
        ("double quotes", [1, 0], plain.replace('\'', "\""), &[3, 2]),
        ("another order of keys", [1, 0], "{'shape': (3, 2), 'fortran_order': False, 'descr': '<u4'}".into(), &[3, 2]),
        ("Python 2", [1, 0], header("'<u4'", "False", "(3L, 2L)"), &[3, 2]),
        ("hexadecimal", [1, 0], header("'<u4'", "False", "(0x3, 2)"), &[3, 2]),
        ("one axis", [1, 0], header("'<u4'", "True", "(6,)"), &[6]),
        ("one row", [1, 0], header("'<u4'", "True", "(1, 6)"), &[1, 6]),
        ("one column", [1, 0], header("'<u4'", "True", "(6, 1)"), &[6, 1]),
    ];
    for (name, version, text, shape) in cases {
        let array: Array<u32> = parse(name, &file(version, &text, &all)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((array.shape.as_slice(), array.values.as_slice()), (shape, &SIX[..]), "{name}");
    }
    let array: Array<u32> = parse("", &file([1, 0], &header("'<u4'", "True", "(3, 2)"), &all)).unwrap();
    assert_eq!(array.values, [16, 19, 17, 20, 18, 21], "in Fortran order the first axis varies fastest");
    let big: Vec<u8> = SIX.iter().flat_map(|value| value.to_be_bytes()).collect();
    let array: Array<u32> = parse("", &file([1, 0], &header("'>u4'", "False", "(3, 2)"), &big)).unwrap();
    assert_eq!(array.values, SIX);
    let number: Array<u32> = parse("", &file([1, 0], &header("'<u4'", "False", "()"), &data(&[7]))).unwrap();
    assert_eq!((number.shape, number.values), (vec![], vec![7]));
    for (shape, expected) in [("(0, 2)", [0, 2]), ("(3, 0)", [3, 0])] {
        let array: Array<u32> = parse("", &file([1, 0], &header("'<u4'", "True", shape), &[])).unwrap();
        assert_eq!((array.shape.as_slice(), array.values.len()), (&expected[..], 0));
    }
}

#[test]
fn integers_of_all_sizes_are_widened() {
    for (descr, bytes, expected) in [
        ("'|i1'", vec![0xff, 2], vec![-1, 2]),
        ("'>u1'", vec![0xff, 2], vec![255, 2]),
        ("'<i2'", vec![0xfe, 0xff, 3, 0], vec![-2, 3]),
        ("'>i2'", vec![0xff, 0xfe, 0, 3], vec![-2, 3]),
        ("'<u4'", vec![0xff; 8], vec![0xffff_ffff; 2]),
        ("'<i4'", vec![0xff; 8], vec![-1; 2]),
        ("'<i8'", vec![0xff; 16], vec![-1; 2]),
    ] {
        let array = parse_integers("", &file([1, 0], &header(descr, "False", "(2,)"), &bytes)).unwrap();
        assert_eq!(array.values, expected, "{descr}");
    }
    let error = parse_integers("a", &file([1, 0], &header("'<u8'", "False", "(1,)"), &[0xff; 8])).unwrap_err();
    assert_eq!(error.to_string(), "a: element 0 is 18446744073709551615, which is more than fits");
    let error = parse_integers("a", &file([1, 0], &header("'<f8'", "False", "(1,)"), &[0; 8])).unwrap_err();
    assert_eq!(error.to_string(), "a: expected elements of type integers, like <i4 or <u4, found <f8");
}

/// What is wrong is said in a line, whatever the file has.
#[test]
fn what_is_no_array_is_refused_with_a_reason() {
    let u4 = |shape: &str| header("'<u4'", "False", shape);
    let long = "x".repeat(9_000);
    let all = data(&SIX);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (Vec::new(), "another kind of file"),
        (b"\x89PNG\r\n\x1a\n and more".to_vec(), "another kind of file"),
        (b"\x93NUMPY\x01".to_vec(), "cut off in its header"),
        (b"\x93NUMPY\x01\x00\xff\xff{".to_vec(), "65535 bytes, expected at most 10000"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff{".to_vec(), "4294967295 bytes, expected at most 10000"),
        (file([1, 0], &u4("(3, 2)"), &[])[..30].to_vec(), "cut off in its header"),
        (file([9, 0], &u4("(3, 2)"), &all), "version 9.0, expected"),
        (file([1, 0], &u4("(3, 2)"), &all[..23]), "expected 94 bytes for shape [3, 2] of <u4, found 93"),
        (file([1, 0], &u4("(3, 2)"), &[&all[..], &[0]].concat()), "found 95"),
        (file([1, 0], &u4("(1099511627776, 1099511627776)"), &[]), "out of range"),
        (file([1, 0], &u4("(4611686018427387904,)"), &[]), "out of range"),
        (file([1, 0], &u4("(0, 4294967296, 4294967296)"), &[]), "out of range"),
        (file([1, 0], &u4("(18446744073709551616,)"), &[]), "expected a number of 64 bits"),
        (file([1, 0], &u4("(-3, -2)"), &all), "not negative"),
        (file([1, 0], &u4("(03, 2)"), &all), "expected a number"),
        (file([1, 0], &u4("(6)"), &all), "expected ','"),
        (file([1, 0], &u4("[3, 2]"), &all), "shape of another type"),
        (file([1, 0], &u4(&format!("({})", "1, ".repeat(65))), &all), "more than 64 axes"),
        (file([1, 0], "{'descr': '<u4', 'shape': (3, 2)}", &all), "no fortran_order"),
        (file([1, 0], &u4("(3, 2), 'x': 1"), &all), "expected a string, a tuple, True or False, found 1"),
        (file([1, 0], &u4("(3, 2), 'x': True"), &all), "an unknown key x"),
        (file([1, 0], &u4("(3, 2), 'shape': (6,)"), &all), "a second shape"),
        (file([1, 0], &(u4("(3, 2)") + "x"), &all), "expected the end of the header, found x"),
        (file([1, 0], &header("'<u4", "False", "(3, 2)"), &all), "found"),
        (file([1, 0], "{'descr': '<u4", &all), "a string that ends"),
        (file([1, 0], &header("'<M8[ns]'", "False", "(3,)"), &all), "its elements are <M8[ns], expected numbers"),
        (file([1, 0], &header("'|O'", "False", "(3,)"), &all), "its elements are |O"),
        (file([1, 0], &header("[('a', '<u4'), ('b', '<u4')]", "False", "(3,)"), &all), "its elements are records ["),
        (file([1, 0], &header(&"[".repeat(9_000), "False", "(3,)"), &all), "expected ']', found its end"),
        (file([1, 0], &header(&format!("'{long}'"), "False", "(3,)"), &all), "its elements are xxxx"),
        (file([1, 0], &u4(&format!("(3, 2), '{long}': True")), &all), "an unknown key xxxx"),
        (file([1, 0], &u4(&format!("(3, 2), '{long}")), &all), "a string that ends"),
        (file([1, 0], &u4(&"\x1b]0;".repeat(1_000)), &all), "found \\x1b]0;"),
        (file([1, 0], &header("'<f4'", "False", "(3, 2)"), &all), "expected elements of type <u4, found <f4"),
    ];
    for (bytes, part) in cases {
        let error = parse::<u32>("a.npy", &bytes).unwrap_err().to_string();
        assert!(error.starts_with("a.npy: ") && error.contains(part), "{error}, not: {part}");
        assert!(error.len() < 200 && !error.contains(['\n', '\x1b']), "{error}");
    }
}

/// What is no regular file is not opened: a pipe would wait, a device never ends.
#[cfg(unix)]
#[test]
fn only_regular_files_are_opened() {
    for (path, kind) in [("/dev/zero", "device"), ("/dev/null", "device"), ("/", "folder")] {
        let error = read::<u32>(std::path::Path::new(path)).unwrap_err().to_string();
        assert_eq!(error, format!("{path}: it is a {kind}, and a regular file is wanted"));
    }
}

#[test]
fn axes_are_those_of_any_order() {
    let values: Vec<u32> = (0..24).collect();
    let text = header("'<u4'", "True", "(2, 3, 4)");
    let array: Array<u32> = parse("", &file([1, 0], &text, &data(&values))).unwrap();
    for (at, value) in array.values.iter().enumerate() {
        let (i, j, k) = (at / 12, at / 4 % 3, at % 4);
        assert_eq!(*value as usize, i + 2 * j + 6 * k);
    }
}

proptest! {
    /// Another reader reads what is written, and this one too.
    #[test]
    fn what_is_written_is_read(shape in prop::collection::vec(0u64..5, 1..4), seed in any::<u32>()) {
        let count = shape.iter().product::<u64>() as u32;
        let values: Vec<u32> = (0..count).map(|n| n.wrapping_mul(2_654_435_761).wrapping_add(seed)).collect();
        let mut bytes = Vec::new();
        write_to(&mut bytes, &shape, values.iter().copied()).unwrap();
        let other = npyz::NpyFile::new(&bytes[..]).unwrap();
        prop_assert_eq!(other.shape(), &shape[..]);
        prop_assert_eq!(other.into_vec::<u32>().unwrap(), values.clone());
        let own: Array<u32> = parse("", &bytes).unwrap();
        prop_assert_eq!(own, Array { shape, values });
    }

    /// Damaged files are an error or an array; nothing else becomes of them.
    #[test]
    fn damage_does_no_harm(at in 0usize..110, byte in any::<u8>(), cut in 0usize..110) {
        let mut bytes = file([1, 0], &header("'<u4'", "True", "(3, 2)"), &data(&SIX));
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(bytes.len() - cut / 2 % 40);
        if let Ok(array) = parse::<u32>("", &bytes) {
            prop_assert_eq!(array.values.len() as u64, array.shape.iter().product::<u64>());
        }
        let _ = parse_integers("", &bytes);
    }
}

//! C programs of loops for compilers: each loop is a function, called with sizes and places drawn by chance.

use crate::rng::Rng;
use std::fmt::Write;

const TYPES: [&str; 8] = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];

/// Bodies of `u64 f(T *a, T *b, u64 n, u64 k)`; T is a type, K a small number, OP an operator.
const BODIES: [&str; 44] = [
    "for (u64 i = 0; i < n; i++) a[i] = (T)k; return 0;",
    "while (n--) *a++ = 0; return 0;",
    "for (T *p = a; p != a + n; p++) *p = (T)K; return 0;",
    "for (int i = 0; i < (int)n; i++) a[i] = (T)i; return 0;",
    "for (u64 i = 0; i < n; i++) a[i] = b[i]; return 0;",
    "while (n--) *a++ = *b++; return 0;",
    "for (u64 i = n; i > 0; i--) a[i - 1] = b[i - 1]; return 0;",
    "T *p = a + n, *q = b + n; while (p != a) *--p = *--q; return 0;",
    "u64 i = 0; b[n] = 0; while (b[i]) i++; return i;",
    "T *p = b; b[n] = 0; while (*p) p++; return (u64)(p - b);",
    "for (u64 i = 0; i < n; i++) if (b[i] == (T)K) return i; return n;",
    "T *e = b + n; for (T *p = b; p < e; p++) if (*p == (T)(k & 3)) return 1; return 0;",
    "for (u64 i = 0; i < n; i++) if (a[i] != b[i]) return i; return n;",
    "while (n && *a == *b) { a++; b++; n--; } return n;",
    "b[n] = 0; while ((*a++ = *b++)) ; return 0;",
    "u64 i = 0; b[n] = 0; do a[i] = b[i]; while (b[i++]); return i;",
    "u64 s = 0; for (u64 i = 0; i < n; i++) s += (u64)b[i]; return s;",
    "T s = 0; for (int i = 0; i < (int)n; i++) s += b[i]; return (u64)s;",
    "u64 s = k; while (n--) s += (u64)*b++; return s;",
    "T s = 0; for (u64 i = 0; i < n; i++) s ^= b[i]; return (u64)s;",
    "u64 s = k; for (u64 i = 0; i < n; i++) s OP (u64)b[i]; return s;",
    "T m = b[0]; for (u64 i = 1; i < n; i++) if (b[i] > m) m = b[i]; return (u64)m;",
    "T m = b[0]; for (u64 i = 1; i < n; i++) m = b[i] < m ? b[i] : m; return (u64)m;",
    "u32 c = ~0u; u8 *p = (u8 *)b; for (u64 i = 0; i < n; i++) c = table[(c ^ p[i]) & 255] ^ c >> 8; return c;",
    "u32 c = (u32)k; u8 *p = (u8 *)b; while (n--) c = c >> 8 ^ table[(u8)c ^ *p++]; return c;",
    "u64 h = 5381; for (u64 i = 0; i < n; i++) h = h * 33 + (u64)b[i]; return h;",
    "for (u64 i = 0; i < n; i++) a[i] = (T)(b[i] * (T)K + (T)k); return 0;",
    "for (u64 i = 0; i < n; i++) a[i] OP b[i]; return 0;",
    "for (u64 i = 1; i < n; i++) a[i] = (T)(a[i] + a[i - 1]); return 0;",
    "u64 s = 0; for (u64 i = 0; i < n; i++) s += (u64)a[i] * (u64)b[i]; return s;",
    "u64 x = k | 1, c = 0; for (u64 i = 0; i < n; i++) { x = x * 6364136223846793005u + 1; c += x >> 63; } return c;",
    "u64 x = k; for (u64 i = 0; i < n; i++) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; } return x;",
    "u64 c = 0; for (u64 i = 0; i < n; i++) { asm volatile(\"\" : \"+r\"(c)); c += K; } return c;",
    "u64 c = 0, i = n; do { asm volatile(\"\" : \"+r\"(c)); c += i; } while (--i); return c;",
    "u32 c = 0; for (u32 i = (u32)n; i; i -= 1) { asm volatile(\"\" : \"+r\"(c)); c += 3; } return c;",
    "u64 c = 0; for (long i = -(long)n; i < 0; i++) { asm volatile(\"\" : \"+r\"(c)); c ^= (u64)i; } return c;",
    "u64 p = k % n, c = 0; for (u64 i = 0; i < n; i++) { p = (p * 5 + K) % n; c += (u64)b[p]; } return c;",
    "for (u64 i = 0; i < n; i += K) a[i] = 1; return 0;",
    "u64 c = 0; for (u64 i = 0; i < n; i++) if (b[i] & 1) c++; return c;",
    "for (u64 i = 0, j = n - 1; i < j; i++, j--) { T t = a[i]; a[i] = a[j]; a[j] = t; } return 0;",
    "for (u64 i = 0; i + 1 < n; i++) if (a[i] > a[i + 1]) { T t = a[i]; a[i] = a[i + 1]; a[i + 1] = t; } return 0;",
    "for (u64 i = 0; i < n; i++) counts[(u8)b[i]]++; return 0;",
    "u64 x = 0, y = 1; for (u64 i = 0; i < n; i++) { u64 t = x + y; x = y; y = t; } return x;",
    "u64 s = 0; for (u64 i = 0; i < n; i += 2) { s += (u64)b[i]; s ^= (u64)b[i + 1]; } return s;",
];

const HEAD: &str =
    "typedef unsigned char u8; typedef unsigned short u16; typedef unsigned u32; typedef unsigned long u64;
typedef signed char i8; typedef short i16; typedef int i32; typedef long i64;
static u64 left[8192], right[8192]; static u32 table[256]; static u32 counts[256]; volatile u64 sink; u64 total;
__attribute__((noipa)) u64 other(u64 x) { return x * 5 + total; }
void *memset(void *to, int c, u64 n) { u8 *p = to; while (n--) *p++ = (u8)c; return to; }
void *memcpy(void *to, const void *from, u64 n) { u8 *p = to; const u8 *q = from; while (n--) *p++ = *q++; return to; }
void *memmove(void *to, const void *from, u64 n) { return memcpy(to, from, n); }
";

/// Heads and ends of loops over `a`, `b` and `n`, with what is an element of each there; I is a type of indexes, W a width.
const HEADS: [[&str; 4]; 12] = [
    ["for (I i = 0; i < (I)n; i++) {", "}", "a[i]", "b[i]"],
    ["for (I i = 0; i != (I)n; ++i) {", "}", "a[i]", "b[i]"],
    ["for (I i = (I)n; i-- > 0;) {", "}", "a[i]", "b[i]"],
    ["for (long i = (long)n - 1; i >= 0; i--) {", "}", "a[i]", "b[i]"],
    ["I i = 0; do {", "i++; } while (i < (I)n);", "a[i]", "b[i]"],
    ["I i = 0; while (i + W <= (I)n) {", "i += W; }", "a[i]", "b[i]"],
    ["for (T *p = a, *e = a + n, *q = b; p < e; p++, q++) {", "}", "*p", "*q"],
    ["T *p = a, *q = b, *e = b + n; while (q != e) {", "p++; q++; }", "*p", "*q"],
    ["T *p = a, *q = b; for (I left = (I)n; left > 0; left--, p++, q++) {", "}", "*p", "*q"],
    ["T *p = a, *q = b; while (n--) {", "p++; q++; }", "*p", "*q"],
    ["T *p = a, *q = b; do {", "p += W; q += W; n -= n < W ? n : W; } while (n);", "p[0]", "q[0]"],
    ["struct pair *r = (struct pair *)a; for (I i = 0; i < (I)n / 2; i++, r++) {", "}", "r->one", "r->two"],
];

/// What such loops do to elements A and B; s, c, m are what is returned.
const STATEMENTS: [&str; 28] = [
    "A = (T)K;",
    "A = (T)k;",
    "A = 0;",
    "A = B;",
    "A = B;",
    "A OP B;",
    "A OP (T)K;",
    "A = (T)(B * K + k);",
    "A = (T)(B >> (K & 7));",
    "s += (u64)B;",
    "s += (u64)B;",
    "s ^= (u64)B;",
    "s OP (u64)A;",
    "s = s * 31 + (u64)B;",
    "s += (u64)A * (u64)B;",
    "if (B > (T)K) c++;",
    "c += B == (T)K;",
    "if (B > m) m = B;",
    "m = A < m ? A : m;",
    "if (A == (T)K) break;",
    "if (A != B) break;",
    "if (!B) break;",
    "A = (T)table[(u8)B];",
    "counts[(u8)B]++;",
    "total += (u64)B;",
    "s += other((u64)B);",
    "for (int j = 0; j < K; j++) s += (u64)B ^ (u64)j;",
    "{ T t = A; A = B; B = t; }",
];

/// A loop put together by chance.
fn composed(rng: &mut Rng) -> String {
    let [head, end, a, b] = HEADS[rng.below(HEADS.len())];
    let index = ["int", "unsigned", "long", "u64"][rng.below(4)];
    let mut body = String::new();
    for _ in 0..1 + rng.below(2) * rng.below(3) {
        let statement = STATEMENTS[rng.below(STATEMENTS.len())];
        for letter in statement.chars() {
            match letter {
                'A' => body.push_str(a),
                'B' => body.push_str(b),
                letter => body.push(letter),
            }
        }
    }
    if rng.below(4) == 0 {
        // Somebody might look at them in each iteration.
        body.push_str("asm volatile(\"\" : \"+r\"(s), \"+r\"(c));");
    }
    let head = head.replace('I', index);
    let [head, end] =
        [head.as_str(), &end.replace('I', index)].map(|part| part.replace('W', ["1", "2", "4"][rng.below(3)]));
    format!("u64 s = k, c = 0; T m = 0; {head} {body} {end} return s + c + (u64)m;")
}

/// A program with `count` loops: known ones, or such as are put together by chance.
pub fn program(rng: &mut Rng, count: usize, known: bool) -> String {
    let mut text = String::from(HEAD);
    let mut calls = String::new();
    for f in 0..count {
        let kind = TYPES[rng.below(TYPES.len())];
        let operator = ["+=", "^=", "|=", "&=", "-="][rng.below(5)];
        let number = 1 + rng.below(9);
        let body = if known { BODIES[rng.below(BODIES.len())].to_owned() } else { composed(rng) };
        let body = body.replace("OP", operator).replace('K', &number.to_string());
        // A type is a word of its own.
        let mut words = String::new();
        let letters: Vec<char> = body.chars().collect();
        for (at, letter) in letters.iter().enumerate() {
            let near = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|c| c.is_alphanumeric());
            if *letter == 'T' && !near(at.checked_sub(1)) && !near(Some(at + 1)) {
                words.push_str(kind);
            } else {
                words.push(*letter);
            }
        }
        // As struct pair is of pairs of T, it is within the function.
        let pair = format!("struct pair {{ {kind} one, two; }};");
        let _ =
            writeln!(text, "__attribute__((noipa)) u64 f{f}({kind} *a, {kind} *b, u64 n, u64 k) {{ {pair} {words} }}");
        let n = match known {
            true => 300 + rng.below(3) * rng.below(3000) + rng.below(700),
            // As many of 8 to 16 as of 2,048 to 4,096.
            false => (8 << rng.below(9)) * (16 + rng.below(16)) / 16,
        };
        let (to, from) = (rng.below(4) * rng.below(64), rng.below(64));
        let arguments = format!("({kind} *)left + {to}, ({kind} *)right + {from}, {n}, {}", rng.below(1 << 20));
        // Short ones run often, or nobody would see them.
        let _ = writeln!(calls, "    fill(); for (int r = 0; r < {}; r++) sink = f{f}({arguments});", 1 + 3000 / n);
    }
    let _ = write!(
        text,
        "static void fill(void) {{
    static u64 filled;
    if (filled++) return;
    for (u64 i = 0; i < 8192; i++) {{ left[i] = right[i] = (i * 0x9e3779b97f4a7c15u) | 0x0404040404040404u; }}
    for (u32 i = 0; i < 256; i++) table[i] = i * 0x9e3779b1u;
}}
void _start(void) {{
{calls}    register u64 x8 asm(\"x8\") = 94; register u64 x0 asm(\"x0\") = 0;
    asm volatile(\"svc 0\" : : \"r\"(x8), \"r\"(x0)); for (;;) ;
}}
"
    );
    text
}

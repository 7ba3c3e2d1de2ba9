//! The control word of floating-point and SIMD instructions: of the datapaths with `VECTOR`.
//!
//! Word x says what is done and where the instruction word has its shape; word y names registers as everywhere, the
//! vector ones by their numbers 0 to 31; word w is the instruction word itself. `wgsl/isa/vector/` reads the rest there:
//! decode stays as small for all who need no vectors.

use super::*;

const VECTORS: &[u32] = EACH.split_at(7).1;

/// Fields of word x.
pub mod fields {
    use super::*;

    fields! {
        /// Which file of `wgsl/isa/vector/` executes it: UNIT_BITWISE and so on.
        UNIT: X 5..8, VECTORS;
        /// What the unit does.
        VECTOR_OPERATION: X 8..14, VECTORS;
        /// Where the size of an element stands: SIZE_FIELD and so on.
        VECTOR_SIZE: X 14..17, VECTORS;
        /// The instruction word.
        VECTOR_WORD: W 0..32, VECTORS;
    }
}

flags! {
    /// Elements of the result are twice as long as those of the operands, which are the half of them that Q names.
    WIDEN: 17, VECTORS;
    /// With WIDEN: those of the first operand are as long as the result's.
    WIDE_FIRST: 18, VECTORS;
    /// Elements of the result are half as long as those of the operands, and go to the half that Q names.
    NARROW: 19, VECTORS;
    /// Neighbours are the operands of each element of the result.
    PAIRWISE: 20, VECTORS;
    /// All elements become one.
    ACROSS: 21, VECTORS;
    /// The second operand is one element for all.
    BY_ELEMENT: 22, VECTORS;
    /// The second operand is zero.
    WITH_ZERO: 23, VECTORS;
    /// Elements have no sign.
    UNSIGNED: 24, VECTORS;
    /// What is shifted out rounds.
    ROUND: 25, VECTORS;
    /// What does not fit is the nearest that does, and FPSR says so.
    SATURATE: 26, VECTORS;
    /// The result is added to what the destination holds,
    ACCUMULATE: 27, VECTORS;
    /// or subtracted; of a product, its sign is turned.
    NEGATE: 28, VECTORS;
    /// The unit's own.
    VARIANT: 29, VECTORS;
    /// The unit's own.
    VARIANT_2: 30, VECTORS;
    /// The unit's own.
    VARIANT_3: 31, VECTORS;
}

shared_constants! {
    // Units.
    UNIT_BITWISE = 0;
    UNIT_MOVE = 1;
    UNIT_PERMUTE = 2;
    UNIT_INTEGER = 3;
    UNIT_FLOAT = 4;
    UNIT_MEMORY = 5;
    UNIT_CRYPTO = 6;

    // What UNIT_BITWISE does with the first operand, the second and what the destination holds.
    BITWISE_AND = 0;
    BITWISE_BIC = 1;
    BITWISE_ORR = 2;
    BITWISE_ORN = 3;
    BITWISE_EOR = 4;
    /// Takes bits of the first where the destination has ones.
    BITWISE_BSL = 5;
    /// Takes bits of the first where the second has ones,
    BITWISE_BIT = 6;
    /// or zeros.
    BITWISE_BIF = 7;
    BITWISE_NOT = 8;
    BITWISE_EOR3 = 9;
    BITWISE_BCAX = 10;
    // The same with the expanded immediate and the destination.
    BITWISE_MOVI = 11;
    BITWISE_ORR_IMMEDIATE = 12;
    BITWISE_BIC_IMMEDIATE = 13;
    /// An immediate of floating point, by the size.
    BITWISE_FMOV = 14;

    // What UNIT_MOVE does.
    /// All elements become one of the first operand,
    MOVE_DUPLICATE = 0;
    /// or a general register.
    MOVE_DUPLICATE_GENERAL = 1;
    /// One element becomes one of the first operand,
    MOVE_INSERT = 2;
    /// or a general register.
    MOVE_INSERT_GENERAL = 3;
    /// A general register becomes an element, as wide as Q says.
    MOVE_TO_GENERAL = 4;
    /// One element alone.
    MOVE_SCALAR = 5;
    /// Bits of a general register into a vector one or back, as bit 16 says; with VARIANT its upper half.
    MOVE_BITS = 6;
    MOVE_SELECT = 7;
    /// An immediate of floating point.
    MOVE_IMMEDIATE = 8;

    // What UNIT_FLOAT does besides what word z asks of `float_execute`: nothing,
    FLOAT_EACH = 0;
    /// its result are the flags N, Z, C and V,
    FLOAT_SETS_FLAGS = 1;
    /// also, unless a condition does not hold,
    FLOAT_CONDITIONAL = 2;
    /// nothing is asked, and elements lose their sign
    FLOAT_ABSOLUTE = 3;
    /// or get the other,
    FLOAT_TURN = 4;
    /// elements are complex numbers, of real and imaginary part, that are added after a quarter turn
    FLOAT_COMPLEX_ADD = 5;
    /// or multiplied and added,
    FLOAT_COMPLEX = 6;
    /// with WIDEN: halves by bit 29, one element of the operands for each of the result,
    FLOAT_LONG = 7;
    /// BF16 is what comes out
    FLOAT_TO_BRAIN = 8;
    /// or what is multiplied, every second element.
    FLOAT_FROM_BRAIN = 9;
    /// Matrices of two rows of two pairs of BF16.
    FLOAT_BRAIN_MATRIX = 10;
    /// The flags are what is above the result.
    FLOAT_MODULAR = 11;
    // Its flags. The result's precision is in bits 16..15.
    FLOAT_CONVERTS = VARIANT;
    FLOAT_TO_GENERAL = VARIANT_2;
    FLOAT_FROM_GENERAL = VARIANT_3;
    /// Integers have fraction bits, as the instruction says.
    FLOAT_FIXED = SATURATE;
    /// The second operand is compared with the first.
    FLOAT_SWAP = ROUND;

    // What UNIT_INTEGER does with an element of each operand.
    INTEGER_ADD = 0;
    INTEGER_SUBTRACT = 1;
    /// The distance between them.
    INTEGER_DIFFERENCE = 2;
    INTEGER_MAXIMUM = 3;
    INTEGER_MINIMUM = 4;
    // Comparisons make all ones, or zero.
    INTEGER_EQUAL = 5;
    INTEGER_GREATER = 6;
    INTEGER_GREATER_EQUAL = 7;
    /// Whether they have a bit in common.
    INTEGER_TEST = 8;
    INTEGER_COUNT_ONES = 9;
    /// Copies of the sign behind it, or zeros.
    INTEGER_COUNT_LEADING = 10;
    INTEGER_MULTIPLY = 11;
    /// Twice the product,
    INTEGER_MULTIPLY_DOUBLE = 12;
    /// or the upper half of that.
    INTEGER_MULTIPLY_HIGH = 13;
    /// A product without carries.
    INTEGER_POLYNOMIAL = 14;
    /// The products of four bytes each,
    INTEGER_DOT = 15;
    /// or of eight, which are rows of the operands.
    INTEGER_MATRIX = 16;
    /// By a signed byte of the second operand, negative ones right.
    INTEGER_SHIFT = 17;
    INTEGER_SHIFT_RIGHT = 18;
    /// By the immediate, or, where there is none, by the operand's length.
    INTEGER_SHIFT_LEFT = 19;
    // Its flags.
    /// What is not the first operand has a sign where that has none, and none where it has one.
    INTEGER_MIXED = VARIANT;
    /// Sums and differences are halved; with NARROW, their upper half is taken.
    INTEGER_HALVE = VARIANT_2;
    /// A shift leaves the bits that it has nothing for as the destination has them.
    INTEGER_INSERT = VARIANT_2;
    /// The operands change places.
    INTEGER_REVERSE = VARIANT_3;

    /// Of FPSR: an integer became the nearest that fits.
    FPSR_QC = 1 << 27;

    // Where UNIT_PERMUTE takes the elements of the result from.
    PERMUTE_UNZIP = 0;
    PERMUTE_TRANSPOSE = 1;
    PERMUTE_ZIP = 2;
    PERMUTE_EXTRACT = 3;
    /// In the other order, within 8, 4 or 2 bytes.
    PERMUTE_REVERSE = 4;
    /// The bits of bytes.
    PERMUTE_REVERSE_BITS = 5;
    /// By the second operand's elements,
    PERMUTE_TABLE = 6;
    /// or by pairs of bits of a part of it,
    PERMUTE_LOOKUP_2 = 7;
    /// or by four bits each.
    PERMUTE_LOOKUP_4 = 8;
    // Its flags.
    /// Odd ones, or those of upper halves.
    PERMUTE_SECOND = VARIANT;
    /// Where the index is too large the destination stays.
    PERMUTE_KEEP = VARIANT_2;

    // What UNIT_CRYPTO does.
    CRYPTO_AES = 0;
    CRYPTO_AES_MIX = 1;
    CRYPTO_SHA1_HASH = 2;
    CRYPTO_SHA1H = 3;
    CRYPTO_SHA1SU0 = 4;
    CRYPTO_SHA1SU1 = 5;
    CRYPTO_SHA256_HASH = 6;
    CRYPTO_SHA256SU0 = 7;
    CRYPTO_SHA256SU1 = 8;
    CRYPTO_SHA512_HASH = 9;
    CRYPTO_SHA512SU0 = 10;
    CRYPTO_SHA512SU1 = 11;
    CRYPTO_RAX1 = 12;
    CRYPTO_XAR = 13;
    CRYPTO_SM3SS1 = 14;
    CRYPTO_SM3TT1 = 15;
    CRYPTO_SM3TT2 = 16;
    CRYPTO_SM3PARTW1 = 17;
    CRYPTO_SM3PARTW2 = 18;
    CRYPTO_SM4E = 19;
    CRYPTO_SM4EKEY = 20;
    // Its flags.
    /// Of AES: decryption.
    CRYPTO_INVERSE = VARIANT;
    /// The second of two forms: H2, TT1B, TT2B.
    CRYPTO_SECOND = VARIANT;

    // How UNIT_MEMORY addresses, in the low bits of its operation,
    MEMORY_UNSIGNED = 0;
    MEMORY_SIGNED = 1;
    MEMORY_REGISTER = 2;
    MEMORY_LITERAL = 3;
    MEMORY_PAIR = 4;
    MEMORY_MULTIPLE = 5;
    MEMORY_SINGLE = 6;
    MEMORY_REPLICATE = 7;
    MEMORY_FORM = 7;
    /// registers less one behind that,
    MEMORY_COUNT_SHIFT = 3;
    /// and whether their elements take turns.
    MEMORY_INTERLEAVED = 32;
    // Its flags.
    MEMORY_LOAD = VARIANT;
    MEMORY_WRITE_BACK = VARIANT_2;
    MEMORY_POST_INDEX = VARIANT_3;

    // Where the instruction word has log2 of the bytes of an element: in bits 23..22,
    SIZE_FIELD = 0;
    /// a word or a doubleword by bit 22,
    SIZE_FLOAT = 1;
    /// by the precision in bits 23..22,
    SIZE_PRECISION = 2;
    /// by the highest bit set of bits 22..19,
    SIZE_IMMEDIATE = 3;
    /// or nowhere: a byte,
    SIZE_BYTE = 4;
    /// a halfword,
    SIZE_HALF = 5;
    /// a word,
    SIZE_WORD = 6;
    /// a doubleword.
    SIZE_DOUBLE = 7;
}

/// Word x of a unit that does this, with flags.
pub const fn does(unit: u32, operation: u32, flags: u32) -> u32 {
    VECTOR | SF | fields::UNIT.bits(unit) | fields::VECTOR_OPERATION.bits(operation) | flags
}

/// Word x where the size of an element stands.
pub const fn sized(size: u32) -> u32 {
    fields::VECTOR_SIZE.bits(size)
}

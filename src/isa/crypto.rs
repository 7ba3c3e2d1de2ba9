//! Cryptography: AES, SHA-1, SHA-2, SHA-3, SM3 and SM4 (Arm ARM, C4.1).

use super::control::vector::*;
use super::{Encoding, Kernel, vector};
use Kernel::*;

/// The cryptographic extensions.
#[rustfmt::skip] // one line per encoding
pub(super) const CRYPTO: &[Encoding] = &[
    vector("AESE", "01001110 00 10100 00100 10 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_AES, 0)),
    vector("AESD", "01001110 00 10100 00101 10 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_AES, CRYPTO_INVERSE)),
    vector("AESMC", "01001110 00 10100 00110 10 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_AES_MIX, 0)),
    vector("AESIMC", "01001110 00 10100 00111 10 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_AES_MIX, CRYPTO_INVERSE)),

    vector("SHA1C", "01011110 00 0 mmmmm 0 000 00 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA1_HASH, 0)),
    vector("SHA1P", "01011110 00 0 mmmmm 0 001 00 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA1_HASH, 0)),
    vector("SHA1M", "01011110 00 0 mmmmm 0 010 00 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA1_HASH, 0)),
    vector("SHA1SU0", "01011110 00 0 mmmmm 0 011 00 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA1SU0, 0)),
    vector("SHA256H", "01011110 00 0 mmmmm 0 100 00 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA256_HASH, 0)),
    vector("SHA256H2", "01011110 00 0 mmmmm 0 101 00 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA256_HASH, CRYPTO_SECOND)),
    vector("SHA256SU1", "01011110 00 0 mmmmm 0 110 00 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA256SU1, 0)),
    vector("SHA1H", "01011110 00 10100 00000 10 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA1H, 0)),
    vector("SHA1SU1", "01011110 00 10100 00001 10 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA1SU1, 0)),
    vector("SHA256SU0", "01011110 00 10100 00010 10 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA256SU0, 0)),

    vector("SHA512H", "11001110 011 mmmmm 1000 00 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA512_HASH, 0)),
    vector("SHA512H2", "11001110 011 mmmmm 1000 01 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA512_HASH, CRYPTO_SECOND)),
    vector("SHA512SU1", "11001110 011 mmmmm 1000 10 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA512SU1, 0)),
    vector("SHA512SU0", "11001110 110 00000 1000 00 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SHA512SU0, 0)),
    vector("RAX1", "11001110 011 mmmmm 1000 11 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_RAX1, 0)),
    vector("EOR3", "11001110 000 mmmmm 0 aaaaa nnnnn ddddd", Logical, does(UNIT_BITWISE, BITWISE_EOR3, 0)),
    vector("BCAX", "11001110 001 mmmmm 0 aaaaa nnnnn ddddd", Logical, does(UNIT_BITWISE, BITWISE_BCAX, 0)),
    vector("XAR", "11001110 100 mmmmm iiiiii nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_XAR, 0)),

    vector("SM3SS1", "11001110 010 mmmmm 0 aaaaa nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SM3SS1, 0)),
    vector("SM3TT1A", "11001110 010 mmmmm 10 ii 00 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SM3TT1, 0)),
    vector("SM3TT1B", "11001110 010 mmmmm 10 ii 01 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SM3TT1, CRYPTO_SECOND)),
    vector("SM3TT2A", "11001110 010 mmmmm 10 ii 10 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SM3TT2, 0)),
    vector("SM3TT2B", "11001110 010 mmmmm 10 ii 11 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SM3TT2, CRYPTO_SECOND)),
    vector("SM3PARTW1", "11001110 011 mmmmm 1100 00 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SM3PARTW1, 0)),
    vector("SM3PARTW2", "11001110 011 mmmmm 1100 01 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SM3PARTW2, 0)),
    vector("SM4EKEY", "11001110 011 mmmmm 1100 10 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SM4EKEY, 0)),
    vector("SM4E", "11001110 110 00000 1000 01 nnnnn ddddd", Logical, does(UNIT_CRYPTO, CRYPTO_SM4E, 0)),
];

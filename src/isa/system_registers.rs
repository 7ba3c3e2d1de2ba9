//! System registers that a program at EL0 can name: encodings, and the values of those that are constant.
//!
//! Encodings are `op0:op1:CRn:CRm:op2` in 16 bits, as MRS and MSR hold them in bits 20..5.

/// One system register.
#[derive(Clone, Copy, Debug)]
pub struct SystemRegister {
    /// The manual's name.
    pub name: &'static str,
    /// `op0 << 14 | op1 << 11 | CRn << 7 | CRm << 3 | op2`.
    pub encoding: u32,
    /// What it always reads as; `None` when a lane has its own, or time is in it.
    pub value: Option<u64>,
}

const fn register(name: &'static str, fields: [u32; 5], value: Option<u64>) -> SystemRegister {
    let [op0, op1, crn, crm, op2] = fields;
    SystemRegister { name, encoding: op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2, value }
}

/// CNTVCT_EL0 ticks a second; one tick is one instruction retired.
pub const COUNTER_FREQUENCY: u64 = 1_000_000_000;

/// Registers that are implemented. Linux lets programs read the identification registers by emulating them; what is
/// not listed of [that space](reads_as_zero) reads as zero.
pub const SYSTEM_REGISTERS: &[SystemRegister] = &[
    register("NZCV", [3, 3, 4, 2, 0], None),
    register("FPCR", [3, 3, 4, 4, 0], None),
    register("FPSR", [3, 3, 4, 4, 1], None),
    register("TPIDR_EL0", [3, 3, 13, 0, 2], None),
    register("TPIDRRO_EL0", [3, 3, 13, 0, 3], None),
    register("CNTVCT_EL0", [3, 3, 14, 0, 2], None),
    register("CNTFRQ_EL0", [3, 3, 14, 0, 0], Some(COUNTER_FREQUENCY)),
    // Lines of 64 bytes; IDC and DIC: caches need no maintenance.
    register("CTR_EL0", [3, 3, 0, 0, 1], Some(0xb444_8004)),
    // DC ZVA clears 64 bytes.
    register("DCZID_EL0", [3, 3, 0, 0, 7], Some(4)),
    // Implementer 0 (software), architecture by ID registers.
    register("MIDR_EL1", [3, 0, 0, 0, 0], Some(0x000f_4b50)),
    register("MPIDR_EL1", [3, 0, 0, 0, 5], Some(0x8000_0000)),
    register("REVIDR_EL1", [3, 0, 0, 0, 6], Some(0)),
    // Floating point and Advanced SIMD, both with half precision; EL0 and EL1 in AArch64.
    register("ID_AA64PFR0_EL1", [3, 0, 0, 4, 0], Some(0x0011_0011)),
    register("ID_AA64PFR1_EL1", [3, 0, 0, 4, 1], Some(0)),
    // AES with PMULL, SHA1, SHA2 with SHA512, CRC32, LSE atomics, RDM, SHA3, SM3, SM4, DP, FHM, FLAGM.
    register("ID_AA64ISAR0_EL1", [3, 0, 0, 6, 0], Some(0x0011_1111_1021_2120)),
    // JSCVT, FCMA, LRCPC with the unscaled forms, FRINTTS, BF16, I8MM.
    register("ID_AA64ISAR1_EL1", [3, 0, 0, 6, 1], Some(0x0010_1001_0021_1000)),
    register("ID_AA64ISAR2_EL1", [3, 0, 0, 6, 2], Some(0)),
    register("ID_AA64MMFR0_EL1", [3, 0, 0, 7, 0], Some(0)),
    register("ID_AA64MMFR1_EL1", [3, 0, 0, 7, 1], Some(0)),
    register("ID_AA64MMFR2_EL1", [3, 0, 0, 7, 2], Some(0)),
];

/// The register constants, and the function that reads those whose value never changes, as WGSL.
pub fn wgsl_system_registers() -> String {
    let mut constants = String::new();
    let mut cases = String::new();
    for register in SYSTEM_REGISTERS {
        constants.push_str(&format!("const REGISTER_{} = {:#x}u;\n", register.name, register.encoding));
        if let Some(value) = register.value.filter(|value| *value != 0 || !reads_as_zero(register.encoding)) {
            let (low, high) = (value as u32, (value >> 32) as u32);
            cases.push_str(&format!(
                "        case REGISTER_{}: {{ return vec2<u32>({low:#x}u, {high:#x}u); }}\n",
                register.name
            ));
        }
    }
    format!(
        "{constants}\nfn system_register_constant(c: vec4<u32>) -> vec2<u32> {{\n    switch control_immediate_low(c) {{\n{cases}        \
         default: {{ }}\n    }}\n    if (control_immediate_low(c) - {ZEROS_FIRST:#x}u >= {ZEROS_COUNT:#x}u) {{\n        \
         lane_hold();\n        lane_stop(REASON_UNDEFINED, vec3<u32>(control_immediate_high(c), 0u, 0u));\n    }}\n    return U64_ZERO;\n}}\n"
    )
}

/// op0 3, op1 0, CRn 0, CRm 2 to 7: the space that Linux emulates for EL0. Of CRm 0 it has only the three that are listed.
const ZEROS_FIRST: u32 = 0xc010;
const ZEROS_COUNT: u32 = 0x30;

/// Whether a register that is not listed reads as zero; all others are undefined.
pub const fn reads_as_zero(encoding: u32) -> bool {
    encoding >= ZEROS_FIRST && encoding - ZEROS_FIRST < ZEROS_COUNT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_those_of_the_words() {
        // mrs x0, nzcv; mrs x0, tpidr_el0; mrs x0, midr_el1
        for (word, name) in [(0xd53b_4200u32, "NZCV"), (0xd53b_d040, "TPIDR_EL0"), (0xd538_0000, "MIDR_EL1")] {
            let encoding = word >> 5 & 0xffff;
            let found = SYSTEM_REGISTERS.iter().find(|register| register.encoding == encoding);
            assert_eq!(found.map(|register| register.name), Some(name));
        }
    }
}

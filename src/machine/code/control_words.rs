//! Which control words stand for which code: the counterpart of `wgsl/machine/code.wgsl`.

use crate::abi::{LOOP_ENTRIES, LOOP_ENTRY_WORDS, LOOP_QUEUE, SAMPLE_WORDS};
use crate::gpu::{Buffer, Gpu};
use crate::isa;
use crate::isa::control;
use crate::machine::Error;
use crate::machine::code::dispatch::Networks;
use crate::machine::memory::address_space::PAGE_SIZE;
use crate::machine::memory::code_runs::CodeRun;
use crate::machine::memory::image::Image;
use crate::machine::pass::{self, Params};
use wgpu::BufferUsages;

/// Image pages whose control words fit into a buffer of this adapter, beside those of so many lanes: a page has 1,024 of
/// them, one that ends its run, and one that says where they are.
pub fn most_pages(gpu: &Gpu, lanes: u32) -> u32 {
    let limits = gpu.limits();
    let words = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size) / 16;
    let pages = words.saturating_sub(2 * u64::from(lanes)) / (PAGE_SIZE / 4 + 2);
    // Their addresses are kept in 32 bits.
    pages.min(u64::from(u32::MAX >> 10)) as u32
}

/// The control words of a bank, and what choosing kernels leaves behind.
pub(in crate::machine) struct Code {
    pub control_words: Buffer,
    pub lookup: Buffer,
    /// Buffer 5.
    pub handled_out: Buffer,
    /// Buffer 9.
    pub kernel_prediction: Buffer,
    /// Buffer 10.
    pub loop_table: Buffer,
    /// A sample of each of its entries, and the entries that the networks are to be asked about.
    pub loop_samples: Buffer,
    pub loop_queue: Buffer,
    pub pages: u32,
    pub lane_code: u32,
    /// Of each run its first index, the index behind it, and its address less four times the index.
    runs: Vec<(u32, u32, u64)>,
}

impl Code {
    /// Makes the buffers for `lanes` lanes. The image's control words are still to be [made](Code::predecode).
    pub fn new(gpu: &Gpu, image: &Image, runs: &[CodeRun], lanes: u32) -> Result<Code, Error> {
        let pages = image.code_pages();
        let map = CodeMap::new(runs, pages);
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let words = u64::from(map.lane_code) + 2 * u64::from(lanes);
        let control_words = gpu.buffer("control_words", (words + u64::from(pages)) * 16, usage)?;
        map.upload_ends(gpu, &control_words, lanes);
        gpu.upload(&control_words, words * 16, bytemuck::cast_slice(&map.pages));
        let table = isa::lookup().words;
        let lookup = gpu.buffer("isa_lookup", table.len() as u64 * 4, usage)?;
        gpu.upload(&lookup, 0, bytemuck::cast_slice(&table));
        Ok(Code {
            control_words,
            lookup,
            handled_out: gpu.buffer("handled_out", u64::from(lanes) * 16, usage)?,
            loop_samples: gpu.buffer("loop_samples", u64::from(LOOP_ENTRIES * SAMPLE_WORDS) * 4, usage)?,
            loop_queue: gpu.buffer("loop_queue", u64::from(1 + LOOP_QUEUE) * 4, usage)?,
            loop_table: gpu.buffer("loop_table", u64::from(LOOP_ENTRIES * LOOP_ENTRY_WORDS) * 4, usage)?,
            kernel_prediction: gpu.buffer("kernel_prediction", (u64::from(lanes) + words) * 4, usage)?,
            pages,
            lane_code: map.lane_code,
            runs: map.runs,
        })
    }

    /// Bytes of the buffers.
    pub fn bytes(&self) -> u64 {
        let buffers = [&self.control_words, &self.lookup, &self.handled_out, &self.kernel_prediction];
        buffers.iter().map(|buffer| buffer.size()).sum()
    }

    /// The address of the instruction that a control word of a run is of.
    pub fn address_of(&self, index: u32) -> Option<u64> {
        let (_, end, delta) = self.runs.get(self.runs.partition_point(|(_, end, _)| *end <= index))?;
        (index < *end).then(|| delta.wrapping_add(u64::from(index) * 4))
    }

    /// Makes the control words of the image's code on the GPU, and the predictions of their kernels. `memory` holds the
    /// image.
    pub fn predecode(
        &self,
        gpu: &Gpu,
        params: &Params,
        memory: &Buffer,
        image: &Image,
        networks: &Networks,
    ) -> Result<(), Error> {
        if self.pages == 0 {
            return Ok(());
        }
        let pipeline = networks.predecode(gpu)?;
        let params = pass::uniform(gpu, params)?;
        let addresses = image.addresses(self.pages);
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let address_buffer = gpu.buffer("code_addresses", addresses.len() as u64 * 8, usage)?;
        gpu.upload(&address_buffer, 0, bytemuck::cast_slice(&addresses));
        let mut buffers = vec![
            ("memory", memory),
            ("params", &params),
            ("control_words", &self.control_words),
            ("isa_lookup", &self.lookup),
            ("code_addresses", &address_buffer),
        ];
        buffers.extend(dispatch_buffers(self, networks));
        let bound = pipeline.bind(gpu, &buffers)?;
        pass::dispatch(gpu, &bound, self.pages * 1024)
    }
}

/// What shaders that choose kernels bind.
pub(in crate::machine) fn dispatch_buffers<'a>(
    code: &'a Code,
    networks: &'a Networks,
) -> [(&'static str, &'a Buffer); 4] {
    [
        ("handled_out", &code.handled_out),
        ("dispatch_weights", &networks.simple),
        ("kernel_prediction", &code.kernel_prediction),
        ("embedding_weights", &networks.embedding),
    ]
}

/// Where the control words of each page stand.
pub(in crate::machine) struct CodeMap {
    /// Of each image page from 1 on, as `wgsl/machine/bindings.wgsl` wants it behind the control words.
    pub pages: Vec<[u32; 4]>,
    /// Index of the lanes' own control words.
    pub lane_code: u32,
    /// Of each run its first index, the index behind it, and its address less four times the index.
    pub runs: Vec<(u32, u32, u64)>,
}

impl CodeMap {
    pub fn new(runs: &[CodeRun], code_pages: u32) -> CodeMap {
        let mut map = CodeMap { pages: vec![[0; 4]; code_pages as usize], lane_code: 0, runs: Vec::new() };
        for run in runs {
            let first = map.lane_code;
            let count = ((run.end - run.start) / PAGE_SIZE) as u32;
            let end = first + count * (PAGE_SIZE / 4) as u32;
            let delta = run.start.wrapping_sub(u64::from(first) * 4);
            for page in run.image..run.image + count {
                map.pages[page as usize - 1] = [delta as u32, (delta >> 32) as u32, first, end];
            }
            map.runs.push((first, end, delta));
            map.lane_code = end + 1;
        }
        map
    }

    /// Writes the words that end runs: one behind each, and the second of each lane's.
    pub fn upload_ends(&self, gpu: &Gpu, control_words: &Buffer, lanes: u32) {
        let leave = control::leave();
        for (_, end, _) in &self.runs {
            gpu.upload(control_words, u64::from(*end) * 16, bytemuck::cast_slice(&leave));
        }
        let own: Vec<[u32; 4]> = (0..2 * lanes).map(|_| leave).collect();
        gpu.upload(control_words, u64::from(self.lane_code) * 16, bytemuck::cast_slice(&own));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::control::VECTOR;
    use crate::machine::memory::address_space::{Layout, Permissions};
    use crate::machine::memory::code_runs::runs;
    use crate::machine::{Dispatch, DispatchMode, Machine, StopReason};

    /// Executes three instructions from 0x1000 on with another control word for the second: where the lane stops, why, and
    /// X0, which was 0.
    fn run_with(machine: &mut Machine, control: [u32; 4]) -> (u64, StopReason, u64) {
        machine.core.gpu.upload(&machine.core.banks[0].code().control_words, 16, bytemuck::cast_slice(&control));
        machine.set_pc(0, 0x1000).unwrap();
        machine.set_register(0, 0, 0).unwrap();
        let report = machine.execute(3).unwrap();
        (report.stops[0].pc, report.stops[0].reason, machine.register(0, 0).unwrap())
    }

    /// What is relative to the program counter, and what is not: two pages of it, so that every field's sign is met.
    fn relative_code() -> Vec<u32> {
        let one = [
            0x1000_0000u32, // ADR X0, .
            0x70ff_ffe1,    // ADR X1, .-1
            0x9000_0022,    // ADRP X2, .+4 pages
            0xb0ff_ffe3,    // ADRP X3, .-3 pages
            0x5800_0084,    // LDR X4, .+16
            0x98ff_ff85,    // LDRSW X5, .-16
            0xd800_0040,    // PRFM PLDL1KEEP, .+8
            0x9400_0001,    // BL .+4
            0xb400_0046,    // CBZ X6, .+8
            0x5400_0020,    // B.EQ .+4
            0x9100_0400,    // ADD X0, X0, #1
        ];
        one.into_iter().cycle().take(2048).collect()
    }

    /// The control words of code at `address`, and X0 to X5 and X30 behind its first eight instructions.
    fn control_words_at(address: u64) -> (Vec<[u32; 4]>, Vec<u64>) {
        let mut machine = Machine::builder().build().unwrap();
        machine.load_program(bytemuck::cast_slice(&relative_code()), address).unwrap();
        machine.set_pc(0, address).unwrap();
        let report = machine.execute(8).unwrap();
        assert_eq!((report.stops[0].pc, report.stops[0].reason), (address + 32, StopReason::CycleLimit));
        let code = machine.core.banks[0].code();
        let words = machine.core.gpu.download(&[(&code.control_words, 0..u64::from(code.lane_code) * 16)]).unwrap();
        let registers = [0, 1, 2, 3, 4, 5, 30].map(|n| machine.register(0, n).unwrap());
        (bytemuck::pod_collect_to_vec(&words[0]), registers.to_vec())
    }

    #[test]
    fn control_words_do_not_depend_on_the_address() {
        let (low, near) = (0x10_0000, control_words_at(0x10_0000));
        // Carries between the halves of an address lie within the second.
        for address in [0xffff_f000, 0x7fff_1234_5000] {
            let far = control_words_at(address);
            assert_eq!(far.0.len(), 2049);
            assert_eq!(near.0, far.0, "at {address:#x}");
            let moved: Vec<u64> = near.1.iter().map(|value| value.wrapping_add(address - low)).collect();
            assert_eq!(far.1[..4], moved[..4], "ADR and ADRP at {address:#x}");
            assert_eq!(far.1[4..6], near.1[4..6], "loads at {address:#x}");
            assert_eq!(far.1[6], moved[6], "the link of BL at {address:#x}");
        }
        let own = [0x10_0000u64, 0x10_0003, 0x10_4000, 0xf_d000];
        assert_eq!(near.1[..4], own, "{:x?}", near.1);
        assert_eq!(near.1[6], 0x10_0020);
    }

    /// A vector instruction is no kernel's of integers, whichever it could be taken for.
    #[test]
    fn no_kernel_executes_vector_instructions() {
        const AND: u32 = control::vector::UNIT_BITWISE;
        const NONE: u32 = 7;
        const ADD: u32 = 0x9100_0400; // ADD X0, X0, #1
        let hybrid = Dispatch { mode: DispatchMode::Hybrid, per_instruction: true };
        let opcode = Dispatch { mode: DispatchMode::Opcode, per_instruction: true };
        for dispatch in [Dispatch::default(), opcode, hybrid] {
            let mut machine = Machine::builder().dispatch(dispatch).build().unwrap();
            machine.load_program(bytemuck::cast_slice(&[ADD; 3]), 0x1000).unwrap();
            machine.set_pc(0, 0x1000).unwrap();
            // Makes the control words.
            machine.execute(1).unwrap();
            for kernel in 0..8 {
                // X0 with X0 and an immediate of 1, as a kernel would read it.
                let of_unit = |unit| control::vector::fields::UNIT.with([kernel | control::SF | VECTOR, 0, 1, 0], unit);
                let (pc, reason, x0) = run_with(&mut machine, of_unit(AND));
                assert_eq!((pc, reason, x0), (0x100c, StopReason::CycleLimit, 2), "{dispatch:?} {kernel}");
                let (pc, reason, x0) = run_with(&mut machine, of_unit(NONE));
                assert_eq!((pc, x0), (0x1004, 1), "{dispatch:?} {kernel} {reason}");
                assert!(matches!(reason, StopReason::Undefined { .. }), "{dispatch:?} {kernel} {reason}");
            }
            let control = control::fields::RM.with([control::ARITHMETIC | control::SF, 0, 1, 0], control::ZR);
            let (pc, reason, x0) = run_with(&mut machine, control);
            assert_eq!((pc, reason, x0), (0x100c, StopReason::CycleLimit, 3), "without VECTOR it adds");
        }
    }

    #[test]
    fn pages_of_a_run_share_its_place() {
        let mut layout = Layout::default();
        layout.map_image(0x1000, 0x3000, Permissions::READ_EXECUTE, 1);
        layout.map_image(0x8000, 0x9000, Permissions::READ_WRITE, 3);
        layout.map_image(0x10_0000_0000, 0x10_0000_1000, Permissions::ALL, 4);
        layout.map(0x20000, 0x30000, Permissions::ALL);
        let runs = runs(&layout, 4);
        assert_eq!(runs.len(), 2);
        let map = CodeMap::new(&runs, 4);
        assert_eq!(map.pages[..3], [[0x1000, 0, 0, 2048], [0x1000, 0, 0, 2048], [0; 4]]);
        assert_eq!(map.pages[3], [0xffff_dffc, 0xf, 2049, 3073]);
        assert_eq!(map.lane_code, 3074);
        assert!(runs.iter().all(|run| run.is_in(&layout)));
        assert!(layout.protect(0x2000, 0x3000, Permissions::READ));
        assert!(!runs[0].is_in(&layout) && runs[1].is_in(&layout));
    }
}

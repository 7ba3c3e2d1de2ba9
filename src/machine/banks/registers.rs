//! Registers of lanes, as the host reads and sets them.

use super::core::Core;
use crate::abi::{REASON_HOST, REASON_RUNNING, REGISTERS};
use crate::machine::Error;
use crate::machine::state::lanes::Registers;
use crate::machine::state::stop::StopReason;

impl Core {
    pub fn register(&mut self, lane: u32, n: u32) -> Result<u64, Error> {
        self.check_register(lane, n)?;
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.register(&self.gpu, own, n)
    }

    pub fn registers(&mut self, lane: u32) -> Result<Registers, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.all_registers(&self.gpu, own)
    }

    pub fn set_register(&mut self, lane: u32, n: u32, value: u64) -> Result<(), Error> {
        self.check_register(lane, n)?;
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.set_register(&self.gpu, own, n, value)
    }

    pub fn set_registers(&mut self, n: u32, first_lane: u32, values: &[u64]) -> Result<(), Error> {
        let (mut lane, mut values) = (first_lane, values);
        self.check_register(first_lane, n)?;
        self.check_lane(
            (u64::from(first_lane) + values.len() as u64).saturating_sub(1).min(u64::from(u32::MAX)) as u32
        )?;
        while !values.is_empty() {
            let (index, own) = self.bank_of(lane);
            let lanes = &mut self.banks[index].lanes;
            let (here, others) = values.split_at(values.len().min((lanes.count - own) as usize));
            lanes.set_registers(&self.gpu, n, own, here)?;
            (lane, values) = (lane + here.len() as u32, others);
        }
        Ok(())
    }

    pub fn pc(&mut self, lane: u32) -> Result<u64, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        Ok(self.banks[index].lanes.counter(&self.gpu, own)?.0)
    }

    pub fn set_pc(&mut self, lane: u32, pc: u64) -> Result<(), Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        let pc = ((pc << 8) as i64 >> 8) as u64;
        let nzcv = self.banks[index].lanes.counter(&self.gpu, own)?.1;
        self.banks[index].lanes.set_counter(&self.gpu, own, pc, nzcv)?;
        self.banks[index].lanes.set_reason(&self.gpu, own, REASON_RUNNING)
    }

    pub fn nzcv(&mut self, lane: u32) -> Result<u8, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        Ok(self.banks[index].lanes.counter(&self.gpu, own)?.1)
    }

    pub fn set_nzcv(&mut self, lane: u32, nzcv: u8) -> Result<(), Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        if nzcv > 15 {
            return Err(Error::Flags { value: nzcv });
        }
        let pc = self.banks[index].lanes.counter(&self.gpu, own)?.0;
        self.banks[index].lanes.set_counter(&self.gpu, own, pc, nzcv)
    }

    pub fn last_instruction(&mut self, lane: u32) -> Result<u32, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.inst(&self.gpu, own)
    }

    pub fn set_stop(&mut self, lane: u32, reason: StopReason) -> Result<(), Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        self.standing.host_reasons.insert(lane, reason);
        self.banks[index].lanes.set_reason(&self.gpu, own, REASON_HOST)
    }

    fn check_register(&self, lane: u32, register: u32) -> Result<(), Error> {
        self.check_lane(lane)?;
        if register < REGISTERS { Ok(()) } else { Err(Error::NoSuchRegister { register }) }
    }
}

//! Registers of lanes, as the host reads and sets them.

use super::core::Core;
use crate::abi::{NZCV, PC, REASON_HOST, REASON_RUNNING, REGISTER_FILE, REGISTERS, RegisterFile};
use crate::machine::Error;
use crate::machine::state::stop::StopReason;

impl Core {
    pub fn register(&mut self, lane: u32, n: u32) -> Result<u64, Error> {
        self.check_register(lane, n)?;
        let (index, own) = self.bank_of(lane);
        Ok(self.banks[index].lanes.get(&self.gpu, own, &REGISTER_FILE[n as usize])? as u64)
    }

    pub fn registers(&mut self, lane: u32) -> Result<RegisterFile, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.all(&self.gpu, own)
    }

    pub fn set_all_registers(&mut self, lane: u32, file: &RegisterFile) -> Result<(), Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        for (register, value) in file.iter() {
            self.banks[index].lanes.set(&self.gpu, own, register, value)?;
        }
        self.set_pc(lane, file.pc())
    }

    pub fn set_register(&mut self, lane: u32, n: u32, value: u64) -> Result<(), Error> {
        self.check_register(lane, n)?;
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.set(&self.gpu, own, &REGISTER_FILE[n as usize], value.into())
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
        Ok(self.banks[index].lanes.get(&self.gpu, own, PC)? as u64)
    }

    pub fn set_pc(&mut self, lane: u32, pc: u64) -> Result<(), Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        let pc = ((pc << 8) as i64 >> 8) as u64;
        self.banks[index].lanes.set(&self.gpu, own, PC, pc.into())?;
        self.banks[index].lanes.set_reason(&self.gpu, own, REASON_RUNNING)
    }

    pub fn nzcv(&mut self, lane: u32) -> Result<u8, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        Ok(self.banks[index].lanes.get(&self.gpu, own, NZCV)? as u8)
    }

    pub fn set_nzcv(&mut self, lane: u32, nzcv: u8) -> Result<(), Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        if nzcv > 15 {
            return Err(Error::Flags { value: nzcv });
        }
        self.banks[index].lanes.set(&self.gpu, own, NZCV, nzcv.into())
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

//! The interpreter, parsed and validated, with what the evaluator has to know of it.

use super::{COMPONENTS, Result, Unsupported};
use std::collections::HashMap;
use wgpu::naga::valid::ModuleInfo;
use wgpu::naga::{AddressSpace, Block, Expression, Function, Handle, Module, Statement, Type, TypeInner};

/// Where a variable's scalars are in [`State::globals`].
#[derive(Clone, Copy, Debug)]
pub struct Slots {
    pub first: usize,
    pub count: usize,
    /// Scalars of an array's element, or of all of it.
    pub element: usize,
}

/// The interpreter, parsed and validated, with what the evaluator has to know of it.
pub struct Program {
    pub(super) module: Module,
    pub(super) info: ModuleInfo,
    pub(super) slots: Vec<Option<Slots>>,
    pub(super) names: HashMap<String, Slots>,
    /// Functions that are called rather than expanded.
    pub(super) called: Vec<bool>,
    pub scalars: usize,
}

impl Program {
    pub fn new(module: Module, info: ModuleInfo) -> Program {
        let mut program =
            Program { slots: Vec::new(), names: HashMap::new(), called: Vec::new(), scalars: 0, module, info };
        for (_, variable) in program.module.global_variables.iter() {
            if variable.space != AddressSpace::Private {
                program.slots.push(None);
                continue;
            }
            let count = scalars(&program.module, variable.ty);
            let element = match &program.module.types[variable.ty].inner {
                TypeInner::Array { base, .. } => scalars(&program.module, *base),
                _ => count,
            };
            let slots = Slots { first: program.scalars, count, element };
            program.scalars += count;
            program.slots.push(Some(slots));
            program.names.insert(variable.name.clone().unwrap_or_default(), slots);
        }
        // A function stands after those that it calls.
        let mut touches = Vec::new();
        for (_, function) in program.module.functions.iter() {
            let of = |handle: Handle<Function>| -> bool { touches[handle.index()] };
            let touch = function.expressions.iter().any(|(_, e)| matches!(e, Expression::GlobalVariable(_)))
                || calls(&function.body).into_iter().any(of);
            touches.push(touch);
            program.called.push(!touch && loops(&function.body));
        }
        program
    }

    /// Where the private variable `name` is kept.
    pub fn slots(&self, name: &str) -> Option<Slots> {
        self.names.get(name).copied()
    }

    /// How a scalar or a component of a private vector is called.
    pub fn name(&self, slot: usize) -> String {
        let of = |slots: &Slots| (slots.first..slots.first + slots.count).contains(&slot);
        let (name, slots) = self.names.iter().find(|(_, slots)| of(slots)).expect("a slot is of a variable");
        let n = slot - slots.first;
        match (slots.element, slots.element == slots.count) {
            (1, true) => name.clone(),
            (1, false) => format!("{name}[{n}]"),
            (_, true) => format!("{name}.{}", COMPONENTS[n]),
            (element, false) => format!("{name}[{}].{}", n / element, COMPONENTS[n % element]),
        }
    }

    pub(super) fn function(&self, name: &str) -> Result<Handle<Function>> {
        let mut functions = self.module.functions.iter();
        let found = functions.find(|(_, function)| function.name.as_deref() == Some(name));
        found.map(|(handle, _)| handle).ok_or(Unsupported("a function that is not there"))
    }
}

fn loops(block: &Block) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Loop { .. } => true,
        Statement::Block(inner) => loops(inner),
        Statement::If { accept, reject, .. } => loops(accept) || loops(reject),
        Statement::Switch { cases, .. } => cases.iter().any(|case| loops(&case.body)),
        _ => false,
    })
}

fn calls(block: &Block) -> Vec<Handle<Function>> {
    block
        .iter()
        .flat_map(|statement| match statement {
            Statement::Call { function, .. } => vec![*function],
            Statement::Block(inner) => calls(inner),
            Statement::If { accept, reject, .. } => [calls(accept), calls(reject)].concat(),
            Statement::Loop { body, continuing, .. } => [calls(body), calls(continuing)].concat(),
            Statement::Switch { cases, .. } => cases.iter().flat_map(|case| calls(&case.body)).collect(),
            _ => vec![],
        })
        .collect()
}

pub(super) fn scalars(module: &Module, ty: Handle<Type>) -> usize {
    scalars_of(module, &module.types[ty].inner)
}

pub(super) fn scalars_of(module: &Module, inner: &TypeInner) -> usize {
    match inner {
        TypeInner::Scalar(_) | TypeInner::Atomic(_) => 1,
        TypeInner::Vector { size, .. } => *size as usize,
        TypeInner::Array { base, size: wgpu::naga::ArraySize::Constant(count), .. } => {
            scalars(module, *base) * count.get() as usize
        }
        TypeInner::Struct { members, .. } => members.iter().map(|member| scalars(module, member.ty)).sum(),
        _ => 0,
    }
}

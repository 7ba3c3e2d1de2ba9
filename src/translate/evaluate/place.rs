//! Places: variables and their parts, loads and stores.

use super::program::{scalars, scalars_of};
use super::{Access, COMPONENTS, Effect, Evaluator, Frame, Place, Result, Root, Step, Unsupported, Value};
use crate::translate::graph::N;
use wgpu::naga::{Expression, GlobalVariable, Handle, LocalVariable, Module, TypeInner};

impl<'a> Evaluator<'a> {
    pub(super) fn variable(&mut self, handle: Handle<GlobalVariable>) -> Result<Value> {
        let module = &self.program.module;
        let variable = &module.global_variables[handle];
        let root = match self.program.slots[handle.index()] {
            Some(slots) => Root::Global(slots.first),
            None => Root::Buffer(Access { global: variable.name.clone().unwrap_or_default(), path: Vec::new() }),
        };
        Ok(Value::Place(Place { root, ty: module.types[variable.ty].inner.clone() }))
    }

    /// Element or member `index` of a value or of what a pointer points to.
    pub(super) fn element(&mut self, frame: &mut Frame<'a>, base: Handle<Expression>, index: N) -> Result<Value> {
        let module = &self.program.module;
        let known = self.graph.as_word(index);
        let place = match self.value(frame, base)? {
            Value::Place(place) => place,
            Value::Data(data) => {
                let ty = self.type_of(frame, base)?;
                let (offset, inner) = part(module, ty, known.ok_or(Unsupported("an element that is not known"))?)?;
                let end = offset + scalars_of(module, &inner);
                return Ok(Value::Data(data.get(offset..end).ok_or(Unsupported("an element outside"))?.to_vec()));
            }
        };
        let root = match (place.root, known) {
            (Root::Global(first), Some(index)) => {
                let (offset, inner) = part(module, &place.ty, index)?;
                return Ok(Value::Place(Place { root: Root::Global(first + offset), ty: inner }));
            }
            (Root::Local(first), Some(index)) => {
                let (offset, inner) = part(module, &place.ty, index)?;
                return Ok(Value::Place(Place { root: Root::Local(first + offset), ty: inner }));
            }
            (Root::Global(first), None) => {
                let whole = self.program.names.iter().find(|(_, slots)| slots.first == first);
                let (name, slots) = whole.ok_or(Unsupported("an index within a private variable"))?;
                if slots.count != scalars_of(module, &place.ty) {
                    return Err(Unsupported("an index within a private variable"));
                }
                Access { global: name.clone(), path: vec![Step::At(index)] }
            }
            (Root::Local(_), None) => return Err(Unsupported("a local array with an index that is not known")),
            (Root::Buffer(mut access), _) => {
                let step = match &place.ty {
                    TypeInner::Struct { members, .. } => {
                        let member = &members[known.ok_or(Unsupported("a member that is not known"))? as usize];
                        Step::Member(member.name.clone().unwrap_or_default())
                    }
                    TypeInner::Vector { .. } => {
                        let n = known.ok_or(Unsupported("a component that is not known"))?;
                        Step::Member(COMPONENTS[n as usize].to_owned())
                    }
                    _ => Step::At(index),
                };
                access.path.push(step);
                access
            }
        };
        let inner = match &place.ty {
            TypeInner::Array { base, .. } => module.types[*base].inner.clone(),
            other => part(module, other, known.unwrap_or(0))?.1,
        };
        Ok(Value::Place(Place { root: Root::Buffer(root), ty: inner }))
    }

    pub(super) fn load(&mut self, place: Place) -> Result<Vec<N>> {
        let count = scalars_of(&self.program.module, &place.ty);
        match place.root {
            Root::Global(first) => Ok((first..first + count).map(|slot| self.global(slot)).collect()),
            Root::Local(first) => Ok(self.state.locals[first..first + count].to_vec()),
            Root::Buffer(from) => {
                if matches!(place.ty, TypeInner::Struct { .. } | TypeInner::Array { .. } | TypeInner::Atomic(_)) {
                    return Err(Unsupported("a load of this type"));
                }
                let results: Vec<N> = (0..count).map(|_| self.graph.leaf(32)).collect();
                self.effects.push(Effect::Load { from, results: results.clone() });
                Ok(results)
            }
        }
    }

    pub(super) fn store(&mut self, place: Place, values: Vec<N>) -> Result<()> {
        match place.root {
            Root::Global(first) => {
                for (n, value) in values.into_iter().enumerate() {
                    // So that a branch that leaves it alone knows what it is.
                    self.global(first + n);
                    self.state.globals[first + n] = value;
                }
            }
            Root::Local(first) => self.state.locals[first..first + values.len()].copy_from_slice(&values),
            Root::Buffer(to) => {
                if self.program.names.contains_key(&to.global) {
                    return Err(Unsupported("a store to a private array with an index that is not known"));
                }
                self.effects.push(Effect::Store { to, values });
            }
        }
        Ok(())
    }
}

pub(super) fn local_place(module: &Module, frame: &Frame, local: Handle<LocalVariable>) -> Place {
    let ty = module.types[frame.function.local_variables[local].ty].inner.clone();
    Place { root: Root::Local(frame.locals[local.index()]), ty }
}

/// Where part `index` of a type begins, in scalars, and its type.
pub(super) fn part(module: &Module, inner: &TypeInner, index: u32) -> Result<(usize, TypeInner)> {
    let index = index as usize;
    match inner {
        TypeInner::Vector { scalar, size } if index < *size as usize => Ok((index, TypeInner::Scalar(*scalar))),
        TypeInner::Array { base, .. } => Ok((index * scalars(module, *base), module.types[*base].inner.clone())),
        TypeInner::Struct { members, .. } if index < members.len() => {
            let offset = members[..index].iter().map(|member| scalars(module, member.ty)).sum();
            Ok((offset, module.types[members[index].ty].inner.clone()))
        }
        TypeInner::Pointer { base, .. } => part(module, &module.types[*base].inner, index as u32),
        _ => Err(Unsupported("a part of this type")),
    }
}

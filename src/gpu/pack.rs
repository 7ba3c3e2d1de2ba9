//! Several buffers behind one binding, for adapters whose shaders bind few: the shader is rewritten after it was parsed,
//! so that its text knows nothing of it.
//!
//! Buffers that stay together name a [`Share`]. An element `b[i]` of one of them becomes `share[place of b + i]`; the
//! places are in a uniform buffer. Where shaders are checked, `i` is first kept within the buffer itself.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use wgpu::naga::valid::{FunctionInfo, ModuleInfo};
use wgpu::naga::{
    AddressSpace, Arena, ArraySize, AtomicFunction, BinaryOperator, Block, Expression, Function, GlobalVariable,
    Handle, Literal, MathFunction, Module, Range, ResourceBinding, Scalar, ScalarKind, Span, Statement, StorageAccess,
    Type, TypeInner, VectorSize,
};

/// Buffers that live together where bindings are scarce, by their names in WGSL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// What the binding is called.
    pub name: &'static str,
    /// Whether shaders write to any of them. All of them are bound so then, as one buffer cannot be bound for reading
    /// and for writing at once.
    pub writable: bool,
    /// The buffers.
    pub members: &'static [&'static str],
}

/// Name of the uniform buffer with the place of each buffer: first element, last index.
pub(super) const PLACES: &str = "places_in_shares";
/// Bytes of a place: first element, last index, two that are not used.
pub(super) const PLACE_BYTES: u32 = 16;

/// A binding for several buffers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Merged {
    /// The share's name, and the variable's.
    pub name: &'static str,
    /// Each buffer with the bytes of an element, in the order of the places.
    pub members: Vec<(String, u32)>,
}

/// Why a shader cannot be packed: a mistake in this crate.
type Complaint = String;

/// A buffer that is reached through a share.
struct Member {
    share: Handle<GlobalVariable>,
    /// Index in the uniform buffer.
    place: u32,
    /// Its elements are floats, the share's are words.
    float: bool,
}

/// Packs the buffers of shares if `main` binds more than `most`, and makes all of a writable share writable.
pub(super) fn pack(
    module: &mut Module,
    info: &ModuleInfo,
    entry: usize,
    shares: &'static [Share],
    (most, checked): (u32, bool),
) -> Result<Vec<Merged>, Complaint> {
    let uses = info.get_entry_point(entry);
    let storage = |variable: &GlobalVariable| matches!(variable.space, AddressSpace::Storage { .. });
    let share_of = |name: &str| shares.iter().find(|share| share.members.contains(&name));
    let used: Vec<_> = module
        .global_variables
        .iter()
        .filter(|(handle, variable)| !uses[*handle].is_empty() && storage(variable))
        .map(|(handle, variable)| (handle, variable.name.clone().unwrap_or_default()))
        .collect();
    for (handle, name) in &used {
        let Some(share) = share_of(name) else { continue };
        let AddressSpace::Storage { access } = &mut module.global_variables.get_mut(*handle).space else { continue };
        if share.writable {
            *access |= StorageAccess::LOAD | StorageAccess::STORE;
        } else if access.contains(StorageAccess::STORE) {
            return Err(format!("{name} is written, and its share {} is not writable", share.name));
        }
    }
    if used.len() <= most as usize {
        return Ok(Vec::new());
    }

    let mut merged: Vec<(Merged, Vec<Handle<GlobalVariable>>)> = Vec::new();
    for share in shares {
        let here: Vec<_> = used.iter().filter(|(_, name)| share.members.contains(&name.as_str())).cloned().collect();
        if here.len() > 1 {
            let (handles, names): (Vec<_>, Vec<_>) = here.into_iter().unzip();
            let members = names.into_iter().map(|name| (name, 0)).collect();
            merged.push((Merged { name: share.name, members }, handles));
        }
    }
    let left = used.len() + merged.len() - merged.iter().map(|(merged, _)| merged.members.len()).sum::<usize>();
    if left > most as usize {
        return Err(format!("{left} storage buffers with shares, of at most {most}"));
    }

    let mut members = BTreeMap::new();
    for (Merged { name, members: names }, handles) in &mut merged {
        let mut elements = None;
        let variable = module.global_variables[handles[0]].clone();
        let first = module.global_variables.append(variable, Span::default());
        for (handle, (member, stride)) in handles.iter().zip(names) {
            let words = words_of(module, *handle).ok_or_else(|| format!("{member} is no array of words or vectors"))?;
            *stride = words.stride;
            if *elements.get_or_insert(words.array) != words.array {
                return Err(format!("{member} has other elements than the rest of {name}"));
            }
            let place = members.len() as u32;
            members.insert(*handle, Member { share: first, place, float: words.float });
        }
        let share = module.global_variables.get_mut(first);
        share.name = Some((*name).to_owned());
        share.ty = elements.ok_or("a share of none")?;
    }
    let places = places(module, members.len() as u32);
    let packing = Packing { members, places, checked };

    let functions: Vec<_> = module.functions.iter().map(|(handle, _)| handle).collect();
    for handle in functions {
        let function = std::mem::take(module.functions.get_mut(handle));
        *module.functions.get_mut(handle) = packing.function(module, &info[handle], function)?;
    }
    let function = std::mem::take(&mut module.entry_points[entry].function);
    module.entry_points[entry].function = packing.function(module, uses, function)?;
    Ok(merged.into_iter().map(|(merged, _)| merged).collect())
}

/// The elements of an array whose length is the buffer's.
struct Words {
    /// The array's type with unsigned elements.
    array: Handle<Type>,
    stride: u32,
    float: bool,
}

fn words_of(module: &mut Module, variable: Handle<GlobalVariable>) -> Option<Words> {
    let TypeInner::Array { base, size: ArraySize::Dynamic, stride } =
        module.types[module.global_variables[variable].ty].inner
    else {
        return None;
    };
    let unsigned = |inner| Type { name: None, inner };
    let (element, float) = match module.types[base].inner {
        TypeInner::Scalar(Scalar::U32) | TypeInner::Atomic(Scalar::U32) => (None, false),
        TypeInner::Vector { scalar: Scalar::U32, .. } => (None, false),
        TypeInner::Scalar(Scalar::F32) => (Some(unsigned(TypeInner::Scalar(Scalar::U32))), true),
        TypeInner::Vector { size, scalar: Scalar::F32 } => {
            (Some(unsigned(TypeInner::Vector { size, scalar: Scalar::U32 })), true)
        }
        _ => return None,
    };
    let base = element.map_or(base, |ty| module.types.insert(ty, Span::default()));
    let array = unsigned(TypeInner::Array { base, size: ArraySize::Dynamic, stride });
    Some(Words { array: module.types.insert(array, Span::default()), stride, float })
}

/// The uniform buffer of places, where nothing else is bound.
fn places(module: &mut Module, count: u32) -> Handle<GlobalVariable> {
    let bound: Vec<ResourceBinding> =
        module.global_variables.iter().filter_map(|(_, variable)| variable.binding).collect();
    let group = bound.iter().map(|at| at.group).max().unwrap_or(0);
    let binding = bound.iter().filter(|at| at.group == group).map(|at| at.binding + 1).max().unwrap_or(0);
    let mut insert = |inner| module.types.insert(Type { name: None, inner }, Span::default());
    let base = insert(TypeInner::Vector { size: VectorSize::Quad, scalar: Scalar::U32 });
    let size = ArraySize::Constant(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
    let ty = insert(TypeInner::Array { base, size, stride: PLACE_BYTES });
    let variable = GlobalVariable {
        name: Some(PLACES.to_owned()),
        space: AddressSpace::Uniform,
        binding: Some(ResourceBinding { group, binding }),
        ty,
        init: None,
        memory_decorations: Default::default(),
    };
    module.global_variables.append(variable, Span::default())
}

struct Packing {
    members: BTreeMap<Handle<GlobalVariable>, Member>,
    places: Handle<GlobalVariable>,
    checked: bool,
}

/// A function on its way from the old expressions to the new ones.
struct Rewrite<'a> {
    packing: &'a Packing,
    old: Arena<Expression>,
    new: Arena<Expression>,
    /// For each old expression the first and the last that stand for it; the last has its value.
    map: Vec<(Handle<Expression>, Handle<Expression>)>,
    /// For each place its first element and its last index.
    places: BTreeMap<u32, [Handle<Expression>; 2]>,
    literals: BTreeMap<u32, Handle<Expression>>,
    shares: BTreeMap<Handle<GlobalVariable>, Handle<Expression>>,
    /// Old pointers to floats that are kept as words.
    floats: BTreeSet<Handle<Expression>>,
}

impl Packing {
    fn function(&self, module: &Module, info: &FunctionInfo, mut function: Function) -> Result<Function, Complaint> {
        let member_at = |expression: &Expression| match expression {
            Expression::GlobalVariable(variable) => self.members.get(variable),
            _ => None,
        };
        let old = std::mem::take(&mut function.expressions);
        let members: Vec<&Member> = old.iter().filter_map(|(_, expression)| member_at(expression)).collect();
        if members.is_empty() {
            function.expressions = old;
            return Ok(function);
        }
        let mut new = Arena::new();
        let mut append = |expression| new.append(expression, Span::default());
        let places_at = append(Expression::GlobalVariable(self.places));
        let shares: BTreeSet<_> = members.iter().map(|member| member.share).collect();
        let shares = shares.into_iter().map(|share| (share, append(Expression::GlobalVariable(share)))).collect();
        let mut constants = BTreeSet::new();
        for (_, expression) in old.iter() {
            if let Expression::AccessIndex { base, index } = expression
                && member_at(&old[*base]).is_some()
            {
                constants.insert(*index);
            }
        }
        let literal = |value| Expression::Literal(Literal::U32(value));
        let literals = constants.into_iter().map(|value| (value, append(literal(value)))).collect();
        let mut places = BTreeMap::new();
        let mut first = None;
        for place in members.iter().map(|member| member.place).collect::<BTreeSet<_>>() {
            let vector = append(Expression::AccessIndex { base: places_at, index: place });
            first.get_or_insert(vector);
            let words = [0, 1].map(|index| {
                let pointer = append(Expression::AccessIndex { base: vector, index });
                append(Expression::Load { pointer })
            });
            places.insert(place, words);
        }
        let last = places.last_entry().map(|last| last.get()[1]);
        let loads = first.zip(last).map(|(first, last)| Range::new_from_bounds(first, last));

        let floats = BTreeSet::new();
        let mut rewrite = Rewrite { packing: self, old, new, map: Vec::new(), places, literals, shares, floats };
        let handles: Vec<_> = rewrite.old.iter().map(|(handle, _)| handle).collect();
        for handle in handles {
            let is_signed = |index: Handle<Expression>| {
                info[index].ty.inner_with(&module.types).scalar_kind() == Some(ScalarKind::Sint)
            };
            rewrite.expression(handle, is_signed)?;
        }
        for (_, local) in function.local_variables.iter_mut() {
            rewrite.rename_option(&mut local.init);
        }
        let named = std::mem::take(&mut function.named_expressions);
        function.named_expressions = named.into_iter().map(|(named, name)| (rewrite.at(named), name)).collect();
        let mut body = Block::new();
        body.extend(loads.map(Statement::Emit).map(|emit| (emit, Span::default())));
        rewrite.block(&mut function.body)?;
        body.append(&mut function.body);
        (function.expressions, function.body) = (rewrite.new, body);
        Ok(function)
    }
}

impl Rewrite<'_> {
    fn at(&self, old: Handle<Expression>) -> Handle<Expression> {
        self.map[old.index()].1
    }

    fn rename(&self, expression: &mut Handle<Expression>) {
        *expression = self.at(*expression);
    }

    fn rename_option(&self, expression: &mut Option<Handle<Expression>>) {
        *expression = expression.map(|expression| self.at(expression));
    }

    fn member(&self, old: Handle<Expression>) -> Option<&Member> {
        match &self.old[old] {
            Expression::GlobalVariable(variable) => self.packing.members.get(variable),
            _ => None,
        }
    }

    /// Appends what stands for an old expression; those that it is made of have been appended before.
    fn expression(
        &mut self,
        handle: Handle<Expression>,
        is_signed: impl Fn(Handle<Expression>) -> bool,
    ) -> Result<(), Complaint> {
        let span = self.old.get_span(handle);
        let mut first = None;
        let mut append = |new: &mut Arena<Expression>, expression| {
            let appended = new.append(expression, span);
            first.get_or_insert(appended);
            appended
        };
        let mut expression = self.old[handle].clone();
        let last = match expression {
            Expression::GlobalVariable(variable) if self.packing.members.contains_key(&variable) => {
                self.shares[&self.packing.members[&variable].share]
            }
            Expression::Access { base, .. } | Expression::AccessIndex { base, .. } if self.member(base).is_some() => {
                let &Member { share, place, float } = self.member(base).ok_or("an access to no buffer")?;
                let [start, end] = self.places[&place];
                let mut index = match expression {
                    Expression::Access { index, .. } if is_signed(index) => {
                        let expr = self.at(index);
                        append(&mut self.new, Expression::As { expr, kind: ScalarKind::Uint, convert: None })
                    }
                    Expression::Access { index, .. } => self.at(index),
                    Expression::AccessIndex { index, .. } => self.literals[&index],
                    _ => return Err("an access without an index".to_owned()),
                };
                if self.packing.checked {
                    let (fun, arg2, arg3) = (MathFunction::Min, None, None);
                    let least = Expression::Math { fun, arg: index, arg1: Some(end), arg2, arg3 };
                    index = append(&mut self.new, least);
                }
                let op = BinaryOperator::Add;
                let index = append(&mut self.new, Expression::Binary { op, left: start, right: index });
                if float {
                    self.floats.insert(handle);
                }
                append(&mut self.new, Expression::Access { base: self.shares[&share], index })
            }
            Expression::Load { pointer } if self.floats.contains(&pointer) => {
                let pointer = self.at(pointer);
                let expr = append(&mut self.new, Expression::Load { pointer });
                append(&mut self.new, Expression::As { expr, kind: ScalarKind::Float, convert: None })
            }
            _ => {
                if let Expression::Access { base, .. } | Expression::AccessIndex { base, .. } = expression
                    && self.floats.contains(&base)
                {
                    self.floats.insert(handle);
                }
                self.rename_all(&mut expression)?;
                append(&mut self.new, expression)
            }
        };
        self.map.push((first.unwrap_or(last), last));
        Ok(())
    }

    fn rename_all(&self, expression: &mut Expression) -> Result<(), Complaint> {
        match expression {
            Expression::Literal(_)
            | Expression::Constant(_)
            | Expression::Override(_)
            | Expression::ZeroValue(_)
            | Expression::FunctionArgument(_)
            | Expression::GlobalVariable(_)
            | Expression::LocalVariable(_)
            | Expression::CallResult(_)
            | Expression::AtomicResult { .. }
            | Expression::WorkGroupUniformLoadResult { .. } => {}
            Expression::Compose { components, .. } => components.iter_mut().for_each(|part| self.rename(part)),
            Expression::Access { base, index } => {
                self.rename(base);
                self.rename(index);
            }
            Expression::AccessIndex { base: inner, .. }
            | Expression::Splat { value: inner, .. }
            | Expression::Swizzle { vector: inner, .. }
            | Expression::Load { pointer: inner }
            | Expression::Unary { expr: inner, .. }
            | Expression::Relational { argument: inner, .. }
            | Expression::As { expr: inner, .. } => self.rename(inner),
            Expression::ArrayLength(array) => {
                if self.member(*array).is_some() {
                    return Err("the length of a buffer in a share is not known to the shader".to_owned());
                }
                self.rename(array);
            }
            Expression::Binary { left, right, .. } => {
                self.rename(left);
                self.rename(right);
            }
            Expression::Select { condition, accept, reject } => {
                [condition, accept, reject].into_iter().for_each(|part| self.rename(part));
            }
            Expression::Math { arg, arg1, arg2, arg3, .. } => {
                self.rename(arg);
                [arg1, arg2, arg3].into_iter().for_each(|arg| self.rename_option(arg));
            }
            other => return Err(format!("an expression that shares do not know: {other:?}")),
        }
        Ok(())
    }

    fn block(&self, block: &mut Block) -> Result<(), Complaint> {
        for statement in block.iter_mut() {
            self.statement(statement)?;
        }
        Ok(())
    }

    fn statement(&self, statement: &mut Statement) -> Result<(), Complaint> {
        match statement {
            Statement::Emit(range) => {
                if let Some((first, last)) = range.first_and_last() {
                    *range = Range::new_from_bounds(self.map[first.index()].0, self.at(last));
                }
            }
            Statement::Block(block) => self.block(block)?,
            Statement::If { condition, accept, reject } => {
                self.rename(condition);
                self.block(accept)?;
                self.block(reject)?;
            }
            Statement::Switch { selector, cases } => {
                self.rename(selector);
                cases.iter_mut().try_for_each(|case| self.block(&mut case.body))?;
            }
            Statement::Loop { body, continuing, break_if } => {
                self.block(body)?;
                self.block(continuing)?;
                self.rename_option(break_if);
            }
            Statement::Return { value } => self.rename_option(value),
            Statement::Break | Statement::Continue | Statement::ControlBarrier(_) | Statement::MemoryBarrier(_) => {}
            Statement::Store { pointer, value } => {
                if self.floats.contains(pointer) {
                    return Err("floats in a share are only read".to_owned());
                }
                self.rename(pointer);
                self.rename(value);
            }
            Statement::Atomic { pointer, fun, value, result } => {
                self.rename(pointer);
                self.rename(value);
                self.rename_option(result);
                if let AtomicFunction::Exchange { compare: Some(compare) } = fun {
                    self.rename(compare);
                }
            }
            Statement::WorkGroupUniformLoad { pointer, result } => {
                self.rename(pointer);
                self.rename(result);
            }
            Statement::Call { arguments, result, .. } => {
                if arguments.iter().any(|argument| self.member(*argument).is_some()) {
                    return Err("a buffer in a share is an argument".to_owned());
                }
                arguments.iter_mut().for_each(|argument| self.rename(argument));
                self.rename_option(result);
            }
            other => return Err(format!("a statement that shares do not know: {other:?}")),
        }
        Ok(())
    }
}

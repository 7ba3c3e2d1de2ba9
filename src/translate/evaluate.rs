//! A partial evaluator of naga's IR: it runs the interpreter's own functions on what is known, and keeps the rest.
//!
//! What is known (the control word, where it stands) folds in the [`Graph`]; branches on it are taken or dropped, calls
//! are expanded. What is left over is a graph of values and a list of [`Effect`]s in order. Whatever the evaluator does
//! not know how to do is [`Unsupported`], and the interpreter then does that instruction.

use super::graph::{Bin, Graph, N, Un};
use std::collections::HashMap;
use wgpu::naga::valid::ModuleInfo;
use wgpu::naga::{
    AddressSpace, BinaryOperator, Block, Constant, Expression, Function, GlobalVariable, Handle, Literal,
    LocalVariable, MathFunction, Module, RelationalFunction, ScalarKind, Statement, SwitchValue, SwizzleComponent,
    Type, TypeInner, UnaryOperator,
};

/// Rounds of a loop that are laid out one after the other.
const MOST_ROUNDS: usize = 64;

/// The evaluator cannot do this: what it is, for the log.
#[derive(Clone, Copy, Debug)]
pub struct Unsupported(pub &'static str);

type Result<T> = std::result::Result<T, Unsupported>;

/// A part of a global variable: its name, and the way into it.
#[derive(Clone, Debug)]
pub struct Access {
    pub global: String,
    pub path: Vec<Step>,
}

#[derive(Clone, Debug)]
pub enum Step {
    Member(String),
    At(N),
}

/// What has to be done in order.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The leaves `results` are the scalars of what is there.
    Load {
        from: Access,
        results: Vec<N>,
    },
    Store {
        to: Access,
        values: Vec<N>,
    },
    /// If the condition holds, the interpreter does this instruction, of which nothing has been done.
    Hold {
        condition: N,
    },
    /// A branch that could not be decided; the leaves of `joins` become one or the other value.
    If {
        condition: N,
        accept: Vec<Effect>,
        reject: Vec<Effect>,
        joins: Vec<(N, N, N)>,
    },
    /// A function that is called as it is; it reads and writes nothing but its arguments. Arguments are scalars by the
    /// type that they make up.
    Call {
        function: String,
        arguments: Vec<(String, Vec<N>)>,
        results: Vec<N>,
    },
}

/// Values of private variables, scalar by scalar, and of the local variables of the functions at work.
#[derive(Clone)]
pub struct State {
    pub globals: Vec<N>,
    locals: Vec<N>,
}

/// A scalar of a private variable that nothing has asked for.
const UNKNOWN: N = N::MAX;

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
    module: Module,
    info: ModuleInfo,
    slots: Vec<Option<Slots>>,
    names: HashMap<String, Slots>,
    /// Functions that are called rather than expanded.
    called: Vec<bool>,
    scalars: usize,
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

    fn function(&self, name: &str) -> Result<Handle<Function>> {
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

fn scalars(module: &Module, ty: Handle<Type>) -> usize {
    scalars_of(module, &module.types[ty].inner)
}

fn scalars_of(module: &Module, inner: &TypeInner) -> usize {
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

#[derive(Clone)]
enum Value {
    Data(Vec<N>),
    Place(Place),
}

#[derive(Clone)]
struct Place {
    root: Root,
    ty: TypeInner,
}

#[derive(Clone)]
enum Root {
    Global(usize),
    Local(usize),
    /// A buffer, or a private array with an index that is not known.
    Buffer(Access),
}

struct Frame<'a> {
    handle: Option<Handle<Function>>,
    function: &'a Function,
    arguments: Vec<Vec<N>>,
    values: Vec<Option<Value>>,
    locals: Vec<usize>,
}

enum Flow {
    Next,
    Break,
    Continue,
    Return(Vec<N>),
}

/// Whether, in a state, the instruction at work leaves everything to the interpreter.
type Held<'a> = dyn Fn(&Graph, &State) -> bool + 'a;

/// One evaluation after the other on a common graph and state.
pub struct Evaluator<'a> {
    program: &'a Program,
    pub graph: Graph,
    pub state: State,
    pub effects: Vec<Effect>,
    /// The leaf that stands for a private variable's value at the start.
    pub inputs: HashMap<usize, N>,
    /// Bits of inputs that are known to be narrow.
    widths: HashMap<usize, u32>,
    held: Box<Held<'a>>,
}

impl<'a> Evaluator<'a> {
    /// `held` says whether, in a state, the instruction at work leaves everything to the interpreter.
    pub fn new(program: &'a Program, held: impl Fn(&Graph, &State) -> bool + 'a) -> Evaluator<'a> {
        Evaluator {
            program,
            graph: Graph::default(),
            state: State { globals: vec![UNKNOWN; program.scalars], locals: Vec::new() },
            effects: Vec::new(),
            inputs: HashMap::new(),
            widths: HashMap::new(),
            held: Box::new(held),
        }
    }

    /// Says that a private scalar has no bits from `width` on.
    pub fn narrow(&mut self, slot: usize, width: u32) {
        self.widths.insert(slot, width);
    }

    /// A private scalar's value.
    pub fn global(&mut self, slot: usize) -> N {
        if self.state.globals[slot] == UNKNOWN {
            let width = self.widths.get(&slot).copied().unwrap_or(32);
            let graph = &mut self.graph;
            self.state.globals[slot] = *self.inputs.entry(slot).or_insert_with(|| graph.leaf(width));
        }
        self.state.globals[slot]
    }

    /// Calls a function that returns nothing.
    pub fn call(&mut self, name: &str, arguments: Vec<Vec<N>>) -> Result<()> {
        let handle = self.program.function(name)?;
        self.expand(handle, arguments)?;
        Ok(())
    }

    fn expand(&mut self, handle: Handle<Function>, arguments: Vec<Vec<N>>) -> Result<Vec<N>> {
        let program = self.program;
        let function = &program.module.functions[handle];
        let depth = self.state.locals.len();
        let mut frame = Frame {
            handle: Some(handle),
            function,
            arguments,
            values: vec![None; function.expressions.len()],
            locals: Vec::new(),
        };
        for (_, local) in function.local_variables.iter() {
            frame.locals.push(self.state.locals.len());
            let count = scalars(&program.module, local.ty);
            let start = match local.init {
                Some(init) => self.data(&mut frame, init)?,
                None => vec![self.zero(&program.module.types[local.ty].inner); count],
            };
            self.state.locals.extend(start);
        }
        let flow = self.block(&mut frame, &function.body)?;
        self.state.locals.truncate(depth);
        match flow {
            Flow::Return(values) => Ok(values),
            Flow::Next => Ok(Vec::new()),
            _ => Err(Unsupported("a break out of a function")),
        }
    }

    fn zero(&mut self, inner: &TypeInner) -> N {
        match inner.scalar_kind() {
            Some(ScalarKind::Bool) => self.graph.truth(false),
            _ => self.graph.word(0),
        }
    }

    fn block(&mut self, frame: &mut Frame<'a>, block: &'a [Statement]) -> Result<Flow> {
        for (n, statement) in block.iter().enumerate() {
            let flow = match statement {
                Statement::Emit(range) => {
                    for expression in range.clone() {
                        let value = self.expression(frame, expression)?;
                        frame.values[expression.index()] = Some(value);
                    }
                    Flow::Next
                }
                Statement::Block(inner) => self.block(frame, inner)?,
                Statement::If { condition, accept, reject } => {
                    let condition = self.scalar(frame, *condition)?;
                    match self.graph.as_truth(condition) {
                        Some(true) => self.block(frame, accept)?,
                        Some(false) => self.block(frame, reject)?,
                        None => match self.branch(frame, condition, accept, reject, &block[n + 1..])? {
                            Some(flow) => return Ok(flow),
                            None => Flow::Next,
                        },
                    }
                }
                Statement::Switch { selector, cases } => {
                    let selector = self.scalar(frame, *selector)?;
                    let selector = self.graph.as_word(selector).ok_or(Unsupported("a switch on what is not known"))?;
                    let is = |value: &SwitchValue| match value {
                        SwitchValue::U32(value) => *value == selector,
                        SwitchValue::I32(value) => *value as u32 == selector,
                        SwitchValue::Default => false,
                    };
                    let chosen = cases.iter().position(|case| is(&case.value));
                    let first = chosen.or_else(|| cases.iter().position(|case| case.value == SwitchValue::Default));
                    let mut flow = Flow::Next;
                    for case in cases.iter().skip(first.unwrap_or(cases.len())) {
                        flow = self.block(frame, &case.body)?;
                        if !case.fall_through || !matches!(flow, Flow::Next) {
                            break;
                        }
                    }
                    if let Flow::Break = flow { Flow::Next } else { flow }
                }
                Statement::Loop { body, continuing, break_if } => self.rounds(frame, body, continuing, *break_if)?,
                Statement::Break => Flow::Break,
                Statement::Continue => Flow::Continue,
                Statement::Return { value: None } => Flow::Return(Vec::new()),
                Statement::Return { value: Some(value) } => Flow::Return(self.data(frame, *value)?),
                Statement::Store { pointer, value } => {
                    let place = self.place(frame, *pointer)?;
                    let values = self.data(frame, *value)?;
                    self.store(place, values)?;
                    Flow::Next
                }
                Statement::Call { function, arguments, result } => {
                    let arguments: Vec<_> =
                        arguments.iter().map(|argument| self.data(frame, *argument)).collect::<Result<_>>()?;
                    let values = if self.program.called[function.index()] {
                        self.leave_call(*function, arguments)?
                    } else {
                        self.expand(*function, arguments)?
                    };
                    if let Some(result) = result {
                        frame.values[result.index()] = Some(Value::Data(values));
                    }
                    Flow::Next
                }
                _ => return Err(Unsupported("a statement of this kind")),
            };
            if !matches!(flow, Flow::Next) {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn rounds(
        &mut self,
        frame: &mut Frame<'a>,
        body: &'a Block,
        continuing: &'a Block,
        break_if: Option<Handle<Expression>>,
    ) -> Result<Flow> {
        for _ in 0..MOST_ROUNDS {
            match self.block(frame, body)? {
                Flow::Break => return Ok(Flow::Next),
                Flow::Return(values) => return Ok(Flow::Return(values)),
                Flow::Next | Flow::Continue => {}
            }
            self.block(frame, continuing)?;
            if let Some(condition) = break_if {
                let condition = self.scalar(frame, condition)?;
                if self.graph.as_truth(condition).ok_or(Unsupported("a loop whose end is not known"))? {
                    return Ok(Flow::Next);
                }
            }
        }
        Err(Unsupported("a long loop"))
    }

    /// A branch that cannot be decided, and, if one side returns, the rest of the block. `None` if both sides go on.
    fn branch(
        &mut self,
        frame: &mut Frame<'a>,
        condition: N,
        accept: &'a [Statement],
        reject: &'a [Statement],
        rest: &'a [Statement],
    ) -> Result<Option<Flow>> {
        let before = self.state.clone();
        let effects = std::mem::take(&mut self.effects);
        let mut accept_flow = self.block(frame, accept)?;
        let mut accept_state = std::mem::replace(&mut self.state, before);
        let mut accept_effects = std::mem::take(&mut self.effects);
        if (self.held)(&self.graph, &accept_state) {
            self.effects = effects;
            self.effects.push(Effect::Hold { condition });
            return Ok(match self.block(frame, reject)? {
                Flow::Next => None,
                flow => Some(flow),
            });
        }
        let mut reject_flow = self.block(frame, reject)?;
        if (self.held)(&self.graph, &self.state) {
            let condition = self.graph.no(condition);
            self.state = accept_state;
            self.effects = effects;
            self.effects.push(Effect::Hold { condition });
            self.effects.append(&mut accept_effects);
            return Ok(match accept_flow {
                Flow::Next => None,
                flow => Some(flow),
            });
        }
        if let (Flow::Return(_), Flow::Next) = (&accept_flow, &reject_flow) {
            reject_flow = self.block(frame, rest)?;
        } else if let (Flow::Next, Flow::Return(_)) = (&accept_flow, &reject_flow) {
            std::mem::swap(&mut self.state, &mut accept_state);
            std::mem::swap(&mut self.effects, &mut accept_effects);
            accept_flow = self.block(frame, rest)?;
            std::mem::swap(&mut self.state, &mut accept_state);
            std::mem::swap(&mut self.effects, &mut accept_effects);
        }
        let reject_effects = std::mem::replace(&mut self.effects, effects);
        let quiet = accept_effects.is_empty() && reject_effects.is_empty();
        let mut joins = Vec::new();
        let mut joined = HashMap::new();
        let mut join = |graph: &mut Graph, a: N, b: N| {
            if a == b {
                return a;
            }
            if quiet {
                return graph.select(condition, a, b);
            }
            *joined.entry((a, b)).or_insert_with(|| {
                let leaf = if graph.is_truth(a) { graph.truth_leaf() } else { graph.leaf(32) };
                joins.push((leaf, a, b));
                leaf
            })
        };
        for slot in 0..self.state.globals.len() {
            let (a, b) = (accept_state.globals[slot], self.state.globals[slot]);
            if a == b {
                continue;
            }
            // A side that never asked for it has what came in.
            let a = if a == UNKNOWN { self.inputs[&slot] } else { a };
            let b = if b == UNKNOWN { self.inputs[&slot] } else { b };
            self.state.globals[slot] = join(&mut self.graph, a, b);
        }
        for (mine, a) in self.state.locals.iter_mut().zip(&accept_state.locals) {
            *mine = join(&mut self.graph, *a, *mine);
        }
        let flow = match (accept_flow, reject_flow) {
            (Flow::Next, Flow::Next) => None,
            (Flow::Return(a), Flow::Return(b)) if a.len() == b.len() => {
                let values = a.into_iter().zip(b).map(|(a, b)| join(&mut self.graph, a, b)).collect();
                Some(Flow::Return(values))
            }
            _ => return Err(Unsupported("sides of a branch that end differently")),
        };
        if !quiet {
            self.effects.push(Effect::If { condition, accept: accept_effects, reject: reject_effects, joins });
        }
        Ok(flow)
    }

    /// Calls a function as it is.
    fn leave_call(&mut self, handle: Handle<Function>, arguments: Vec<Vec<N>>) -> Result<Vec<N>> {
        let program = self.program;
        let function = &program.module.functions[handle];
        let types = function.arguments.iter().map(|argument| type_name(&program.module.types[argument.ty].inner));
        let types: Vec<String> = types.collect::<Option<_>>().ok_or(Unsupported("an argument of this type"))?;
        let result = function.result.as_ref().ok_or(Unsupported("a call without a result"))?;
        let count = scalars(&program.module, result.ty);
        let results: Vec<N> = (0..count).map(|_| self.graph.leaf(32)).collect();
        self.effects.push(Effect::Call {
            function: function.name.clone().unwrap_or_default(),
            arguments: types.into_iter().zip(arguments).collect(),
            results: results.clone(),
        });
        Ok(results)
    }

    fn data(&mut self, frame: &mut Frame<'a>, expression: Handle<Expression>) -> Result<Vec<N>> {
        match self.value(frame, expression)? {
            Value::Data(data) => Ok(data),
            Value::Place(_) => Err(Unsupported("a pointer as a value")),
        }
    }

    fn scalar(&mut self, frame: &mut Frame<'a>, expression: Handle<Expression>) -> Result<N> {
        let data = self.data(frame, expression)?;
        if let [n] = data[..] { Ok(n) } else { Err(Unsupported("a vector for a scalar")) }
    }

    fn place(&mut self, frame: &mut Frame<'a>, expression: Handle<Expression>) -> Result<Place> {
        match self.value(frame, expression)? {
            Value::Place(place) => Ok(place),
            Value::Data(_) => Err(Unsupported("a value as a pointer")),
        }
    }

    fn value(&mut self, frame: &mut Frame<'a>, expression: Handle<Expression>) -> Result<Value> {
        match &frame.values[expression.index()] {
            Some(value) => Ok(value.clone()),
            None => self.expression(frame, expression),
        }
    }

    fn type_of(&self, frame: &Frame<'a>, expression: Handle<Expression>) -> Result<&'a TypeInner> {
        let program = self.program;
        let handle = frame.handle.ok_or(Unsupported("an operation in a constant"))?;
        Ok(program.info[handle][expression].ty.inner_with(&program.module.types))
    }

    fn expression(&mut self, frame: &mut Frame<'a>, expression: Handle<Expression>) -> Result<Value> {
        let program = self.program;
        let module = &program.module;
        let function = frame.function;
        let data = match &function.expressions[expression] {
            Expression::Literal(literal) => vec![self.literal(literal)?],
            Expression::Constant(constant) => self.constant(*constant)?,
            Expression::ZeroValue(ty) => {
                let zero = self.zero(&module.types[*ty].inner);
                vec![zero; scalars(module, *ty)]
            }
            Expression::Compose { components, .. } => {
                let mut data = Vec::new();
                for component in components {
                    data.extend(self.data(frame, *component)?);
                }
                data
            }
            Expression::Splat { size, value } => vec![self.scalar(frame, *value)?; *size as usize],
            Expression::Swizzle { size, vector, pattern } => {
                let vector = self.data(frame, *vector)?;
                pattern[..*size as usize]
                    .iter()
                    .map(|component: &SwizzleComponent| vector[*component as usize])
                    .collect()
            }
            Expression::FunctionArgument(n) => frame.arguments[*n as usize].clone(),
            Expression::GlobalVariable(global) => return self.variable(*global),
            Expression::LocalVariable(local) => {
                return Ok(Value::Place(local_place(module, frame, *local)));
            }
            Expression::Access { base, index } => {
                let index = self.scalar(frame, *index)?;
                return self.element(frame, *base, index);
            }
            Expression::AccessIndex { base, index } => {
                let index = self.graph.word(*index);
                return self.element(frame, *base, index);
            }
            Expression::Load { pointer } => {
                let place = self.place(frame, *pointer)?;
                self.load(place)?
            }
            Expression::Unary { op, expr } => {
                let data = self.data(frame, *expr)?;
                data.into_iter().map(|n| self.unary(*op, n)).collect()
            }
            Expression::Binary { op, left, right } => {
                let signed = self.type_of(frame, *left)?.scalar_kind() == Some(ScalarKind::Sint);
                let (mut left, mut right) = (self.data(frame, *left)?, self.data(frame, *right)?);
                let count = left.len().max(right.len());
                for side in [&mut left, &mut right] {
                    if side.len() == 1 {
                        side.resize(count, side[0]);
                    }
                }
                let mut data = Vec::new();
                for (left, right) in left.into_iter().zip(right) {
                    data.push(self.binary(*op, signed, left, right)?);
                }
                data
            }
            Expression::Select { condition, accept, reject } => {
                let mut condition = self.data(frame, *condition)?;
                let (accept, reject) = (self.data(frame, *accept)?, self.data(frame, *reject)?);
                if condition.len() == 1 {
                    condition.resize(accept.len(), condition[0]);
                }
                let sides = accept.into_iter().zip(reject);
                condition.into_iter().zip(sides).map(|(c, (a, b))| self.graph.select(c, a, b)).collect()
            }
            Expression::Relational { fun, argument } => {
                let data = self.data(frame, *argument)?;
                let mut all = data.into_iter();
                let first = all.next().ok_or(Unsupported("an empty vector"))?;
                let joined = match fun {
                    RelationalFunction::All => all.fold(first, |a, b| self.graph.both(a, b)),
                    RelationalFunction::Any => all.fold(first, |a, b| self.graph.either(a, b)),
                    _ => return Err(Unsupported("floating point")),
                };
                vec![joined]
            }
            Expression::Math { fun, arg, arg1, arg2, arg3 } => {
                let signed = self.type_of(frame, *arg)?.scalar_kind() == Some(ScalarKind::Sint);
                let first = self.data(frame, *arg)?;
                let mut others = Vec::new();
                for other in [arg1, arg2, arg3].into_iter().flatten() {
                    let mut data = self.data(frame, *other)?;
                    if data.len() == 1 {
                        data.resize(first.len(), data[0]);
                    }
                    others.push(data);
                }
                let mut data = Vec::new();
                for (n, value) in first.into_iter().enumerate() {
                    let others: Vec<N> = others.iter().map(|other| other[n]).collect();
                    data.push(self.math(*fun, signed, value, &others)?);
                }
                data
            }
            Expression::As { expr, kind, .. } => {
                let data = self.data(frame, *expr)?;
                let mut cast = Vec::new();
                for n in data {
                    cast.push(match (kind, self.graph.is_truth(n)) {
                        (ScalarKind::Uint | ScalarKind::Sint, true) => self.graph.number(n),
                        (ScalarKind::Uint | ScalarKind::Sint, false) | (ScalarKind::Bool, true) => n,
                        (ScalarKind::Bool, false) => {
                            let zero = self.graph.word(0);
                            let is = self.graph.eq(n, zero);
                            self.graph.no(is)
                        }
                        _ => return Err(Unsupported("floating point")),
                    });
                }
                cast
            }
            _ => return Err(Unsupported("an expression of this kind")),
        };
        Ok(Value::Data(data))
    }

    fn literal(&mut self, literal: &Literal) -> Result<N> {
        Ok(match literal {
            Literal::U32(value) => self.graph.word(*value),
            Literal::I32(value) => self.graph.word(*value as u32),
            Literal::Bool(value) => self.graph.truth(*value),
            _ => return Err(Unsupported("a literal of this type")),
        })
    }

    fn constant(&mut self, constant: Handle<Constant>) -> Result<Vec<N>> {
        let init = self.program.module.constants[constant].init;
        self.constant_expression(init)
    }

    fn constant_expression(&mut self, expression: Handle<Expression>) -> Result<Vec<N>> {
        let module = &self.program.module;
        match &module.global_expressions[expression] {
            Expression::Literal(literal) => Ok(vec![self.literal(literal)?]),
            Expression::Constant(constant) => self.constant(*constant),
            Expression::ZeroValue(ty) => {
                let zero = self.zero(&module.types[*ty].inner);
                Ok(vec![zero; scalars(module, *ty)])
            }
            Expression::Splat { size, value } => {
                let value = self.constant_expression(*value)?;
                Ok(vec![value[0]; *size as usize])
            }
            Expression::Compose { components, .. } => {
                let mut data = Vec::new();
                for component in components {
                    data.extend(self.constant_expression(*component)?);
                }
                Ok(data)
            }
            _ => Err(Unsupported("a constant of this kind")),
        }
    }

    fn variable(&mut self, handle: Handle<GlobalVariable>) -> Result<Value> {
        let module = &self.program.module;
        let variable = &module.global_variables[handle];
        let root = match self.program.slots[handle.index()] {
            Some(slots) => Root::Global(slots.first),
            None => Root::Buffer(Access { global: variable.name.clone().unwrap_or_default(), path: Vec::new() }),
        };
        Ok(Value::Place(Place { root, ty: module.types[variable.ty].inner.clone() }))
    }

    /// Element or member `index` of a value or of what a pointer points to.
    fn element(&mut self, frame: &mut Frame<'a>, base: Handle<Expression>, index: N) -> Result<Value> {
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

    fn load(&mut self, place: Place) -> Result<Vec<N>> {
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

    fn store(&mut self, place: Place, values: Vec<N>) -> Result<()> {
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

    fn unary(&mut self, op: UnaryOperator, n: N) -> N {
        match op {
            UnaryOperator::Negate => {
                let zero = self.graph.word(0);
                self.graph.sub(zero, n)
            }
            UnaryOperator::LogicalNot => self.graph.no(n),
            UnaryOperator::BitwiseNot => self.graph.not(n),
        }
    }

    fn binary(&mut self, op: BinaryOperator, signed: bool, a: N, b: N) -> Result<N> {
        let graph = &mut self.graph;
        let truth = graph.is_truth(a);
        let less = |graph: &mut Graph, a, b| if signed { graph.less_signed(a, b) } else { graph.less(a, b) };
        Ok(match op {
            BinaryOperator::Add => graph.add(a, b),
            BinaryOperator::Subtract => graph.sub(a, b),
            BinaryOperator::Multiply => graph.mul(a, b),
            BinaryOperator::Divide if !signed => graph.divide(Bin::Div, a, b),
            BinaryOperator::Modulo if !signed => graph.divide(Bin::Rem, a, b),
            BinaryOperator::Equal => graph.eq(a, b),
            BinaryOperator::NotEqual => {
                let same = graph.eq(a, b);
                graph.no(same)
            }
            BinaryOperator::Less => less(graph, a, b),
            BinaryOperator::Greater => less(graph, b, a),
            BinaryOperator::LessEqual => {
                let more = less(graph, b, a);
                graph.no(more)
            }
            BinaryOperator::GreaterEqual => {
                let below = less(graph, a, b);
                graph.no(below)
            }
            BinaryOperator::And if truth => graph.both(a, b),
            BinaryOperator::InclusiveOr if truth => graph.either(a, b),
            BinaryOperator::And => graph.and(a, b),
            BinaryOperator::InclusiveOr => graph.or(a, b),
            BinaryOperator::ExclusiveOr => graph.xor(a, b),
            BinaryOperator::LogicalAnd => graph.both(a, b),
            BinaryOperator::LogicalOr => graph.either(a, b),
            BinaryOperator::ShiftLeft => graph.shl(a, b),
            BinaryOperator::ShiftRight if signed => graph.sar(a, b),
            BinaryOperator::ShiftRight => graph.shr(a, b),
            _ => return Err(Unsupported("an operator of this kind")),
        })
    }

    fn math(&mut self, fun: MathFunction, signed: bool, value: N, others: &[N]) -> Result<N> {
        let graph = &mut self.graph;
        Ok(match (fun, others) {
            (MathFunction::Min, [other]) if !signed => graph.least(value, *other),
            (MathFunction::Max, [other]) if !signed => graph.most(value, *other),
            (MathFunction::CountLeadingZeros, []) => graph.count(Un::LeadingZeros, value),
            (MathFunction::CountTrailingZeros, []) => graph.count(Un::TrailingZeros, value),
            (MathFunction::CountOneBits, []) => graph.count(Un::Ones, value),
            (MathFunction::ReverseBits, []) => graph.count(Un::Reverse, value),
            (MathFunction::ExtractBits, [offset, count]) => graph.extract(value, *offset, *count, signed),
            (MathFunction::InsertBits, [bits, offset, count]) => graph.insert(value, *bits, *offset, *count),
            _ => return Err(Unsupported("a function of this kind")),
        })
    }
}

pub const COMPONENTS: [&str; 4] = ["x", "y", "z", "w"];

fn local_place(module: &Module, frame: &Frame, local: Handle<LocalVariable>) -> Place {
    let ty = module.types[frame.function.local_variables[local].ty].inner.clone();
    Place { root: Root::Local(frame.locals[local.index()]), ty }
}

/// Where part `index` of a type begins, in scalars, and its type.
fn part(module: &Module, inner: &TypeInner, index: u32) -> Result<(usize, TypeInner)> {
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

/// How WGSL calls a scalar or vector type.
fn type_name(inner: &TypeInner) -> Option<String> {
    let scalar = |kind| match kind {
        ScalarKind::Uint => Some("u32"),
        ScalarKind::Bool => Some("bool"),
        _ => None,
    };
    match inner {
        TypeInner::Scalar(of) => scalar(of.kind).map(str::to_owned),
        TypeInner::Vector { size, scalar: of } => Some(format!("vec{}<{}>", *size as u32, scalar(of.kind)?)),
        _ => None,
    }
}

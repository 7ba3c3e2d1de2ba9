//! A partial evaluator of naga's IR: it runs the interpreter's own functions on what is known, and keeps the rest.
//!
//! What is known (the control word, where it stands) folds in the [`Graph`]; branches on it are taken or dropped, calls
//! are expanded. What is left over is a graph of values and a list of [`Effect`]s in order. Whatever the evaluator does
//! not know how to do is [`Unsupported`], and the interpreter then does that instruction.

mod expression;
mod operation;
mod place;
mod program;

pub use program::{Program, Slots};

use super::graph::{Graph, N};
use super::guide::{Guide, PAGES};
use program::scalars;
use std::collections::HashMap;
use wgpu::naga::{Block, Expression, Function, Handle, ScalarKind, Statement, SwitchValue, TypeInner};

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

/// One evaluation after the other on a common graph and state.
pub struct Evaluator<'a> {
    program: &'a Program,
    pub graph: Graph,
    pub state: State,
    pub effects: Vec<Effect>,
    /// The leaf that stands for a private variable's value at the start.
    pub inputs: HashMap<usize, N>,
    /// Between which bits inputs are other than zero.
    widths: HashMap<usize, (u32, u32)>,
    pub guide: Guide,
}

impl<'a> Evaluator<'a> {
    pub fn new(program: &'a Program, guide: Guide) -> Evaluator<'a> {
        Evaluator {
            program,
            graph: Graph::default(),
            state: State { globals: vec![UNKNOWN; program.scalars + 4 * PAGES], locals: Vec::new() },
            effects: Vec::new(),
            inputs: HashMap::new(),
            widths: HashMap::new(),
            guide,
        }
    }

    /// Says that a private scalar has no bits below `low` and from `width` on.
    pub fn narrow(&mut self, slot: usize, low: u32, width: u32) {
        self.widths.insert(slot, (low, width));
    }

    /// A private scalar's value.
    pub fn global(&mut self, slot: usize) -> N {
        if self.state.globals[slot] == UNKNOWN {
            let (low, width) = self.widths.get(&slot).copied().unwrap_or((0, 32));
            let graph = &mut self.graph;
            self.state.globals[slot] = *self.inputs.entry(slot).or_insert_with(|| graph.leaf_between(low, width));
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
        if self.guide.held(&self.graph, &accept_state.globals) {
            self.effects = effects;
            self.effects.push(Effect::Hold { condition });
            return Ok(match self.block(frame, reject)? {
                Flow::Next => None,
                flow => Some(flow),
            });
        }
        let mut reject_flow = self.block(frame, reject)?;
        if self.guide.held(&self.graph, &self.state.globals) {
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
}

pub const COMPONENTS: [&str; 4] = ["x", "y", "z", "w"];

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

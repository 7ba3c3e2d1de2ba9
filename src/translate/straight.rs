//! A block's items as WGSL statements.

use super::access::Check;
use super::block::{Block, Item, Target, operands};
use super::evaluate::{Access, COMPONENTS, Effect, Step};
use super::graph::{Bin, N, Node, Un};
use super::instruction::Interpreter;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// Expressions are named when they get longer.
const LONGEST: usize = 120;

/// What is kept from one block to the next: how it is called in a nest of loops, and everywhere else.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variable {
    pub own: String,
    pub home: String,
    /// Of a page that the nest keeps, and that ends with it: which one, and which part.
    pub page: Option<(usize, usize)>,
}

impl Variable {
    fn private(home: &str) -> Variable {
        Variable { own: format!("own_{home}"), home: home.to_owned(), page: None }
    }

    /// Instructions left of the slice.
    pub fn left() -> Variable {
        Variable::private("left")
    }

    pub fn flag_word() -> Variable {
        Variable::private("flag_word")
    }

    /// The instruction executed last.
    pub fn last_code() -> Variable {
        Variable::private("last_code")
    }

    pub fn name(&self, nest: bool) -> &str {
        if nest { &self.own } else { &self.home }
    }
}

impl Interpreter {
    /// The variable that an assignment sets.
    pub fn variable(&self, target: Target) -> Variable {
        match target {
            Target::Slot(slot) => Variable {
                own: self.name(slot).expect("only these are kept"),
                home: self.home(slot),
                page: self.page_part(slot),
            },
            Target::FlagWord => Variable::flag_word(),
            Target::FlagOperand(operand, half) => {
                Variable::private(&format!("flag_{}{}", ["a", "b"][operand], ["l", "h"][half]))
            }
        }
    }
}

/// Writes one block.
pub struct Writer<'a> {
    interpreter: &'a Interpreter,
    block: &'a Block,
    pub out: String,
    pub indent: usize,
    /// Within a nest of loops.
    nest: bool,
    /// Next number of a name, different in all blocks.
    names: &'a mut u32,
    /// What stands for a node.
    text: HashMap<N, String>,
    uses: HashMap<N, u32>,
}

impl<'a> Writer<'a> {
    /// `extra` are nodes that the block's end uses.
    pub fn new(
        interpreter: &'a Interpreter,
        block: &'a Block,
        names: &'a mut u32,
        indent: usize,
        extra: &[N],
        nest: bool,
    ) -> Writer<'a> {
        let mut writer = Writer {
            interpreter,
            block,
            out: String::new(),
            indent,
            nest,
            names,
            text: HashMap::new(),
            uses: HashMap::new(),
        };
        writer.count(extra);
        writer
    }

    /// Counts the uses of what is needed, from the end on: a load that nobody needs is left out.
    fn count(&mut self, extra: &[N]) {
        extra.iter().for_each(|root| self.use_node(*root));
        for item in self.block.items.iter().rev() {
            match item {
                Item::Assign(_, n) | Item::Hold(n, _) => self.use_node(*n),
                Item::Effect(effect) => self.use_effect(effect),
                Item::Checks(checks, _) => checks.iter().for_each(|check| self.use_check(check)),
            }
        }
    }

    fn use_check(&mut self, check: &Check) {
        let joins = check.joins.iter().flat_map(|(_, found, at_hand)| [*found, *at_hand]);
        let index = check.looked_up.path.iter().filter_map(|step| match step {
            Step::At(n) => Some(*n),
            Step::Member(_) => None,
        });
        let needed: Vec<N> = [check.misfit, check.misfit_then].into_iter().chain(joins).chain(index).collect();
        needed.into_iter().for_each(|n| self.use_node(n));
    }

    fn use_effect(&mut self, effect: &Effect) {
        match effect {
            Effect::Load { results, .. } | Effect::Call { results, .. } => {
                if results.iter().any(|n| self.uses.contains_key(n)) {
                    let mut needed = Vec::new();
                    operands(effect, &mut needed);
                    needed.into_iter().for_each(|n| self.use_node(n));
                }
            }
            Effect::If { condition, accept, reject, joins } => {
                for (leaf, a, b) in joins {
                    if self.uses.contains_key(leaf) {
                        self.use_node(*a);
                        self.use_node(*b);
                    }
                }
                accept.iter().rev().chain(reject.iter().rev()).for_each(|effect| self.use_effect(effect));
                self.use_node(*condition);
            }
            Effect::Store { .. } | Effect::Hold { .. } => {
                let mut needed = Vec::new();
                operands(effect, &mut needed);
                needed.into_iter().for_each(|n| self.use_node(n));
            }
        }
    }

    fn use_node(&mut self, n: N) {
        let mut open = vec![n];
        while let Some(n) = open.pop() {
            let uses = self.uses.entry(n).or_insert(0);
            *uses += 1;
            if *uses == 1 {
                open.extend(self.block.graph.operands(n));
            }
        }
    }

    pub fn line(&mut self, text: &str) {
        writeln!(self.out, "{:1$}{text}", "", self.indent * 4).expect("a string grows");
    }

    fn name(&mut self) -> String {
        *self.names += 1;
        format!("v{}", *self.names)
    }

    /// The block's statements. `hold` writes what leaves at the instruction of a number, which the block does at its start
    /// if `ends` holds.
    pub fn items(&mut self, ends: Option<String>, hold: &dyn Fn(u32) -> Vec<String>) {
        let block = self.block;
        let mut ends = ends;
        // With the first checks, if nothing is done before them: that is one branch less.
        let first = block.items.iter().find(|item| !matches!(item, Item::Effect(Effect::Call { .. })));
        if !matches!(first, Some(Item::Checks(_, 0)))
            && let Some(ends) = ends.take()
        {
            self.line(&format!("if {ends} {{"));
            self.leave(&hold(0));
        }
        // What the block finds: in names of its own, for the variables change under way.
        let mut inputs: Vec<_> = block.inputs.iter().filter(|(leaf, _)| self.uses.contains_key(leaf)).collect();
        inputs.sort_by_key(|(_, slot)| **slot);
        for (leaf, slot) in inputs {
            let own = if self.nest { self.interpreter.name(*slot) } else { None };
            let variable = own.unwrap_or_else(|| self.interpreter.home(*slot));
            let name = self.name();
            self.line(&format!("let {name} = {variable};"));
            self.text.insert(*leaf, name);
        }
        self.text.insert(block.retired, format!("(budget - {})", Variable::left().name(self.nest)));
        for item in &block.items {
            match item {
                Item::Effect(effect) => self.effect(effect),
                Item::Assign(target, n) => {
                    let value = self.node(*n);
                    let target = self.target(*target);
                    self.line(&format!("{target} = {value};"));
                }
                Item::Hold(condition, number) => self.hold(*condition, &hold(*number)),
                Item::Checks(checks, number) => self.checks(checks, ends.take(), &hold(*number)),
            }
        }
    }

    fn hold(&mut self, condition: N, leave: &[String]) {
        let condition = self.condition(condition);
        self.line(&format!("if {condition} {{"));
        self.leave(leave);
    }

    fn leave(&mut self, leave: &[String]) {
        self.indent += 1;
        leave.iter().for_each(|line| self.line(line));
        self.indent -= 1;
        self.line("}");
    }

    /// One test for all, and only if that fails one by one.
    fn checks(&mut self, checks: &[Check], ends: Option<String>, leave: &[String]) {
        for (leaf, _, at_hand) in checks.iter().flat_map(|check| &check.joins) {
            let name = self.name();
            let value = self.node(*at_hand);
            self.line(&format!("var {name} = {value};"));
            self.text.insert(*leaf, name);
        }
        let misfits: Vec<String> = checks.iter().map(|check| self.misfit(check.misfit)).collect();
        let any = match &misfits[..] {
            [misfit] => format!("({misfit} != 0u)"),
            _ => format!("(({}) != 0u)", misfits.join(" | ")),
        };
        match &ends {
            Some(ends) => {
                self.line(&format!("if ({any} | {ends}) {{"));
                self.indent += 1;
                self.line(&format!("if {ends} {{"));
                self.leave(leave);
            }
            None => {
                self.line(&format!("if {any} {{"));
                self.indent += 1;
            }
        }
        let each = checks.len() > 1;
        for (check, misfit) in checks.iter().zip(&misfits) {
            let outside = self.text.clone();
            if each {
                self.line(&format!("if ({misfit} != 0u) {{"));
                self.indent += 1;
            }
            let place = self.place(&check.looked_up);
            self.define(&check.results, &place);
            self.hold(check.misfit_then, leave);
            for (leaf, found, _) in &check.joins {
                let found = self.node(*found);
                let line = format!("{} = {found};", self.text[leaf]);
                self.line(&line);
            }
            if each {
                self.indent -= 1;
                self.line("}");
            }
            self.text = outside;
        }
        self.indent -= 1;
        self.line("}");
    }

    /// A word that is not zero if the condition holds.
    fn misfit(&mut self, condition: N) -> String {
        let graph = &self.block.graph;
        let word = match graph.node(condition) {
            Node::Un(Un::No, same) => match graph.node(same) {
                Node::Bin(Bin::Eq, a, b) if graph.as_word(b) == Some(0) => Some(a),
                Node::Bin(Bin::Eq, a, b) if graph.as_word(a) == Some(0) => Some(b),
                _ => None,
            },
            _ => None,
        };
        match word {
            Some(word) => {
                let text = self.node(word);
                if text.len() < 8 {
                    return text;
                }
                let name = self.name();
                self.line(&format!("let {name} = {text};"));
                self.text.insert(word, name.clone());
                name
            }
            None => {
                let text = self.node(condition);
                let name = self.name();
                self.line(&format!("let {name} = u32({text});"));
                name
            }
        }
    }

    fn target(&self, target: Target) -> String {
        self.interpreter.variable(target).name(self.nest).to_owned()
    }

    fn effect(&mut self, effect: &Effect) {
        match effect {
            Effect::Load { from, results } => {
                if results.iter().any(|n| self.uses.contains_key(n)) {
                    let place = self.place(from);
                    self.define(results, &place);
                }
            }
            Effect::Store { to, values } => {
                let place = self.place(to);
                let values: Vec<_> = values.iter().map(|n| self.node(*n)).collect();
                let value = match &values[..] {
                    [value] => value.clone(),
                    _ => format!("vec{}<u32>({})", values.len(), values.join(", ")),
                };
                self.line(&format!("{place} = {value};"));
            }
            Effect::Call { function, arguments, results } => {
                if results.iter().any(|n| self.uses.contains_key(n)) {
                    let arguments: Vec<String> = arguments
                        .iter()
                        .map(|(ty, nodes)| {
                            let nodes: Vec<_> = nodes.iter().map(|n| self.node(*n)).collect();
                            format!("{ty}({})", nodes.join(", "))
                        })
                        .collect();
                    self.define(results, &format!("{function}({})", arguments.join(", ")));
                }
            }
            Effect::If { condition, accept, reject, joins } => {
                let joins: Vec<_> = joins.iter().filter(|(leaf, ..)| self.uses.contains_key(leaf)).copied().collect();
                let condition = self.condition(*condition);
                for (leaf, ..) in &joins {
                    let name = self.name();
                    let ty = if self.block.graph.is_truth(*leaf) { "bool" } else { "u32" };
                    self.line(&format!("var {name}: {ty};"));
                    self.text.insert(*leaf, name);
                }
                self.line(&format!("if {condition} {{"));
                self.side(accept, joins.iter().map(|(leaf, a, _)| (*leaf, *a)));
                self.line("} else {");
                self.side(reject, joins.iter().map(|(leaf, _, b)| (*leaf, *b)));
                self.line("}");
            }
            Effect::Hold { .. } => unreachable!("a hold is an item"),
        }
    }

    fn side(&mut self, effects: &[Effect], joins: impl Iterator<Item = (N, N)>) {
        let outside = self.text.clone();
        self.indent += 1;
        effects.iter().for_each(|effect| self.effect(effect));
        for (leaf, n) in joins {
            let value = self.node(n);
            let line = format!("{} = {value};", outside[&leaf]);
            self.line(&line);
        }
        self.indent -= 1;
        self.text = outside;
    }

    fn define(&mut self, results: &[N], value: &str) {
        let name = self.name();
        self.line(&format!("let {name} = {value};"));
        for (n, result) in results.iter().enumerate() {
            let text = if results.len() == 1 { name.clone() } else { format!("{name}.{}", COMPONENTS[n]) };
            self.text.insert(*result, text);
        }
    }

    fn place(&mut self, access: &Access) -> String {
        let mut text = access.global.clone();
        for step in &access.path {
            match step {
                Step::Member(name) => write!(text, ".{name}").expect("a string grows"),
                Step::At(n) => {
                    let index = self.node(*n);
                    write!(text, "[{index}]").expect("a string grows");
                }
            }
        }
        text
    }

    /// A node as the condition of an `if`, in brackets.
    pub fn condition(&mut self, n: N) -> String {
        let text = self.node(n);
        if text.starts_with('(') { text } else { format!("({text})") }
    }

    /// The expression for a node; it gets a name if it is used more than once, or long.
    pub fn node(&mut self, n: N) -> String {
        // Deep graphs would make deep recursion: what is deep is named from the inside out.
        for n in self.deep(n) {
            self.shallow(n);
        }
        self.shallow(n)
    }

    /// Nodes below `n` that have no text yet, the innermost first.
    fn deep(&self, n: N) -> Vec<N> {
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        let mut open = vec![(n, false)];
        while let Some((n, done)) = open.pop() {
            if done {
                order.push(n);
            } else if !self.text.contains_key(&n) && seen.insert(n) {
                open.push((n, true));
                open.extend(self.block.graph.operands(n).into_iter().map(|n| (n, false)));
            }
        }
        order.pop();
        // The others are written where they are used.
        let shared = |n: &N| self.uses.get(n).copied().unwrap_or(0) > 1;
        order.into_iter().filter(shared).collect()
    }

    fn shallow(&mut self, n: N) -> String {
        if let Some(text) = self.text.get(&n) {
            return text.clone();
        }
        let graph = &self.block.graph;
        let text = match graph.node(n) {
            Node::Word(value) => return format!("{value}u"),
            Node::Truth(value) => return value.to_string(),
            Node::Leaf(_) => unreachable!("a leaf is defined before it is used"),
            Node::Un(op, a) => self.un(op, a),
            Node::Bin(op, a, b) => {
                let (a, b) = (self.shallow(a), self.shallow(b));
                bin(op, false, &a, &b)
            }
            Node::Select(condition, a, b) => {
                let (condition, a, b) = (self.shallow(condition), self.shallow(a), self.shallow(b));
                format!("select({b}, {a}, {condition})")
            }
            Node::Extract(value, offset, count, signed) => {
                let (value, offset, count) = (self.shallow(value), self.shallow(offset), self.shallow(count));
                match signed {
                    true => format!("u32(extractBits(i32({value}), {offset}, {count}))"),
                    false => format!("extractBits({value}, {offset}, {count})"),
                }
            }
            Node::Insert(value, bits, offset, count) => {
                let (value, bits) = (self.shallow(value), self.shallow(bits));
                let (offset, count) = (self.shallow(offset), self.shallow(count));
                format!("insertBits({value}, {bits}, {offset}, {count})")
            }
        };
        if self.uses.get(&n).copied().unwrap_or(0) < 2 && text.len() < LONGEST {
            return text;
        }
        let name = self.name();
        self.line(&format!("let {name} = {text};"));
        self.text.insert(n, name.clone());
        name
    }

    fn un(&mut self, op: Un, a: N) -> String {
        let graph = &self.block.graph;
        // A comparison is turned rather than negated, unless it has a name.
        if let (Un::No, Node::Bin(op @ (Bin::Eq | Bin::Less | Bin::LessSigned), x, y)) = (op, graph.node(a))
            && !self.text.contains_key(&a)
            && self.uses.get(&a).copied().unwrap_or(0) < 2
        {
            let (x, y) = (self.shallow(x), self.shallow(y));
            return bin(op, true, &x, &y);
        }
        let a = self.shallow(a);
        match op {
            Un::Not => format!("~{a}"),
            Un::No => format!("!{a}"),
            Un::LeadingZeros => format!("countLeadingZeros({a})"),
            Un::TrailingZeros => format!("countTrailingZeros({a})"),
            Un::Ones => format!("countOneBits({a})"),
            Un::Reverse => format!("reverseBits({a})"),
        }
    }
}

fn bin(op: Bin, turned: bool, a: &str, b: &str) -> String {
    let infix = match (op, turned) {
        (Bin::Add, _) => "+",
        (Bin::Sub, _) => "-",
        (Bin::Mul, _) => "*",
        (Bin::Div, _) => "/",
        (Bin::Rem, _) => "%",
        (Bin::And, _) => "&",
        (Bin::Or, _) => "|",
        (Bin::Xor, _) => "^",
        (Bin::Shl, _) => "<<",
        (Bin::Shr, _) => ">>",
        (Bin::Both, _) => "&",
        (Bin::Either, _) => "|",
        (Bin::Eq, false) => "==",
        (Bin::Eq, true) => "!=",
        (Bin::Less, false) => "<",
        (Bin::Less, true) => ">=",
        (Bin::LessSigned, false) => return format!("(i32({a}) < i32({b}))"),
        (Bin::LessSigned, true) => return format!("(i32({a}) >= i32({b}))"),
        (Bin::Sar, _) => return format!("u32(i32({a}) >> {b})"),
        (Bin::Min, _) => return format!("min({a}, {b})"),
        (Bin::Max, _) => return format!("max({a}, {b})"),
    };
    format!("({a} {infix} {b})")
}

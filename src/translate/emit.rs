//! Translated code as a WGSL function: blocks, and the loops and branches between them.

use super::block::{Block, Builder, End, Item, Target, Words};
use super::instruction::{Interpreter, Next};
use super::region::Outline;
use super::straight::Writer;
use super::structure::Structure;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

/// Branches are nested so deep at most.
const DEEPEST: usize = 24;

/// Translated code.
pub struct Translated {
    /// WGSL: `translated`, which wgsl/machine/translated.wgsl calls.
    pub wgsl: String,
    /// Control words that the code needs (`translated_words`).
    pub words: Vec<[u32; 4]>,
    /// Where it is entered.
    pub heads: Vec<Head>,
    pub blocks: usize,
    pub instructions: usize,
}

/// A place where the interpreter goes over to translated code.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// Control word.
    pub index: u32,
    /// The block's number.
    pub block: u32,
    /// Where `translated_words` has the control word.
    pub word: u32,
    /// The block reads the flags that it finds.
    pub flags: bool,
}

/// Translates the blocks of a region.
pub fn emit(interpreter: &Interpreter, control: &[[u32; 4]], outlines: &BTreeMap<u32, Outline>) -> Translated {
    let mut nodes: Vec<&Outline> = vec![];
    let mut of_start: HashMap<u32, usize> = HashMap::new();
    for outline in outlines.values() {
        nodes.push(outline);
        of_start.insert(outline.start, nodes.len());
    }
    let mut followers = vec![Vec::new()];
    for outline in &nodes {
        let mut edges: Vec<usize> = outline.followers.iter().filter_map(|to| of_start.get(to).copied()).collect();
        edges.dedup();
        followers.push(edges);
    }
    // Nothing leads to it but the root: where calls come back to, where the program begins.
    let mut reached = vec![false; followers.len()];
    followers.iter().flatten().for_each(|to| reached[*to] = true);
    let entries: Vec<usize> = (1..followers.len()).filter(|node| !reached[*node]).collect();
    let structure = Structure::new(&followers, &entries);

    let mut builder = Builder { interpreter, control, words: Words::default() };
    let blocks: Vec<Block> = nodes
        .iter()
        .map(|outline| builder.block(outline.start, outline.end, outline.delta, outline.flags_out))
        .collect();
    let is_head = |node: usize| {
        node != 0 && (nodes[node - 1].head || structure.header[node] || structure.followers[0].contains(&node))
    };
    let head: Vec<bool> = (0..followers.len()).map(is_head).collect();
    let mut heads = Vec::new();
    for (node, outline) in (1..).zip(&nodes) {
        if head[node] {
            heads.push(Head {
                index: outline.start,
                block: structure.number[node] as u32,
                word: builder.words.number(control[outline.start as usize]),
                flags: outline.flags_in,
            });
        }
    }
    let mut emitter = Emitter {
        interpreter,
        nodes: &nodes,
        blocks: &blocks,
        structure: &structure,
        head: &head,
        heads_below: Vec::new(),
        nested: Vec::new(),
        ahead: HashMap::new(),
        of_start: &of_start,
        names: 0,
        out: String::new(),
        indent: 1,
    };
    emitter.prepare();
    let body = emitter.whole();
    Translated {
        wgsl: function(interpreter, &blocks, &body),
        words: builder.words.words,
        heads,
        blocks: blocks.len(),
        instructions: blocks.iter().map(|block| block.count as usize).sum(),
    }
}

struct Emitter<'a> {
    interpreter: &'a Interpreter,
    nodes: &'a [&'a Outline],
    blocks: &'a [Block],
    structure: &'a Structure,
    head: &'a [bool],
    /// There are heads in the subtree, the node itself left out.
    heads_below: Vec<bool>,
    /// How deep in its parent's branches a node is written, if it is.
    nested: Vec<Option<usize>>,
    /// Instructions to the next head at the most.
    ahead: HashMap<usize, u32>,
    of_start: &'a HashMap<u32, usize>,
    names: u32,
    out: String,
    indent: usize,
}

impl Emitter<'_> {
    fn prepare(&mut self) {
        let count = self.structure.number.len();
        self.heads_below = vec![false; count];
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|node| self.structure.number[*node]);
        for &node in order.iter().rev() {
            let below = self.structure.children[node].iter().any(|child| self.head[*child] || self.heads_below[*child]);
            self.heads_below[node] = below;
        }
        self.nested = vec![None; count];
        for &node in order.iter().skip(1) {
            let parent = self.structure.parent[node];
            let plain =
                parent != 0 && self.structure.edges_in[node] == 1 && !self.head[node] && !self.heads_below[node];
            let depth = self.nested[parent].unwrap_or(0) + 1;
            if plain && depth <= DEEPEST {
                self.nested[node] = Some(depth);
            }
        }
    }

    fn line(&mut self, text: &str) {
        writeln!(self.out, "{:1$}{text}", "", self.indent * 4).expect("a string grows");
    }

    fn open(&mut self, text: &str) {
        self.line(text);
        self.indent += 1;
    }

    fn close(&mut self, text: &str) {
        self.indent -= 1;
        self.line(text);
    }

    /// Instructions from here to the next head at the most, this block's own among them.
    fn ahead(&mut self, node: usize) -> u32 {
        if let Some(&known) = self.ahead.get(&node) {
            return known;
        }
        let followers = self.structure.followers[node].clone();
        let most = followers.into_iter().filter(|to| !self.head[*to]).map(|to| self.ahead(to)).max();
        let ahead = self.blocks[node - 1].count + most.unwrap_or(0);
        self.ahead.insert(node, ahead);
        ahead
    }

    fn whole(&mut self) -> String {
        self.open("loop {");
        self.line("if (block == TRANSLATION_LEAVE) {");
        self.line("    break;");
        self.line("}");
        let children = self.structure.children[0].clone();
        self.choose(&children);
        self.close("}");
        std::mem::take(&mut self.out)
    }

    /// One of the root's children, by a search for its number.
    fn choose(&mut self, children: &[usize]) {
        match children {
            [] => self.line("break;"),
            [child] => self.node(*child, 0),
            _ => {
                let (low, high) = children.split_at(children.len() / 2);
                self.open(&format!("if (block < {}u) {{", self.structure.number[high[0]]));
                self.choose(low);
                self.indent -= 1;
                self.open("} else {");
                self.choose(high);
                self.close("}");
            }
        }
    }

    /// A block and what it dominates; `inner` begins the innermost loop around it.
    fn node(&mut self, node: usize, inner: usize) {
        let number = self.structure.number[node];
        let header = self.structure.header[node];
        let inner = if header { node } else { inner };
        if header {
            self.open("loop {");
        }
        let guarded = self.heads_below[node];
        if guarded {
            self.open(&format!("if (block == {number}u) {{"));
        }
        self.own(node, inner);
        if guarded {
            self.close("}");
        }
        let later: Vec<usize> =
            self.structure.children[node].iter().copied().filter(|child| self.nested[*child].is_none()).collect();
        for &child in &later {
            let (first, size) = (self.structure.number[child], self.structure.size[child]);
            let condition = match self.heads_below[child] {
                true => format!("if (block - {first}u < {size}u) {{"),
                false => format!("if (block == {first}u) {{"),
            };
            self.open(&condition);
            self.node(child, inner);
            self.close("}");
        }
        if header {
            if later.is_empty() {
                let ended = self.out.trim_end();
                if !ended.ends_with("continue;") && !ended.ends_with("break;") {
                    self.line("break;");
                }
            } else {
                self.line(&format!("if (block != {number}u) {{"));
                self.line("    break;");
                self.line("}");
            }
            self.close("}");
        }
    }

    /// The block's own instructions, and where they lead.
    fn own(&mut self, node: usize, inner: usize) {
        let block = &self.blocks[node - 1];
        let (start, count, end) = (block.start, block.count, block.end);
        self.line(&format!("// {:#x}", self.nodes[node - 1].delta.wrapping_add(u64::from(start) * 4)));
        if self.head[node] {
            let ahead = self.ahead(node);
            self.open(&format!("if (left < {ahead}u) {{"));
            self.leave(start, true);
            self.close("}");
        }
        let extra = match end {
            End::Next(Next::Either(condition, ..)) => vec![condition],
            End::Next(Next::Jump(to)) => to.to_vec(),
            End::Next(Next::JumpIf(condition, to, _)) => vec![condition, to[0], to[1]],
            End::Next(Next::To(_)) | End::Held => vec![],
        };
        let mut writer = Writer::new(self.interpreter, block, &mut self.names, self.indent, &extra);
        writer.items(&|number| {
            let mut lines = vec![format!("code = {}u;", start + number)];
            if number != 0 {
                lines.push(format!("left -= {number}u;"));
            }
            lines.extend(["held = true;", "block = TRANSLATION_LEAVE;", "break;"].map(str::to_owned));
            lines
        });
        let values: Vec<String> = extra.iter().map(|n| writer.node(*n)).collect();
        if count != 0 {
            writer.line(&format!("left -= {count}u;"));
            writer.line(&format!("last_code = {}u;", start + count - 1));
        }
        let text = std::mem::take(&mut writer.out);
        self.out.push_str(&text);
        match end {
            End::Held => self.leave(start + count, true),
            End::Next(Next::To(to)) => {
                self.edge(node, to, inner);
            }
            End::Next(Next::Either(_, a, b)) => {
                self.open(&format!("if ({}) {{", values[0]));
                let ends = self.edge(node, a, inner);
                if ends {
                    self.close("}");
                    self.edge(node, b, inner);
                } else {
                    self.indent -= 1;
                    self.open("} else {");
                    self.edge(node, b, inner);
                    self.close("}");
                }
            }
            End::Next(Next::Jump(_)) => self.jump(&values[0], &values[1], inner),
            End::Next(Next::JumpIf(_, _, to)) => {
                self.open(&format!("if ({}) {{", values[0]));
                self.jump(&values[1], &values[2], inner);
                self.close("}");
                self.edge(node, to, inner);
            }
        }
    }

    /// To an address, which may be translated code.
    fn jump(&mut self, low: &str, high: &str, inner: usize) {
        self.line(&format!("jump_pc = vec2<u32>({low}, {high});"));
        self.line("block = translation_find(flag_word);");
        // The root looks whether it is to leave.
        self.line(if inner == 0 { "continue;" } else { "break;" });
    }

    fn leave(&mut self, code: u32, held: bool) {
        self.line(&format!("code = {code}u;"));
        if held {
            self.line("held = true;");
        }
        self.line("block = TRANSLATION_LEAVE;");
        self.line("break;");
    }

    /// On to the block at `to`. Whether what is written behind this is not reached from here.
    fn edge(&mut self, from: usize, to: u32, inner: usize) -> bool {
        let Some(&node) = self.of_start.get(&to) else {
            self.leave(to, false);
            return true;
        };
        let structure = self.structure;
        let number = structure.number[node];
        if structure.parent[node] == from && self.nested[node].is_some() {
            self.node(node, inner);
            return false;
        }
        if node == inner {
            // The loop's head is not guarded unless there is another way in.
            if self.heads_below[node] {
                self.line(&format!("block = {number}u;"));
            }
            self.line("continue;");
            return true;
        }
        self.line(&format!("block = {number}u;"));
        let scope = structure.parent[node];
        if inner == 0 && scope == 0 {
            self.line("continue;");
            true
        } else if structure.within(scope, inner) {
            // It stands further on in this loop.
            false
        } else {
            self.line("break;");
            true
        }
    }
}

/// Slots that translated code reads or assigns.
fn slots(interpreter: &Interpreter, blocks: &[Block]) -> BTreeSet<usize> {
    let mut slots: BTreeSet<usize> = [interpreter.flags_slot()].into();
    for block in blocks {
        slots.extend(block.inputs.values().filter(|slot| interpreter.name(**slot).is_some()));
        for item in &block.items {
            if let Item::Assign(Target::Slot(slot), _) = item {
                slots.insert(*slot);
            }
        }
    }
    slots
}

/// The function around the blocks: registers into variables, and back.
fn function(interpreter: &Interpreter, blocks: &[Block], body: &str) -> String {
    let mut text =
        String::from("fn translated(entry: u32) {\n    var block = entry;\n    var left = budget - retired;\n");
    let mut back = String::new();
    for slot in slots(interpreter, blocks) {
        let name = interpreter.name(slot).expect("only these are kept");
        let home = interpreter.home(slot);
        writeln!(text, "    var {name} = {home};").expect("a string grows");
        writeln!(back, "    {home} = {name};").expect("a string grows");
    }
    for name in ["flag_al", "flag_ah", "flag_bl", "flag_bh"] {
        writeln!(text, "    var {name} = 0u;").expect("a string grows");
    }
    text.push_str("    var flag_word = NONE;\n");
    text.push_str(body);
    text.push_str(&back);
    text.push_str("    retired = budget - left;\n");
    text.push_str("    translation_flags(flag_word, vec2<u32>(flag_al, flag_ah), vec2<u32>(flag_bl, flag_bh));\n}\n");
    text
}

//! Translated code as a WGSL function: blocks, and the loops and branches between them.

use super::block::{Block, Builder, End, Item, Target, Words};
use super::guide::{Kept, PAGES};
use super::instruction::{Interpreter, Next, PAGE_SHIFT};
use super::nesting::Nesting;
use super::progress::{Limit, Progress, Stage};
use super::region::Outline;
use super::straight::{Variable, Writer};
use super::structure::Structure;
use crate::abi::{ACCESS_WRITE, NO_PAGE};
use crate::isa::control::{LOADSTORE, fields};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::ops::Range;

/// Blocks, or nests of loops, that are told apart by one switch.
const CASES: usize = 16;

/// Translated code.
#[derive(Debug)]
pub struct Translated {
    /// WGSL: `translated`, which wgsl/companions/translation/translated.wgsl calls.
    pub wgsl: String,
    /// Control words that the code needs (`translated_words`).
    pub words: Vec<[u32; 4]>,
    /// Where it is entered.
    pub heads: Vec<Head>,
    pub blocks: usize,
    pub instructions: usize,
    /// Of each block its control words, in order.
    pub places: Vec<Range<u32>>,
    /// Why there is no more of it.
    pub limit: Option<Limit>,
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
pub fn emit(
    interpreter: &Interpreter,
    control: &[[u32; 4]],
    outlines: &BTreeMap<u32, Outline>,
    progress: &Progress,
) -> Translated {
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
    let mut entries: Vec<usize> = (1..followers.len()).filter(|node| !reached[*node]).collect();
    let (structure, nesting) = loop {
        let structure = Structure::new(&followers, &entries);
        let is_head =
            |node: usize| node != 0 && (nodes[node - 1].head || structure.header[node] || structure.entered[node]);
        let nesting = Nesting::new(&structure, (0..followers.len()).map(is_head).collect());
        let flat = nesting.too_deep(&structure);
        if flat.is_empty() {
            break (structure, nesting);
        }
        // Where every block can be entered there is no loop, and each is a case of its own.
        entries.extend(flat);
    };
    let head = &nesting.head;

    let mut builder = Builder { interpreter, control, words: Words::default() };
    let kept = kept(control, &nodes, &structure);
    let of = nodes.iter().map(|outline| (outline.end - outline.start) as usize).sum();
    let mut done = 0;
    let blocks = (1..).zip(&nodes).map(|(node, outline)| {
        progress.set(Stage::Translating { done, of });
        done += (outline.end - outline.start) as usize;
        builder.block(outline, &kept[structure.nest(node)])
    });
    let blocks: Vec<Block> = blocks.collect();
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
        kept: &kept,
        nesting: &nesting,
        ahead: HashMap::new(),
        of_start: &of_start,
        names: 0,
        nest: 0,
        out: String::new(),
        indent: 0,
    };
    emitter.whole();
    Translated {
        wgsl: emitter.out,
        words: builder.words.words,
        places: blocks.iter().map(|block| block.start..block.start + block.count).collect(),
        heads,
        blocks: blocks.len(),
        instructions: blocks.iter().map(|block| block.count as usize).sum(),
        limit: None,
    }
}

/// The pages that each nest of loops keeps, by its header: those that accesses through the registers used most go to
/// are one each. Of all others, those that are only read are one, and those that are written.
fn kept(control: &[[u32; 4]], nodes: &[&Outline], structure: &Structure) -> Vec<Kept> {
    // Of a register, how many accesses there are, and what they need.
    let mut uses: Vec<BTreeMap<u32, (u32, u32)>> = vec![BTreeMap::new(); nodes.len() + 1];
    for (node, outline) in (1..).zip(nodes) {
        let words = control[outline.start as usize..outline.end as usize].iter();
        for word in words.filter(|word| fields::DATAPATH.get(word) == LOADSTORE) {
            let (count, needs) = uses[structure.nest(node)].entry(fields::RN.get(word)).or_default();
            *count += 1;
            *needs |= fields::NEED.get(word);
        }
    }
    // Outside of loops there are none.
    uses[0].clear();
    let ordered = uses.into_iter().map(|uses| {
        let mut uses: Vec<(u32, (u32, u32))> = uses.into_iter().collect();
        uses.sort_by_key(|(register, (count, _))| (std::cmp::Reverse(*count), *register));
        let mut kept = Kept::default();
        let each = if uses.len() <= PAGES { PAGES } else { PAGES - 2 };
        for (n, (register, (_, needs))) in uses.into_iter().enumerate() {
            let written = usize::from(needs & ACCESS_WRITE != 0);
            let page = if n < each { n } else { each + written };
            kept.of.insert(register, page);
            kept.needs[page] |= needs;
        }
        kept
    });
    ordered.collect()
}

struct Emitter<'a> {
    interpreter: &'a Interpreter,
    nodes: &'a [&'a Outline],
    blocks: &'a [Block],
    structure: &'a Structure,
    kept: &'a [Kept],
    nesting: &'a Nesting,
    /// Instructions to the next head at the most.
    ahead: HashMap<usize, u32>,
    of_start: &'a HashMap<u32, usize>,
    names: u32,
    /// The outermost loop at work, by its header; 0 for none.
    nest: usize,
    out: String,
    indent: usize,
}

impl Emitter<'_> {
    fn line(&mut self, text: &str) {
        writeln!(self.out, "{:1$}{text}", "", self.indent * 4).expect("a string grows");
    }

    fn open(&mut self, text: &str) {
        self.line(text);
        self.indent += 1;
    }

    fn close(&mut self) {
        self.indent -= 1;
        self.line("}");
    }

    /// Instructions from here to the next head at the most, this block's own among them.
    fn ahead(&mut self, node: usize) -> u32 {
        if let Some(&known) = self.ahead.get(&node) {
            return known;
        }
        let followers = self.structure.followers[node].clone();
        let most = followers.into_iter().filter(|to| !self.nesting.head[*to]).map(|to| self.ahead(to)).max();
        let ahead = self.blocks[node - 1].count + most.unwrap_or(0);
        self.ahead.insert(node, ahead);
        ahead
    }

    /// The function `translated`, and those that it is made of.
    fn whole(&mut self) {
        let cases = self.structure.children[0].iter().copied().filter(|node| self.nesting.nested[*node].is_none());
        let cases: Vec<usize> = cases.collect();
        for &node in cases.iter().filter(|node| self.structure.header[**node]) {
            self.nest(node);
        }
        let parts: Vec<&[usize]> = cases.chunks(CASES).collect();
        for (n, part) in parts.iter().enumerate() {
            self.open(&format!("fn translated_{n}() {{"));
            self.open("switch (block) {");
            for &node in *part {
                self.case(node);
            }
            self.line("default: {");
            self.line("    block = TRANSLATION_LEAVE;");
            self.line("}");
            self.close();
            self.close();
        }
        let starts: Vec<(usize, usize)> = parts.iter().map(|part| self.structure.number[part[0]]).enumerate().collect();
        self.open("fn translated(entry: u32) {");
        for line in ["block = entry;", "left = budget - retired;", "flag_word = NONE;"] {
            self.line(line);
        }
        self.open("while (block != TRANSLATION_LEAVE) {");
        self.choose(&starts);
        self.close();
        self.line("retired = budget - left;");
        self.line("translation_flags();");
        self.close();
    }

    /// The part that a block is in, by a search for its number.
    fn choose(&mut self, parts: &[(usize, usize)]) {
        match parts {
            [] => self.line("break;"),
            [(n, _)] => self.line(&format!("translated_{n}();")),
            _ => {
                let (low, high) = parts.split_at(parts.len() / 2);
                self.open(&format!("if (block < {}u) {{", high[0].1));
                self.choose(low);
                self.indent -= 1;
                self.open("} else {");
                self.choose(high);
                self.close();
            }
        }
    }

    /// A block outside of loops, or a nest of loops.
    fn case(&mut self, node: usize) {
        let structure = self.structure;
        let first = structure.number[node];
        if !structure.header[node] {
            self.open(&format!("case {first}u: {{"));
            self.own(node);
        } else {
            let subtree = first..first + structure.size[node];
            let inside = |other: &usize| subtree.contains(&structure.number[*other]) && self.nesting.head[*other];
            let mut heads: Vec<usize> = (1..structure.number.len()).filter(inside).collect();
            heads.sort_by_key(|node| structure.number[*node]);
            let labels: Vec<String> = heads.iter().map(|node| format!("{}u", structure.number[*node])).collect();
            self.open(&format!("case {}: {{", labels.join(", ")));
            self.line(&format!("nest_{first}();"));
        }
        self.close();
    }

    /// A loop and those in it: a function that keeps what it uses in variables of its own.
    fn nest(&mut self, node: usize) {
        let structure = self.structure;
        let range = structure.number[node]..structure.number[node] + structure.size[node];
        let blocks = (1..structure.number.len()).filter(|other| range.contains(&structure.number[*other]));
        let (used, set) = variables(self.interpreter, blocks.map(|node| &self.blocks[node - 1]));
        self.nest = node;
        self.open(&format!("fn nest_{}() {{", range.start));
        for variable in &used {
            let home = &variable.home;
            let start = match variable.page {
                // The page of the last access is as good as any.
                Some((_, 0)) => format!("{home} & {}u", !((1u32 << PAGE_SHIFT) - 1)),
                Some((page, 1)) => {
                    let (entry, need) = (home.trim_end_matches(".y"), self.kept[node].needs[page]);
                    format!("select({NO_PAGE}u, {home}, ({entry}.x & {need}u) == {need}u)")
                }
                _ => home.clone(),
            };
            self.line(&format!("var {} = {start};", variable.own));
        }
        self.node(node);
        for variable in used.iter().filter(|variable| variable.page.is_none() && set.contains(variable)) {
            self.line(&format!("{} = {};", variable.home, variable.own));
        }
        self.close();
        self.nest = 0;
    }

    /// A block in a loop, and what is written with it.
    fn node(&mut self, node: usize) {
        let structure = self.structure;
        let number = structure.number[node];
        let header = structure.header[node];
        let guarded_loop = header && self.nesting.heads_after[node];
        if guarded_loop {
            self.open(&format!("if (block - {number}u < {}u) {{", structure.inner_size[node]));
        }
        if header {
            self.open("loop {");
        }
        let guarded = self.nesting.heads_inside[node];
        if guarded {
            self.open(&format!("if (block == {number}u) {{"));
        }
        self.own(node);
        if guarded {
            self.close();
        }
        let later = self.later(&structure.children[node]);
        if header {
            if later {
                self.line(&format!("if (block != {number}u) {{"));
                self.line("    break;");
                self.line("}");
            } else {
                let ended = self.out.trim_end();
                if !ended.ends_with("continue;") && !ended.ends_with("break;") {
                    self.line("break;");
                }
            }
            self.close();
        }
        if guarded_loop {
            self.close();
        }
        self.later(&structure.after[node]);
    }

    /// What comes later in a sequence, each if it is its turn. Whether there is any.
    fn later(&mut self, nodes: &[usize]) -> bool {
        let mut any = false;
        for &node in nodes.iter().filter(|node| self.nesting.nested[**node].is_none()).collect::<Vec<_>>() {
            let (first, size) = (self.structure.number[node], self.structure.size[node]);
            let condition = match self.nesting.heads_below(node) {
                true => format!("if (block - {first}u < {size}u) {{"),
                false => format!("if (block == {first}u) {{"),
            };
            self.open(&condition);
            self.node(node);
            self.close();
            any = true;
        }
        any
    }

    /// The block's own instructions, and where they lead.
    fn own(&mut self, node: usize) {
        let block = &self.blocks[node - 1];
        let (start, count, end) = (block.start, block.count, block.end);
        let nest = self.nest != 0;
        let left = Variable::left();
        let left = left.name(nest);
        self.line(&format!("// {:#x}", self.nodes[node - 1].delta.wrapping_add(u64::from(start) * 4)));
        // The slice may end before the next head.
        let ends = self.nesting.head[node].then(|| format!("({left} < {}u)", self.ahead(node)));
        let extra = match end {
            End::Next(Next::Either(condition, ..)) => vec![condition],
            End::Next(Next::Jump(to)) => to.to_vec(),
            End::Next(Next::JumpIf(condition, to, _)) => vec![condition, to[0], to[1]],
            End::Next(Next::To(_)) | End::Held => vec![],
        };
        let mut writer = Writer::new(self.interpreter, block, &mut self.names, self.indent, &extra, nest);
        writer.items(ends, &|number| {
            let mut lines = vec![format!("code = {}u;", start + number)];
            if number != 0 {
                lines.push(format!("{left} -= {number}u;"));
            }
            lines.extend(["held = true;", "block = TRANSLATION_LEAVE;", "break;"].map(str::to_owned));
            lines
        });
        let values: Vec<String> = extra.iter().map(|n| writer.node(*n)).collect();
        if count != 0 {
            writer.line(&format!("{left} -= {count}u;"));
            let last_code = Variable::last_code();
            writer.line(&format!("{} = {}u;", last_code.name(nest), start + count - 1));
        }
        let text = std::mem::take(&mut writer.out);
        self.out.push_str(&text);
        match end {
            End::Held => self.leave(start + count, true),
            End::Next(Next::To(to)) => {
                self.edge(node, to);
            }
            End::Next(Next::Either(_, a, b)) => {
                self.open(&format!("if ({}) {{", values[0]));
                let ends = self.edge(node, a);
                if ends {
                    self.close();
                    self.edge(node, b);
                } else {
                    self.indent -= 1;
                    self.open("} else {");
                    self.edge(node, b);
                    self.close();
                }
            }
            End::Next(Next::Jump(_)) => self.jump(&values[0], &values[1]),
            End::Next(Next::JumpIf(_, _, to)) => {
                self.open(&format!("if ({}) {{", values[0]));
                self.jump(&values[1], &values[2]);
                self.close();
                self.edge(node, to);
            }
        }
    }

    /// To an address, which may be translated code.
    fn jump(&mut self, low: &str, high: &str) {
        let flag_word = Variable::flag_word();
        let flag_word = flag_word.name(self.nest != 0);
        self.line(&format!("jump_pc = vec2<u32>({low}, {high});"));
        self.line(&format!("block = translation_find({flag_word});"));
        self.line("break;");
    }

    fn leave(&mut self, code: u32, held: bool) {
        self.line(&format!("code = {code}u;"));
        if held {
            self.line("held = true;");
        }
        self.line("block = TRANSLATION_LEAVE;");
        self.line("break;");
    }

    /// On to the block at `to`. Whether what is written behind this is not reached from here. A break leaves the loop, or,
    /// outside of loops, the switch.
    fn edge(&mut self, from: usize, to: u32) -> bool {
        let Some(&node) = self.of_start.get(&to) else {
            self.leave(to, false);
            return true;
        };
        let structure = self.structure;
        let number = structure.number[node];
        let inner = structure.home[from];
        if self.nesting.nested[node].is_some() && structure.dominator[node] == from {
            self.node(node);
            return false;
        }
        if inner != 0 && node == inner {
            // A loop's head is not guarded unless there is another way in.
            if self.nesting.heads_inside[node] {
                self.line(&format!("block = {number}u;"));
            }
            self.line("continue;");
            return true;
        }
        self.line(&format!("block = {number}u;"));
        if inner != 0 && structure.around[node] == inner {
            // It stands further on in this loop.
            return false;
        }
        self.line("break;");
        true
    }
}

/// Slots that blocks read or assign, and what else they keep; and those of them that they assign.
fn variables<'a>(
    interpreter: &Interpreter,
    blocks: impl Iterator<Item = &'a Block>,
) -> (BTreeSet<Variable>, BTreeSet<Variable>) {
    let mut used: BTreeSet<Variable> = [Variable::left(), Variable::flag_word(), Variable::last_code()].into();
    let mut set = used.clone();
    for block in blocks {
        let kept = block.inputs.values().filter(|slot| interpreter.name(**slot).is_some());
        used.extend(kept.map(|slot| interpreter.variable(Target::Slot(*slot))));
        for item in &block.items {
            if let Item::Assign(target, _) = item {
                set.insert(interpreter.variable(*target));
            }
        }
    }
    used.extend(set.iter().cloned());
    (used, set)
}

//! Blocks as a tree of loops: which loops there are, what is in them, and in what order it is to be written.
//!
//! Node 0 is the root, from which every block can be entered that is in no loop; the blocks are nodes from 1 on. A
//! block's number is its place in the tree in preorder, so that a subtree is a range of numbers.

/// Entries are added one by one, each where the one before has left a loop with two; after so many rounds, all that are left at
/// once, and after so many more, all that there could be.
const MOST_ROUNDS: usize = 64;

/// The loops of a graph of blocks, made reducible by more entries at the root.
pub struct Structure {
    /// Of each node, what follows it.
    pub followers: Vec<Vec<usize>>,
    /// Immediate dominators.
    pub dominator: Vec<usize>,
    /// The innermost loop that a node is in, by its header: a header is in its own; 0 for none.
    pub home: Vec<usize>,
    /// The innermost loop that is around a node: of a header, around its loop.
    pub around: Vec<usize>,
    /// What is written within a node: of a header, within its loop. In order.
    pub children: Vec<Vec<usize>>,
    /// What is written behind a header's loop, as its header dominates it: it is in the loop around. In order.
    pub after: Vec<Vec<usize>>,
    pub number: Vec<usize>,
    /// Nodes in the subtree; without those behind the loop.
    pub size: Vec<usize>,
    pub inner_size: Vec<usize>,
    /// Begins a loop.
    pub header: Vec<bool>,
    /// Edges that lead to it, those that go back left out.
    pub edges_in: Vec<usize>,
    /// Entered at the root, for what leads to it from elsewhere is not known.
    pub entered: Vec<bool>,
}

impl Structure {
    /// `followers` of the blocks, which are numbered from 1; `entries` are entered from the root.
    pub fn new(followers: &[Vec<usize>], entries: &[usize]) -> Structure {
        let mut followers: Vec<Vec<usize>> = followers.to_vec();
        followers[0] = entries.to_vec();
        find_lost(&mut followers);
        let mut entered = vec![false; followers.len()];
        followers[0].iter().for_each(|node| entered[*node] = true);
        let mut rounds = 0;
        loop {
            let order = postorder(&followers);
            let parent = dominators(&followers, &order);
            let dominates = |a: usize, mut b: usize| {
                while order[b] < order[a] {
                    b = parent[b];
                }
                a == b
            };
            // A way back to what does not dominate is a loop with two entries.
            let mut extra = Vec::new();
            for (node, edges) in followers.iter().enumerate() {
                for &to in edges {
                    let back = order[to] >= order[node] && !entered[to];
                    if back && (rounds >= 2 * MOST_ROUNDS || !dominates(to, node)) {
                        extra.push(to);
                    }
                }
            }
            let Some(&last) = extra.last() else { return Structure::finish(followers, order, parent) };
            if rounds < MOST_ROUNDS {
                extra = vec![last];
            }
            for to in extra {
                if !std::mem::replace(&mut entered[to], true) {
                    followers[0].push(to);
                }
            }
            rounds += 1;
        }
    }

    fn finish(followers: Vec<Vec<usize>>, order: Vec<usize>, dominator: Vec<usize>) -> Structure {
        let count = followers.len();
        let mut edges_in = vec![0; count];
        let mut before = vec![Vec::new(); count];
        let mut bodies: Vec<Option<Vec<bool>>> = vec![None; count];
        let dominates = |a: usize, mut b: usize| {
            while b != a && b != 0 {
                b = dominator[b];
            }
            a == b
        };
        let mut back = Vec::new();
        for (node, edges) in followers.iter().enumerate() {
            for &to in edges {
                if node != 0 && to != 0 && order[to] >= order[node] {
                    // The root's own loop serves what it can be entered at from anywhere.
                    if dominates(to, node) {
                        back.push((node, to));
                    }
                } else {
                    edges_in[to] += 1;
                }
                if node != 0 {
                    before[to].push(node);
                }
            }
        }
        for (from, to) in back {
            let body = bodies[to].get_or_insert_with(|| vec![false; count]);
            body[to] = true;
            let mut open = vec![from];
            while let Some(node) = open.pop() {
                if !std::mem::replace(&mut body[node], true) {
                    open.extend(&before[node]);
                }
            }
        }
        // Loops of the same node are one within the other: the larger first.
        let mut headers: Vec<usize> = (1..count).filter(|node| bodies[*node].is_some()).collect();
        headers.sort_by_key(|node| std::cmp::Reverse(order[*node]));
        let (mut home, mut around) = (vec![0; count], vec![0; count]);
        for &header in &headers {
            let body = bodies[header].as_ref().expect("it is a header");
            around[header] = home[header];
            for node in (1..count).filter(|node| body[*node]) {
                home[node] = header;
            }
        }
        for node in 1..count {
            if bodies[node].is_none() {
                around[node] = home[node];
            }
        }
        let mut children = vec![Vec::new(); count];
        let mut after = vec![Vec::new(); count];
        for node in 1..count {
            let level = around[node];
            if level == 0 {
                children[0].push(node);
                continue;
            }
            let parent = dominator[node];
            let mut inner = home[parent];
            if inner == level {
                children[parent].push(node);
                continue;
            }
            while around[inner] != level {
                inner = around[inner];
            }
            after[inner].push(node);
        }
        for list in children.iter_mut().chain(&mut after) {
            list.sort_by_key(|node| std::cmp::Reverse(order[*node]));
        }
        let mut entered = vec![false; count];
        followers[0].iter().for_each(|node| entered[*node] = true);
        let mut structure = Structure {
            header: bodies.iter().map(Option::is_some).collect(),
            number: vec![0; count],
            size: vec![1; count],
            inner_size: vec![1; count],
            followers,
            dominator,
            home,
            around,
            children,
            after,
            edges_in,
            entered,
        };
        structure.count();
        structure
    }

    /// The outermost loop that a node is in, by its header; 0 for none.
    pub fn nest(&self, node: usize) -> usize {
        let mut nest = self.home[node];
        while nest != 0 && self.around[nest] != 0 {
            nest = self.around[nest];
        }
        nest
    }

    fn count(&mut self) {
        enum Step {
            Enter(usize),
            Inner(usize),
            Done(usize),
        }
        let mut next = 0;
        let mut open = vec![Step::Enter(0)];
        while let Some(step) = open.pop() {
            match step {
                Step::Enter(node) => {
                    self.number[node] = next;
                    next += 1;
                    open.push(Step::Done(node));
                    open.extend(self.after[node].iter().rev().map(|child| Step::Enter(*child)));
                    open.push(Step::Inner(node));
                    open.extend(self.children[node].iter().rev().map(|child| Step::Enter(*child)));
                }
                Step::Inner(node) => self.inner_size[node] = next - self.number[node],
                Step::Done(node) => self.size[node] = next - self.number[node],
            }
        }
    }
}

/// What nothing leads to is entered from the root as well.
fn find_lost(followers: &mut [Vec<usize>]) {
    let mut found = vec![false; followers.len()];
    for start in 0..followers.len() {
        if std::mem::replace(&mut found[start], true) {
            continue;
        }
        if start != 0 {
            followers[0].push(start);
        }
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            for &to in &followers[node] {
                if !std::mem::replace(&mut found[to], true) {
                    open.push(to);
                }
            }
        }
    }
}

/// Each node's place in postorder; `usize::MAX` for those that the root does not reach.
fn postorder(followers: &[Vec<usize>]) -> Vec<usize> {
    let mut order = vec![usize::MAX; followers.len()];
    let mut seen = vec![false; followers.len()];
    let mut next = 0;
    let mut open = vec![(0, 0)];
    seen[0] = true;
    while let Some((node, edge)) = open.pop() {
        match followers[node].get(edge) {
            Some(&to) => {
                open.push((node, edge + 1));
                if !std::mem::replace(&mut seen[to], true) {
                    open.push((to, 0));
                }
            }
            None => {
                order[node] = next;
                next += 1;
            }
        }
    }
    order
}

/// Immediate dominators (Cooper, Harvey and Kennedy's iteration).
fn dominators(followers: &[Vec<usize>], order: &[usize]) -> Vec<usize> {
    let count = followers.len();
    let mut before = vec![Vec::new(); count];
    for (node, edges) in followers.iter().enumerate() {
        for &to in edges {
            before[to].push(node);
        }
    }
    let mut nodes: Vec<usize> = (1..count).collect();
    nodes.sort_by_key(|node| std::cmp::Reverse(order[*node]));
    let mut parent = vec![usize::MAX; count];
    parent[0] = 0;
    loop {
        let mut changed = false;
        for &node in &nodes {
            let mut common = usize::MAX;
            for &from in before[node].iter().filter(|from| parent[**from] != usize::MAX) {
                common = if common == usize::MAX { from } else { meet(common, from, &parent, order) };
            }
            changed |= std::mem::replace(&mut parent[node], common) != common;
        }
        if !changed {
            return parent;
        }
    }
}

fn meet(mut a: usize, mut b: usize, parent: &[usize], order: &[usize]) -> usize {
    while a != b {
        while order[a] < order[b] {
            a = parent[a];
        }
        while order[b] < order[a] {
            b = parent[b];
        }
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes that are neither headers nor entered from the root make no cycle.
    fn every_loop_has_a_head(structure: &Structure) -> bool {
        let head = |node: usize| node == 0 || structure.header[node] || structure.entered[node];
        let mut left: Vec<usize> = (1..structure.number.len()).filter(|node| !head(*node)).collect();
        loop {
            let before = left.len();
            let open = left.clone();
            left.retain(|node| structure.followers[*node].iter().any(|to| open.contains(to)));
            if left.is_empty() || left.len() == before {
                return left.is_empty();
            }
        }
    }

    #[test]
    fn a_nest_of_loops_is_a_tree() {
        // 1 -> 2 -> 3 -> 3 | 4, 4 -> 2 | 5
        let followers = [vec![], vec![2], vec![3], vec![3, 4], vec![2, 5], vec![]];
        let structure = Structure::new(&followers, &[1]);
        assert_eq!(structure.dominator, [0, 0, 1, 2, 3, 4]);
        assert_eq!(structure.header, [false, false, true, true, false, false]);
        assert_eq!(structure.home, [0, 0, 2, 3, 2, 0]);
        assert_eq!(structure.around, [0, 0, 0, 2, 2, 0]);
        assert_eq!(structure.children, [vec![1, 2, 5], vec![], vec![3], vec![], vec![], vec![]]);
        assert_eq!(structure.after[3], [4]);
        assert_eq!((structure.size[2], structure.size[3], structure.inner_size[3]), (3, 2, 1));
        assert!(every_loop_has_a_head(&structure));
    }

    /// `node` is dominated by `header`, and leads back to it through such nodes.
    fn in_loop(structure: &Structure, header: usize, node: usize) -> bool {
        let below = |mut node: usize| {
            while node != header && node != 0 {
                node = structure.dominator[node];
            }
            node == header
        };
        let mut seen = vec![false; structure.number.len()];
        let mut open = if below(node) { vec![node] } else { vec![] };
        while let Some(node) = open.pop() {
            for &to in structure.followers[node].iter().filter(|to| below(**to)) {
                if to == header {
                    return true;
                }
                if !std::mem::replace(&mut seen[to], true) {
                    open.push(to);
                }
            }
        }
        node == header
    }

    #[test]
    fn loops_with_several_entries_are_entered_from_the_root() {
        let mut state = 7u64;
        let mut random = |end: usize| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as usize % end
        };
        for _ in 0..2000 {
            let count = 3 + random(12);
            let mut followers = vec![vec![]];
            followers.extend((1..count).map(|_| (0..random(3)).map(|_| 1 + random(count - 1)).collect::<Vec<_>>()));
            let structure = Structure::new(&followers, &[1]);
            assert!(every_loop_has_a_head(&structure), "{followers:?}");
            for node in 1..count {
                for header in (1..count).filter(|header| structure.header[*header]) {
                    let mut home = structure.home[node];
                    while home != 0 && home != header {
                        home = structure.around[home];
                    }
                    assert_eq!(home == header, in_loop(&structure, header, node), "{node} in {header}: {followers:?}");
                }
            }
            let mut numbers = structure.number.clone();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..count).collect::<Vec<_>>(), "{followers:?}");
        }
    }
}

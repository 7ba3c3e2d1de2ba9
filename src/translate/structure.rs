//! Blocks as a tree of loops and branches: who dominates whom.
//!
//! Node 0 is the root, from which every block can be entered that nothing else dominates; the blocks are nodes from 1
//! on. A block's number is its place in the tree in preorder, so that a subtree is a range of numbers.

/// The tree of dominators over a graph of blocks, made reducible by more entries at the root.
pub struct Structure {
    /// Of each node, what follows it.
    pub followers: Vec<Vec<usize>>,
    pub parent: Vec<usize>,
    /// In the order in which they are to be written.
    pub children: Vec<Vec<usize>>,
    pub number: Vec<usize>,
    /// Nodes in the subtree.
    pub size: Vec<usize>,
    /// Begins a loop.
    pub header: Vec<bool>,
    /// Edges that lead to it, those that go back left out.
    pub edges_in: Vec<usize>,
}

impl Structure {
    /// `followers` of the blocks, which are numbered from 1; `entries` are entered from the root.
    pub fn new(followers: &[Vec<usize>], entries: &[usize]) -> Structure {
        let mut followers: Vec<Vec<usize>> = followers.to_vec();
        followers[0] = entries.to_vec();
        loop {
            let order = postorder(&followers);
            // What nothing leads to is entered from the root as well.
            if let Some(lost) = (1..followers.len()).find(|node| order[*node] == usize::MAX) {
                followers[0].push(lost);
                continue;
            }
            let parent = dominators(&followers, &order);
            let dominates = |a: usize, mut b: usize| {
                while order[b] < order[a] {
                    b = parent[b];
                }
                a == b
            };
            // A way back to what does not dominate is a loop with two entries.
            let mut extra = None;
            for (node, edges) in followers.iter().enumerate() {
                for &to in edges {
                    if order[to] >= order[node] && !dominates(to, node) && !followers[0].contains(&to) {
                        extra = Some(to);
                    }
                }
            }
            match extra {
                Some(to) => followers[0].push(to),
                None => return Structure::finish(followers, order, parent),
            }
        }
    }

    fn finish(followers: Vec<Vec<usize>>, order: Vec<usize>, parent: Vec<usize>) -> Structure {
        let count = followers.len();
        let mut children = vec![Vec::new(); count];
        for node in 1..count {
            children[parent[node]].push(node);
        }
        for list in &mut children {
            list.sort_by_key(|node| std::cmp::Reverse(order[*node]));
        }
        let mut header = vec![false; count];
        let mut edges_in = vec![0; count];
        for (node, edges) in followers.iter().enumerate() {
            for &to in edges {
                if order[to] >= order[node] && to != 0 && node != 0 {
                    // The root's own loop serves what it can be entered at from anywhere.
                    let mut up = node;
                    while up != to && up != 0 {
                        up = parent[up];
                    }
                    header[to] |= up == to;
                } else {
                    edges_in[to] += 1;
                }
            }
        }
        let mut structure =
            Structure { followers, parent, children, number: vec![0; count], size: vec![1; count], header, edges_in };
        let mut next = 0;
        let mut open = vec![(0, false)];
        while let Some((node, done)) = open.pop() {
            if done {
                structure.size[node] = next - structure.number[node];
            } else {
                structure.number[node] = next;
                next += 1;
                open.push((node, true));
                open.extend(structure.children[node].iter().rev().map(|child| (*child, false)));
            }
        }
        structure
    }

    /// Whether `node` is in the subtree of `top`.
    pub fn within(&self, node: usize, top: usize) -> bool {
        let number = self.number[node];
        (self.number[top]..self.number[top] + self.size[top]).contains(&number)
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
        let head = |node: usize| node == 0 || structure.header[node] || structure.followers[0].contains(&node);
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
        assert_eq!(structure.parent, [0, 0, 1, 2, 3, 4]);
        assert_eq!(structure.header, [false, false, true, true, false, false]);
        assert!(structure.within(5, 2) && !structure.within(1, 2) && every_loop_has_a_head(&structure));
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
            let mut numbers = structure.number.clone();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..count).collect::<Vec<_>>(), "{followers:?}");
        }
    }
}

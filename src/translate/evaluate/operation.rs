//! Operations on scalars.

use super::{Evaluator, Result, Unsupported};
use crate::translate::graph::{Bin, Graph, N, Un};
use wgpu::naga::{BinaryOperator, MathFunction, UnaryOperator};

impl Evaluator<'_> {
    pub(super) fn unary(&mut self, op: UnaryOperator, n: N) -> N {
        match op {
            UnaryOperator::Negate => {
                let zero = self.graph.word(0);
                self.graph.sub(zero, n)
            }
            UnaryOperator::LogicalNot => self.graph.no(n),
            UnaryOperator::BitwiseNot => self.graph.not(n),
        }
    }

    pub(super) fn binary(&mut self, op: BinaryOperator, signed: bool, a: N, b: N) -> Result<N> {
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

    pub(super) fn math(&mut self, fun: MathFunction, signed: bool, value: N, others: &[N]) -> Result<N> {
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

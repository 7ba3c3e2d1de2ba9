//! Expressions, which become nodes or places.

use super::place::local_place;
use super::program::scalars;
use super::{Evaluator, Frame, Place, Result, Unsupported, Value};
use crate::translate::graph::N;
use wgpu::naga::{Constant, Expression, Handle, Literal, RelationalFunction, ScalarKind, SwizzleComponent, TypeInner};

impl<'a> Evaluator<'a> {
    pub(super) fn data(&mut self, frame: &mut Frame<'a>, expression: Handle<Expression>) -> Result<Vec<N>> {
        match self.value(frame, expression)? {
            Value::Data(data) => Ok(data),
            Value::Place(_) => Err(Unsupported("a pointer as a value")),
        }
    }

    pub(super) fn scalar(&mut self, frame: &mut Frame<'a>, expression: Handle<Expression>) -> Result<N> {
        let data = self.data(frame, expression)?;
        if let [n] = data[..] { Ok(n) } else { Err(Unsupported("a vector for a scalar")) }
    }

    pub(super) fn place(&mut self, frame: &mut Frame<'a>, expression: Handle<Expression>) -> Result<Place> {
        match self.value(frame, expression)? {
            Value::Place(place) => Ok(place),
            Value::Data(_) => Err(Unsupported("a value as a pointer")),
        }
    }

    pub(super) fn value(&mut self, frame: &mut Frame<'a>, expression: Handle<Expression>) -> Result<Value> {
        match &frame.values[expression.index()] {
            Some(value) => Ok(value.clone()),
            None => self.expression(frame, expression),
        }
    }

    pub(super) fn type_of(&self, frame: &Frame<'a>, expression: Handle<Expression>) -> Result<&'a TypeInner> {
        let program = self.program;
        let handle = frame.handle.ok_or(Unsupported("an operation in a constant"))?;
        Ok(program.info[handle][expression].ty.inner_with(&program.module.types))
    }

    pub(super) fn expression(&mut self, frame: &mut Frame<'a>, expression: Handle<Expression>) -> Result<Value> {
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

    pub(super) fn literal(&mut self, literal: &Literal) -> Result<N> {
        Ok(match literal {
            Literal::U32(value) => self.graph.word(*value),
            Literal::I32(value) => self.graph.word(*value as u32),
            Literal::Bool(value) => self.graph.truth(*value),
            _ => return Err(Unsupported("a literal of this type")),
        })
    }

    pub(super) fn constant(&mut self, constant: Handle<Constant>) -> Result<Vec<N>> {
        let init = self.program.module.constants[constant].init;
        self.constant_expression(init)
    }

    pub(super) fn constant_expression(&mut self, expression: Handle<Expression>) -> Result<Vec<N>> {
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
}

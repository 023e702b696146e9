//! Asks a question of rows: which match, in which order, how many are shown, and the one number for all that match.
//!
//! Rows with equal keys stand in the order of their ids, numbers by their size, so that the same rows give the same
//! ranks in whatever order they came.

use std::cmp::Ordering;

use super::cell::{Cell, CellKind};
use super::column::Column;
use super::number::{Number, NumberFault};
use super::picture::{MetricValue, Picture};
use super::rows::{Ids, Rows, RowsFault};
use super::view_spec::{Comparison, Direction, Measure, Predicate, PrimaryMetric, ViewSpec};

impl ViewSpec {
    /// The picture that these rows give. Refuses rows without an id and rows that share one, and fields of another
    /// kind than the question needs, naming them.
    pub fn answer(&self, rows: &Rows) -> Result<Picture, RowsFault> {
        let ids = rows.ids(&self.id_field)?;
        if let Some(predicate) = &self.predicate {
            check_kinds(predicate, rows)?;
        }
        let is_meant = |row: &usize| {
            self.predicate
                .as_ref()
                .is_none_or(|predicate| holds(predicate, rows, *row))
        };
        let mut places: Vec<usize> = (0..rows.count()).filter(is_meant).collect();
        let metric = measure(&self.primary_metric, rows, &places)?;
        let matched = places.len() as u64;
        self.sort(&mut places, rows, &ids);
        places.truncate(self.limit as usize);
        let places: Vec<u32> = places
            .iter()
            .filter_map(|place| u32::try_from(*place).ok())
            .collect();
        let columns = match &self.columns {
            Some(names) => names
                .iter()
                .map(|name| shown(name, rows, &places))
                .collect(),
            None => rows
                .columns()
                .iter()
                .map(|column| column.gather(&places))
                .collect(),
        };
        Ok(Picture {
            id_field: self.id_field.clone(),
            ids: ids.gather(&places),
            columns,
            matched,
            metric: MetricValue {
                metric: self.primary_metric.clone(),
                value: metric,
            },
        })
    }

    fn sort(&self, places: &mut [usize], rows: &Rows, ids: &Ids) {
        let steps: Vec<(&Column, Direction)> = self
            .order_by
            .iter()
            .filter_map(|step| Some((rows.column(&step.field)?, step.direction)))
            .collect();
        let numbers: Vec<Option<Number>> = ids.iter().map(number_of).collect();
        places.sort_unstable_by(|a, b| {
            let mut by_field = steps
                .iter()
                .map(|(column, direction)| in_order(column.cell(*a), column.cell(*b), *direction));
            let by_id = || match (numbers[*a], numbers[*b]) {
                (Some(a), Some(b)) => a.cmp(&b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => ids.get(*a).cmp(ids.get(*b)),
            };
            by_field.find(|order| order.is_ne()).unwrap_or_else(by_id)
        });
    }
}

/// The number that an id is, when it is written as one. It is read from the id alone: what stands beside a row never
/// changes its place.
fn number_of(id: &str) -> Option<Number> {
    let number = Number::from_json_text(id)?.ok()?;
    (number.to_string() == id).then_some(number)
}

/// A column of the picture; one that no row has is missing in all of them.
fn shown(name: &str, rows: &Rows, places: &[u32]) -> Column {
    match rows.column(name) {
        Some(column) => column.gather(places),
        None => Column::missing(name, places.len()),
    }
}

/// What has no value comes last, whichever way the order goes.
fn in_order(a: Cell<'_>, b: Cell<'_>, direction: Direction) -> Ordering {
    match (a.kind(), b.kind()) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(_), Some(_)) => {
            let order = compare(a, b).unwrap_or(Ordering::Equal);
            match direction {
                Direction::Asc => order,
                Direction::Desc => order.reverse(),
            }
        }
    }
}

/// The order of two values of one kind; none for values of two, and where a value is not there.
fn compare(a: Cell<'_>, b: Cell<'_>) -> Option<Ordering> {
    match (a, b) {
        (Cell::Bool(a), Cell::Bool(b)) => Some(a.cmp(&b)),
        (Cell::Number(a), Cell::Number(b)) => Some(a.cmp(&b)),
        (Cell::Text(a), Cell::Text(b)) => Some(a.cmp(b)),
        (Cell::Time(a), Cell::Time(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}

/// Whether a row meets a condition.
fn holds(predicate: &Predicate, rows: &Rows, row: usize) -> bool {
    let cell = |field: &str| {
        rows.column(field)
            .map_or(Cell::Missing, |column| column.cell(row))
    };
    let ordered = |comparison: &Comparison, is: fn(Ordering) -> bool| {
        compare(cell(&comparison.field), comparison.value.cell()).is_some_and(is)
    };
    let text = |comparison: &Comparison, is: fn(&str, &str) -> bool| match (
        cell(&comparison.field),
        comparison.value.cell(),
    ) {
        (Cell::Text(has), Cell::Text(wanted)) => is(&has.to_lowercase(), &wanted.to_lowercase()),
        _ => false,
    };
    match predicate {
        Predicate::And(parts) => parts.iter().all(|part| holds(part, rows, row)),
        Predicate::Or(parts) => parts.iter().any(|part| holds(part, rows, row)),
        Predicate::Not(part) => !holds(part, rows, row),
        Predicate::Eq(comparison) => ordered(comparison, Ordering::is_eq),
        Predicate::Ne(comparison) => ordered(comparison, Ordering::is_ne),
        Predicate::Lt(comparison) => ordered(comparison, Ordering::is_lt),
        Predicate::Le(comparison) => ordered(comparison, Ordering::is_le),
        Predicate::Gt(comparison) => ordered(comparison, Ordering::is_gt),
        Predicate::Ge(comparison) => ordered(comparison, Ordering::is_ge),
        Predicate::In(one_of) => one_of
            .values
            .iter()
            .any(|value| value.cell() == cell(&one_of.field)),
        Predicate::Contains(comparison) => text(comparison, |has, wanted| has.contains(wanted)),
        Predicate::StartsWith(comparison) => {
            text(comparison, |has, wanted| has.starts_with(wanted))
        }
        Predicate::IsNull(name) => cell(&name.field).kind().is_none(),
    }
}

/// Refuses a comparison with a value of another kind than the column holds: it could never be true, and nobody meant it.
fn check_kinds(predicate: &Predicate, rows: &Rows) -> Result<(), RowsFault> {
    let check = |field: &str, wanted: Option<CellKind>| {
        let holds = rows.column(field).map_or(CellKind::Empty, Column::kind);
        match wanted {
            Some(wanted) if holds != CellKind::Empty && holds != wanted => Err(RowsFault {
                row: None,
                column: Some(field.to_owned()),
                detail: format!("the question compares it with {wanted}, the rows hold {holds}"),
            }),
            _ => Ok(()),
        }
    };
    match predicate {
        Predicate::And(parts) | Predicate::Or(parts) => {
            parts.iter().try_for_each(|part| check_kinds(part, rows))
        }
        Predicate::Not(part) => check_kinds(part, rows),
        Predicate::In(one_of) => one_of
            .values
            .iter()
            .try_for_each(|value| check(&one_of.field, value.cell().kind())),
        Predicate::IsNull(_) => Ok(()),
        Predicate::Eq(comparison)
        | Predicate::Ne(comparison)
        | Predicate::Lt(comparison)
        | Predicate::Le(comparison)
        | Predicate::Gt(comparison)
        | Predicate::Ge(comparison)
        | Predicate::Contains(comparison)
        | Predicate::StartsWith(comparison) => {
            check(&comparison.field, comparison.value.cell().kind())
        }
    }
}

/// The one number, over all rows that match. Null and missing cells are left out; without any value there is none, but
/// a sum of none is zero and so is a count.
fn measure(
    metric: &PrimaryMetric,
    rows: &Rows,
    places: &[usize],
) -> Result<Option<Number>, RowsFault> {
    let Some(field) = metric.field.as_deref() else {
        return Ok(Some(Number::Whole(
            i64::try_from(places.len()).unwrap_or(i64::MAX),
        )));
    };
    let fault = |detail: String| RowsFault {
        row: None,
        column: Some(field.to_owned()),
        detail,
    };
    let column = rows.column(field);
    let kind = column.map_or(CellKind::Empty, Column::kind);
    if !matches!(kind, CellKind::Number | CellKind::Empty) {
        return Err(fault(format!(
            "{} is of numbers; the rows hold {kind}",
            metric.measure
        )));
    }
    let numbers = || {
        let cells = column
            .into_iter()
            .flat_map(|column| places.iter().map(|place| column.cell(*place)));
        cells.filter_map(Cell::number)
    };
    Ok(match metric.measure {
        Measure::Count => Some(Number::Whole(
            i64::try_from(places.len()).unwrap_or(i64::MAX),
        )),
        Measure::Min => numbers().min(),
        Measure::Max => numbers().max(),
        Measure::Sum => Some(sum(numbers()).map_err(|why| fault(why.to_string()))?),
        Measure::Mean => mean(numbers()),
    })
}

/// Whole numbers are summed exactly. Fractions are summed with the rounding error carried along (Neumaier), so that the
/// order of the rows hardly matters.
fn sum(numbers: impl Iterator<Item = Number>) -> Result<Number, NumberFault> {
    let (whole, fractions) = totals(numbers);
    if fractions == 0.0 {
        let whole = i64::try_from(whole).map_err(|_| NumberFault::TooLarge)?;
        return Ok(Number::Whole(whole));
    }
    Number::from_f64(as_f64(whole) + fractions)
}

fn mean(numbers: impl Iterator<Item = Number> + Clone) -> Option<Number> {
    let count = i128::try_from(numbers.clone().count())
        .ok()
        .filter(|count| *count > 0)?;
    let (whole, fractions) = totals(numbers);
    if fractions == 0.0 && whole % count == 0 {
        return i64::try_from(whole / count).ok().map(Number::Whole);
    }
    Number::from_f64((as_f64(whole) + fractions) / as_f64(count)).ok()
}

fn totals(numbers: impl Iterator<Item = Number>) -> (i128, f64) {
    let (mut whole, mut sum, mut lost) = (0i128, 0.0f64, 0.0f64);
    for number in numbers {
        match number {
            Number::Whole(number) => whole += i128::from(number),
            Number::Decimal(_) => {
                let number = number.as_f64();
                let next = sum + number;
                lost += if sum.abs() >= number.abs() {
                    (sum - next) + number
                } else {
                    (number - next) + sum
                };
                sum = next;
            }
        }
    }
    (whole, sum + lost)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the nearest fraction is what is asked for"
)]
const fn as_f64(whole: i128) -> f64 {
    whole as f64
}

#[cfg(test)]
mod tests;

//! What templates may do to a value on its way out.

use std::borrow::Borrow;

use bellboard_core::text;

/// Digits in groups: "18 422".
#[askama::filter_fn]
pub fn grouped<N: Borrow<u64>>(number: N, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(text::grouped(*number.borrow()))
}

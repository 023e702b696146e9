//! Pictures, and what differs between two of them.

use std::collections::BTreeSet;

use bellboard_core::dashboard::{Cell, Number, Picture, compute_diff, summarise};
use proptest::prelude::*;

use crate::support::{picture, question, rows, scores};

/// The scores that a picture shows, in its order.
fn shown(picture: &Picture) -> Vec<f64> {
    let column = picture.column("score").expect("there is a score");
    column
        .cells()
        .filter_map(Cell::number)
        .map(Number::as_f64)
        .collect()
}

fn ids(picture: &Picture) -> Vec<String> {
    picture
        .primary_rows()
        .map(|(_, id)| id.to_owned())
        .collect()
}

proptest! {
    #[test]
    fn a_picture_comes_back_from_its_text(scores in scores()) {
        let before = picture(&scores);
        let after = Picture::from_canonical(&before.canonical());
        prop_assert_eq!(after.as_ref(), Ok(&before));
        prop_assert_eq!(after.unwrap().content_hash(), before.content_hash());
    }

    #[test]
    fn the_order_in_which_rows_come_makes_no_difference(scores in scores()) {
        let backwards = question(10_000).answer(&rows(scores.iter().rev())).unwrap();
        prop_assert_eq!(backwards, picture(&scores));
    }

    #[test]
    fn equal_pictures_have_equal_addresses_and_others_have_others(a in scores(), b in scores()) {
        let (a, b) = (picture(&a), picture(&b));
        prop_assert_eq!(a == b, a.content_hash() == b.content_hash());
    }

    #[test]
    fn the_highest_come_first_and_equal_ones_by_their_ids(scores in scores()) {
        prop_assume!(!scores.is_empty());
        let picture = picture(&scores);
        let (ids, numbers) = (ids(&picture), shown(&picture));
        prop_assert_eq!(numbers.len(), scores.len());
        for place in 1..numbers.len() {
            let falls = numbers[place - 1] > numbers[place];
            let ties = numbers[place - 1].total_cmp(&numbers[place]).is_eq();
            prop_assert!(falls || (ties && ids[place - 1] < ids[place]));
        }
    }

    #[test]
    fn a_limit_shows_the_first_and_counts_all(scores in scores(), limit in 1_u32..6) {
        let whole = picture(&scores);
        let part = question(limit).answer(&rows(&scores)).unwrap();
        let least = scores.len().min(limit as usize);
        prop_assert_eq!(part.shown(), least);
        prop_assert_eq!(part.matched(), scores.len() as u64);
        prop_assert_eq!(part.primary_metric(), whole.primary_metric());
        prop_assert_eq!(&ids(&part)[..], &ids(&whole)[..least]);
    }

    #[test]
    fn nothing_differs_from_itself(scores in scores()) {
        let picture = picture(&scores);
        let diff = compute_diff(&picture, &picture);
        let view = diff.view();
        prop_assert!(view.unchanged && diff.summary.unchanged);
        prop_assert!(view.top_n_changes.is_empty() && view.row_value_deltas.is_empty());
        prop_assert!(view.id_set_added.is_empty() && view.id_set_removed.is_empty());
        prop_assert_eq!(diff.sentence(&picture, &picture), "Nothing changed.");
    }

    #[test]
    fn a_diff_leads_from_one_picture_to_the_other(a in scores(), b in scores()) {
        let (a, b) = (picture(&a), picture(&b));
        prop_assert_eq!(compute_diff(&a, &b).apply(&a), Ok(b));
    }

    #[test]
    fn what_is_new_one_way_is_gone_the_other(a in scores(), b in scores()) {
        let (a, b) = (picture(&a), picture(&b));
        let (there, back) = (compute_diff(&a, &b).view(), compute_diff(&b, &a).view());
        let set = |ids: &[String]| ids.iter().cloned().collect::<BTreeSet<_>>();
        prop_assert_eq!(set(&there.id_set_added), set(&back.id_set_removed));
        prop_assert_eq!(set(&there.id_set_removed), set(&back.id_set_added));
        prop_assert_eq!(there.row_value_deltas.len(), back.row_value_deltas.len());
        prop_assert_eq!(there.unchanged, back.unchanged);
    }

    #[test]
    fn the_sets_are_those_of_the_ids(a in scores(), b in scores()) {
        let view = compute_diff(&picture(&a), &picture(&b)).view();
        let added: BTreeSet<&String> = b.keys().filter(|id| !a.contains_key(*id)).collect();
        let removed: BTreeSet<&String> = a.keys().filter(|id| !b.contains_key(*id)).collect();
        prop_assert_eq!(view.id_set_added.iter().collect::<BTreeSet<_>>(), added);
        prop_assert_eq!(view.id_set_removed.iter().collect::<BTreeSet<_>>(), removed);
    }

    #[test]
    fn the_figures_that_are_kept_are_those_of_the_diff(a in scores(), b in scores()) {
        let (a, b) = (picture(&a), picture(&b));
        prop_assert_eq!(summarise(&a, &b), compute_diff(&a, &b).summary);
    }

    #[test]
    fn the_figures_come_back_from_json(a in scores(), b in scores()) {
        let summary = summarise(&picture(&a), &picture(&b));
        let text = serde_json::to_string(&summary).unwrap();
        prop_assert_eq!(serde_json::from_str::<bellboard_core::dashboard::Summary>(&text).unwrap(), summary);
    }
}

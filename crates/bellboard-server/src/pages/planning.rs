//! Where a person may plan: the engagements in which they can make what belongs to a catalogue.

use bellboard_core::membership::{Capability, allows};
use bellboard_hub::engagement::MembershipView;

use super::visit::Engagements;

/// An engagement to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceChoice {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// It is chosen.
    pub chosen: bool,
}

/// Those in which the reader may plan, by name; the one of this slug is chosen, else the one that the page is about.
pub fn places(engagements: &Engagements, chosen: Option<&str>) -> Vec<PlaceChoice> {
    let scope = engagements
        .scope()
        .map(|scope| scope.engagement_slug.as_str());
    let chosen = chosen.or(scope);
    let able = engagements.listed().filter(|place| may_plan_in(place));
    let mut places: Vec<PlaceChoice> = able
        .map(|place| PlaceChoice {
            slug: place.engagement_slug.clone(),
            name: place.engagement_name.clone(),
            chosen: chosen == Some(place.engagement_slug.as_str()),
        })
        .collect();
    places.sort_by_key(|place| place.name.to_lowercase());
    places
}

/// The only one; then nobody has to be asked.
pub fn only_place(places: &[PlaceChoice]) -> Option<&str> {
    match places {
        [only] => Some(&only.slug),
        _ => None,
    }
}

/// Whether the reader may plan in this engagement.
pub fn may_plan_in(place: &MembershipView) -> bool {
    allows(place.designations, Capability::Plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_needs_no_choice() {
        let place = |slug: &str| PlaceChoice {
            slug: slug.to_owned(),
            name: slug.to_owned(),
            chosen: false,
        };
        assert_eq!(only_place(&[]), None);
        assert_eq!(only_place(&[place("aster")]), Some("aster"));
        assert_eq!(only_place(&[place("aster"), place("north")]), None);
    }
}

//! Types of runs, for the hub and for one engagement.

use bellboard_core::membership::Capability::{Manage, View};

use crate::run_type;
use crate::verbs::entry::Access::{Engagement, HubOwner, SignedIn};
use crate::verbs::tool::NO_TOOL;

verbs! {
    list_run_types: Get "/engagements/{engagement_id}/run-types", Engagement(View), NO_TOOL, false,
        run_type::list_run_types, run_type::ListRunTypes => run_type::RunTypesView,
        "The types that are declared for an engagement, for the hub or by Bellboard itself, by name.";
    get_run_type: Get "/run-types/{type}", SignedIn, NO_TOOL, false,
        run_type::get_run_type, run_type::OfRunType => run_type::RunTypeView, "What holds for a type on the whole hub.";
    put_run_type: Put "/run-types/{type}", HubOwner, NO_TOOL, false,
        run_type::put_run_type, run_type::PutRunType => run_type::RunTypeView, "Declares a type for the whole hub.";
    get_engagement_run_type: Get "/engagements/{engagement_id}/run-types/{type}", Engagement(View), NO_TOOL, false,
        run_type::get_engagement_run_type, run_type::OfRunType => run_type::RunTypeView,
        "What holds for a type in one engagement.";
    put_engagement_run_type: Put "/engagements/{engagement_id}/run-types/{type}", Engagement(Manage), NO_TOOL, false,
        run_type::put_engagement_run_type, run_type::PutRunType => run_type::RunTypeView,
        "Declares a type for one engagement.";
}

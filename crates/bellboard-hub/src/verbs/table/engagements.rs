//! Engagements, and who belongs to them as what.

use bellboard_core::membership::Capability::{Manage, View};

use crate::verbs::entry::Access::{Engagement, Human};
use crate::verbs::tool::NO_TOOL;
use crate::{engagement, home};

verbs! {
    create_engagement: Post "/engagements", Human, NO_TOOL, true,
        engagement::create_engagement, engagement::CreateEngagement => engagement::EngagementView,
        "A new engagement, with you as its owner.";
    get_engagement: Get "/engagements/{engagement_id}", Engagement(View), NO_TOOL, false,
        engagement::get_engagement, engagement::OfEngagement => engagement::EngagementView, "One engagement.";
    delete_engagement: Delete "/engagements/{engagement_id}", Engagement(Manage), NO_TOOL, false,
        engagement::delete_engagement, engagement::OfEngagement => engagement::EngagementView,
        "Removes a demo engagement with everything in it; any other is refused.";
    get_activity_summary: Get "/engagements/{engagement_id}/activity-summary", Engagement(View), NO_TOOL, false,
        home::get_activity_summary, engagement::OfEngagement => home::ActivitySummaryView,
        "What runs in one engagement, and what waits for you there, as numbers.";
    list_members: Get "/engagements/{engagement_id}/members", Engagement(View), NO_TOOL, false,
        engagement::list_members, engagement::PageOfEngagement => bellboard_core::page::Page<engagement::MemberView>,
        "Who belongs to the engagement, and as what.";
    put_member: Put "/engagements/{engagement_id}/members/{person_id}", Engagement(Manage), NO_TOOL, false,
        engagement::put_member, engagement::PutMember => engagement::MemberView,
        "Makes somebody a member with exactly these designations.";
    delete_member: Delete "/engagements/{engagement_id}/members/{person_id}", Engagement(Manage), NO_TOOL, false,
        engagement::delete_member, engagement::DeleteMember => engagement::MemberView,
        "Ends a membership; the last owner stays.";
}

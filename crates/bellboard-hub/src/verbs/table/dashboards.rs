//! Dashboards: saved questions, what they answered, and who is told when the answer changes.

use bellboard_core::membership::Capability::{Plan, Report, View};

use crate::verbs::entry::Access::{Chosen, Object, SignedIn};
use crate::verbs::entry::ObjectConcept::{Dashboard, Snapshot};
use crate::verbs::tool::NO_TOOL;
use crate::{dashboard, person, snapshot, subscription};

verbs! {
    list_dashboards: Get "/dashboards", Chosen(View), NO_TOOL, false,
        dashboard::list_dashboards, dashboard::ListDashboards => bellboard_core::page::Page<dashboard::DashboardView>,
        "The dashboards of your engagements, last changed first.";
    create_dashboard: Post "/dashboards", Chosen(Plan), NO_TOOL, true,
        dashboard::create_dashboard, dashboard::CreateDashboard => dashboard::DashboardView,
        "Saves a question about one engagement. Every fault of it is named with its path and the nearest word that would be right.";
    get_dashboard: Get "/dashboard/{dashboard_id}", Object(Dashboard, View), NO_TOOL, false,
        dashboard::get_dashboard, dashboard::OfDashboard => dashboard::DashboardView, "One dashboard.";
    update_dashboard: Patch "/dashboard/{dashboard_id}", Object(Dashboard, Plan), NO_TOOL, false,
        dashboard::update_dashboard, dashboard::UpdateDashboard => dashboard::DashboardView,
        "Changes a dashboard: its title, its question, when snapshots are taken. What was kept stays as it is.";
    archive_dashboard: Patch "/dashboard/{dashboard_id}/archive", Object(Dashboard, Plan), NO_TOOL, false,
        dashboard::archive_dashboard, dashboard::OfDashboard => dashboard::DashboardView,
        "Takes a dashboard out of use. No more snapshots are taken; what was kept stays readable.";
    get_dashboard_now: Get "/dashboard/{dashboard_id}/now", Object(Dashboard, View), NO_TOOL, false,
        snapshot::get_dashboard_now, dashboard::OfDashboard => snapshot::NowView,
        "What a dashboard answers at this moment. Nothing is kept, and no bell rings.";
    take_snapshot: Post "/dashboard/{dashboard_id}/snapshot", Object(Dashboard, Report), NO_TOOL, true,
        snapshot::take_snapshot, dashboard::OfDashboard => snapshot::SnapshotDetail,
        "Keeps what a dashboard answers at this moment, and rings the bells whose rule the difference meets.";
    list_snapshots: Get "/dashboard/{dashboard_id}/snapshots", Object(Dashboard, View), NO_TOOL, false,
        snapshot::list_snapshots, snapshot::ListSnapshots => bellboard_core::page::Page<snapshot::SnapshotView>,
        "The snapshots of a dashboard, newest first.";
    get_snapshot: Get "/snapshots/{snapshot_id}", Object(Snapshot, View), NO_TOOL, false,
        snapshot::get_snapshot, snapshot::OfSnapshot => snapshot::SnapshotDetail, "One snapshot with all that it shows.";
    get_dashboard_diff: Get "/dashboard/{dashboard_id}/diff", Object(Dashboard, View), NO_TOOL, false,
        snapshot::get_dashboard_diff, snapshot::GetDiff => snapshot::DiffAnswer,
        "What differs between two snapshots of a dashboard; between the newest and the one before when none is named.";
    list_missed_snapshots: Get "/dashboard/{dashboard_id}/missed", Object(Dashboard, View), NO_TOOL, false,
        snapshot::list_missed_snapshots, snapshot::ListMissed => bellboard_core::page::Page<snapshot::MissedView>,
        "The hours for which the timer has no snapshot, newest first, and why.";
    take_due_snapshots: Post "/snapshots/due", SignedIn, NO_TOOL, false,
        snapshot::take_due_snapshots, person::NoInput => snapshot::DueView,
        "Takes the snapshots that are due where you may report, for those who have a timer of their own.";
    list_subscriptions: Get "/dashboard/{dashboard_id}/subscriptions", Object(Dashboard, View), NO_TOOL, false,
        subscription::list_subscriptions, subscription::ListSubscriptions => bellboard_core::page::Page<subscription::SubscriptionView>,
        "Who is told of a dashboard, and beyond which threshold, newest first.";
    create_subscription: Post "/dashboard/{dashboard_id}/subscriptions", Object(Dashboard, View), NO_TOOL, true,
        subscription::create_subscription, subscription::CreateSubscription => subscription::SubscriptionView,
        "Tells somebody of a dashboard when what it answers changes beyond a threshold. A webhook's secret is shown this once.";
    update_subscription: Patch "/dashboard/{dashboard_id}/subscriptions/{subscription_id}", Object(Dashboard, View), NO_TOOL, false,
        subscription::update_subscription, subscription::UpdateSubscription => subscription::SubscriptionView,
        "Changes when a bell is heard: muted, not too often, not at night, gathered.";
    delete_subscription: Delete "/dashboard/{dashboard_id}/subscriptions/{subscription_id}", Object(Dashboard, View), NO_TOOL, false,
        subscription::delete_subscription, subscription::OfSubscription => subscription::SubscriptionView,
        "Tells a subscriber nothing more of a dashboard.";
    preview_subscription: Post "/dashboard/{dashboard_id}/subscriptions/preview", Object(Dashboard, View), NO_TOOL, false,
        subscription::preview_subscription, subscription::PreviewSubscription => subscription::PreviewView,
        "When a rule would have rung on the kept snapshots, and why, and how often at neighbouring thresholds.";
    list_ledger: Get "/dashboard/{dashboard_id}/ledger", Object(Dashboard, View), NO_TOOL, false,
        subscription::list_ledger, subscription::ListLedger => bellboard_core::page::Page<subscription::EvaluationView>,
        "What was decided for each subscription at each snapshot, and why, newest first.";
}

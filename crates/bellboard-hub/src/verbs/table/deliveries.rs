//! What bells send out, and the secrets that sign it.

use bellboard_core::membership::Capability::View;

use crate::delivery;
use crate::verbs::ObjectConcept::{Dashboard, Delivery};
use crate::verbs::entry::Access::{Chosen, Object, SignedIn};
use crate::verbs::tool::NO_TOOL;

verbs! {
    list_deliveries: Get "/deliveries", SignedIn, NO_TOOL, false,
        delivery::list_deliveries, delivery::ListDeliveries => bellboard_core::page::Page<delivery::DeliveryView>,
        "What bells sent, will send, or gave up: of your own bells, and of all where you manage the engagement; newest first.";
    get_delivery: Get "/deliveries/{delivery_id}", Object(Delivery, View), NO_TOOL, false,
        delivery::get_delivery, delivery::GetDelivery => delivery::DeliveryDetail,
        "One delivery with its body and what came of each try.";
    replay_delivery: Post "/deliveries/{delivery_id}/replay", Object(Delivery, View), NO_TOOL, false,
        delivery::replay_delivery, delivery::OfDelivery => delivery::DeliveryView,
        "Tries a delivery again that was given up, with the same id and the same bytes.";
    replay_deliveries: Post "/deliveries/replay", Chosen(View), NO_TOOL, false,
        delivery::replay_deliveries, delivery::ReplayDeliveries => delivery::ReplayedView,
        "Tries the dead letters of a time again.";
    test_subscription: Post "/dashboard/{dashboard_id}/subscriptions/{subscription_id}/test", Object(Dashboard, View), NO_TOOL, false,
        delivery::test_subscription, delivery::OfBell => delivery::TestView,
        "Sends a test to a subscriber, and shows the exact bytes and the answer. A test that arrives switches the bell on again.";
    rotate_secret: Post "/dashboard/{dashboard_id}/subscriptions/{subscription_id}/rotate", Object(Dashboard, View), NO_TOOL, false,
        delivery::rotate_secret, delivery::OfBell => delivery::RotatedView,
        "Gives a webhook a new secret, shown once; for a day the former one signs too.";
}

//! What belongs to a person: home, inbox, settings, keys, agents, and the further people of the hub.

use crate::verbs::entry::Access::{HubOwner, Human, SignedIn};
use crate::verbs::tool::{self, NO_TOOL};
use crate::{engagement, home, notification, paging, person, session, settings, token};

verbs! {
    get_me: Get "/me", SignedIn, NO_TOOL, false,
        person::get_me, person::NoInput => person::MeView, "Who you are to the hub.";
    get_badge: Get "/me/badge", SignedIn, NO_TOOL, false,
        home::get_badge, person::NoInput => home::BadgeView, "How many things need you, as one number.";
    list_memberships: Get "/me/memberships", SignedIn, tool::LIST_MEMBERSHIPS, false,
        engagement::list_memberships, paging::PageInput => bellboard_core::page::Page<engagement::MembershipView>,
        "The engagements that you belong to, and what you are in each.";
    list_active: Get "/me/dashboard/active", SignedIn, NO_TOOL, false,
        home::list_active, home::ZoneInput => bellboard_core::page::Page<home::ActiveItem>,
        "What is running or queued, over every engagement that you belong to, newest first.";
    list_needs_you: Get "/me/dashboard/needs_you", SignedIn, tool::NEEDS_YOU, false,
        home::list_needs_you, home::ZoneInput => bellboard_core::page::Page<home::NeedsYouItem>,
        "What waits for you, over every engagement where you may act, newest first.";
    list_recent: Get "/me/dashboard/recent", SignedIn, NO_TOOL, false,
        home::list_recent, home::ZoneInput => bellboard_core::page::Page<home::RecentItem>,
        "What finished, over every engagement that you belong to, newest first.";
    list_notifications: Get "/me/notifications", SignedIn, NO_TOOL, false,
        notification::list_notifications, notification::ListNotifications => bellboard_core::page::Page<notification::NotificationView>,
        "Your inbox: one notification per run that you started and that ended.";
    get_unread_count: Get "/me/notifications/unread", SignedIn, NO_TOOL, false,
        notification::get_unread_count, person::NoInput => notification::UnreadView, "How many notifications were not read.";
    read_all_notifications: Post "/me/notifications/read", SignedIn, NO_TOOL, false,
        notification::read_all_notifications, person::NoInput => notification::UnreadView, "Marks all notifications as read.";
    read_notification: Post "/me/notifications/{notification_id}/read", SignedIn, NO_TOOL, false,
        notification::read_notification, notification::OfNotification => notification::UnreadView,
        "Marks one notification as read.";
    get_settings: Get "/me/settings", SignedIn, NO_TOOL, false,
        settings::get_settings, person::NoInput => settings::SettingsView, "What you prefer on the pages.";
    put_settings: Put "/me/settings", SignedIn, NO_TOOL, false,
        settings::put_settings, settings::PutSettings => settings::SettingsView,
        "Sets what you prefer on the pages, on every browser: colours, single-key shortcuts, undo time.";
    snooze_need: Post "/me/snoozes", SignedIn, NO_TOOL, false,
        home::snooze_need, home::SnoozeNeed => home::SnoozeView,
        "Hides something that waits from you until a moment; nobody else's list changes.";
    unsnooze_need: Delete "/me/snoozes", SignedIn, NO_TOOL, false,
        home::unsnooze_need, home::UnsnoozeNeed => home::SnoozeView,
        "Shows what you had hidden again.";
    create_login_link: Post "/me/login-link", Human, NO_TOOL, true,
        session::create_login_link, person::NoInput => session::LoginLinkView,
        "A link that signs you in to the pages once, within fifteen minutes.";
    list_tokens: Get "/me/tokens", Human, NO_TOOL, false,
        token::list_tokens, paging::PageInput => bellboard_core::page::Page<token::TokenView>,
        "The tokens that you created, for yourself and for your agents. Secrets are never shown again.";
    create_token: Post "/me/tokens", Human, NO_TOOL, true,
        token::create_token, token::CreateToken => token::CreatedTokenView,
        "A token for yourself or for an agent of yours. The secret is shown once.";
    revoke_token: Delete "/me/tokens/{token_id}", Human, NO_TOOL, false,
        token::revoke_token, token::RevokeToken => token::TokenView,
        "Refuses the token from the next request on.";
    list_agents: Get "/me/agents", Human, NO_TOOL, false,
        person::list_agents, paging::PageInput => bellboard_core::page::Page<person::PersonView>, "The agents that you answer for.";
    create_agent: Post "/me/agents", Human, NO_TOOL, true,
        person::create_agent, person::CreatePerson => person::PersonView, "An agent that you answer for.";
    create_person: Post "/people", HubOwner, NO_TOOL, true,
        person::create_person, person::CreatePerson => person::InvitedView,
        "A further human, with the link that signs them in for the first time.";
    create_person_link: Post "/people/{person_id}/login-link", HubOwner, NO_TOOL, true,
        person::create_person_link, person::OfPerson => session::LoginLinkView,
        "A link for a human who can no longer sign in: once, within fifteen minutes.";
}

//! Asks: a question, who may answer it, and the answer.

use bellboard_core::membership::Capability::{Decide, Report, View};

use crate::verbs::entry::Access::{Ask, Engagement, SignedIn};
use crate::verbs::tool::{self, NO_TOOL};
use crate::{ask, decision};

verbs! {
    create_ask: Post "/engagements/{engagement_id}/asks", Engagement(Report), NO_TOOL, true,
        ask::create_ask, ask::CreateAsk => ask::AskMade,
        "Asks people a question. Asked again under the same key it is the same ask.";
    ask_human: Post "/engagements/{engagement_id}/asks/wait", Engagement(Report), tool::ASK_HUMAN, true,
        ask::ask_human, ask::CreateAsk => ask::AskMade,
        "Asks people a question and waits up to 25 seconds for the answer.";
    list_asks: Get "/asks", SignedIn, NO_TOOL, false,
        ask::list_asks, ask::ListAsks => bellboard_core::page::Page<ask::AskView>,
        "What was asked, over every engagement that you belong to, newest first.";
    get_ask: Get "/asks/{ask_id}", Ask(View), NO_TOOL, false,
        ask::get_ask, ask::GetAsk => ask::AskView,
        "One ask; with `wait_seconds` it answers as soon as the ask is closed.";
    list_ask_decisions: Get "/asks/{ask_id}/decisions", Ask(View), NO_TOOL, false,
        ask::list_ask_decisions, ask::PageOfAsk => bellboard_core::page::Page<decision::DecisionView>,
        "Who answered an ask, gave it on or withdrew it and when, newest first, also what was undone. An answer is there when it is in effect.";
    answer_ask: Post "/asks/{ask_id}/answer", Ask(Decide), NO_TOOL, false,
        ask::answer_ask, ask::AnswerAsk => ask::AskView,
        "Answers an ask, for people only. Whoever comes second is told who answered what and when.";
    get_answer: Get "/asks/{ask_id}/answer", Ask(View), tool::GET_ANSWER, false,
        ask::get_answer, ask::GetAnswer => ask::AskView,
        "Waits up to 25 seconds for the answer to an ask.";
    undo_ask: Post "/asks/{ask_id}/undo", Ask(Decide), NO_TOOL, false,
        ask::undo_ask, ask::OfAsk => decision::DecisionView,
        "Takes an answer back before it is in effect.";
    withdraw_ask: Post "/asks/{ask_id}/withdraw", Ask(Report), NO_TOOL, false,
        ask::withdraw_ask, ask::WithdrawAsk => ask::AskView,
        "Takes a question back, by who asked or an owner.";
    delegate_ask: Post "/asks/{ask_id}/delegate", Ask(Decide), NO_TOOL, false,
        ask::delegate_ask, ask::DelegateAsk => ask::AskView,
        "Gives an open ask to one person.";
}

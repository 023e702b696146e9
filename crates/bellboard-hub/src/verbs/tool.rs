//! The tools of agents: the verbs that an agent works with, and what it is told about each before it calls one. An agent
//! reads all of them at the start of every session and has read nothing else, so they are few, and each says what it
//! does, when to call it and what comes back.

/// How a verb appears as an MCP tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tool {
    /// What agents call it.
    pub name: &'static str,
    /// What it does, when to call it, and what comes back.
    pub words: &'static str,
    /// The tool changes nothing.
    pub read_only: bool,
    /// Calling it twice with the same input is calling it once.
    pub idempotent: bool,
}

/// A verb that no agent needs as a tool.
pub(super) const NO_TOOL: Option<Tool> = None;

/// A tool that changes nothing.
const fn reads(name: &'static str, words: &'static str) -> Tool {
    Tool {
        name,
        words,
        read_only: true,
        idempotent: true,
    }
}

/// A tool that changes something, once however often it is called.
const fn settles(name: &'static str, words: &'static str) -> Tool {
    Tool {
        name,
        words,
        read_only: false,
        idempotent: true,
    }
}

/// A tool that changes something at every call.
const fn changes(name: &'static str, words: &'static str) -> Tool {
    Tool {
        name,
        words,
        read_only: false,
        idempotent: false,
    }
}

pub(super) const LIST_MEMBERSHIPS: Option<Tool> = Some(reads(
    "list_memberships",
    "The engagements (clients, projects) that you may work in. Call it once per session: `start_run`, `ask_human` and \
     `create_artifact` want an `engagement_id` from here. Gives `items` with `engagement_id`, `engagement_name`, \
     `engagement_slug`, your `designations`, and `read_only` where you may only look.",
));

pub(super) const NEEDS_YOU: Option<Tool> = Some(reads(
    "needs_you",
    "What waits for a decision or a look, newest first: artifacts to decide about, questions to answer, runs that failed, \
     tasks that need a human. Call it when somebody asks what is waiting, or to see whether what you handed in is still \
     undecided. Gives `items` with `item_kind`, `item_id`, `item_label`, `detail` and the `actions` that would settle it; \
     most of them are for people, so tell your human rather than decide for them.",
));

pub(super) const START_RUN: Option<Tool> = Some(changes(
    "start_run",
    "Says that long work begins. Call it before work that takes longer than a minute or that others may wait for, with \
     `engagement_id`, a dotted `type` such as `docs.review`, a `label` that a person understands, and `status: running`. \
     Gives `run`, whose `id` goes with every `report_run` and the `finish_run`. With `created: false` the same work is \
     under way already: do not do it twice.",
));

pub(super) const REPORT_RUN: Option<Tool> = Some(settles(
    "report_run",
    "A sign of life of a run with what you know. Call it about once a minute while you work, and when a phase begins: \
     `processed` and `total` with their `unit` if you counted, else `phase` or a `message` in a few words. Never a \
     percentage; it is refused. Gives `run`, and `cancel_requested`: when that is true, stop and call `finish_run` with \
     the outcome `cancelled`.",
));

pub(super) const FINISH_RUN: Option<Tool> = Some(settles(
    "finish_run",
    "Ends a run. Call it exactly once when the work is over, also when it failed: `outcome` \
     `succeeded`, `partially_succeeded`, `blocked`, `failed` or `cancelled`, with a `message` that says what came of it. Without it people see a run that fell silent. \
     Gives the `run` as it stands now; an outcome that contradicts the first one is refused (409).",
));

pub(super) const CREATE_ARTIFACT: Option<Tool> = Some(changes(
    "create_artifact",
    "Puts something that you made before people: a `shape` or `assertion` that waits for a decision, a report, a render. \
     Call it when a result should be looked at instead of only being mentioned in a chat. Gives the artifact with its \
     `id`, `version` and `state`; wait for the decision with `get_artifact`.",
));

pub(super) const GET_ARTIFACT: Option<Tool> = Some(reads(
    "get_artifact",
    "One artifact with its content, its `state`, and the `decision` with the person's `note` once there is one. To wait \
     for a decision call it with `wait_seconds: 25`, again while `decision` is null. Act on a decision when its \
     `released` is true; until then it can be undone.",
));

pub(super) const ADD_ARTIFACT_VERSION: Option<Tool> = Some(changes(
    "add_artifact_version",
    "Puts a new version of an artifact before people, for instance after it was rejected with a note: the content, the \
     `expected_version` that it follows, and a `note` that says what is new. It waits for a decision again. Gives the \
     artifact; 409 `version_changed` says that somebody added a version before you: read it first.",
));

pub(super) const ASK_HUMAN: Option<Tool> = Some(changes(
    "ask_human",
    "Asks people one question and waits up to 25 seconds. Call it when you cannot go on without a decision that is not \
     yours, with `engagement_id`, a `title` of one line, 2 to 10 `options` of `key` and `label`, and a `key` of your own \
     so that asking twice is one ask. Gives the ask: while `closed` is false call `get_answer` with its `id` as \
     `ask_id`; then `answer` holds the chosen `option`, or is null if the question was withdrawn.",
));

pub(super) const GET_ANSWER: Option<Tool> = Some(reads(
    "get_answer",
    "Waits up to 25 seconds for the answer to an ask. Call it again while `closed` is false, or do other work in \
     between; an answer is never lost. Gives the ask with `closed`, `answer` and who gave it.",
));

pub(super) const LIST_DOMAINS: Option<Tool> = Some(reads(
    "list_domains",
    "The domains (fields of work that repos and plans belong to) with how much belongs to each. Call it to find the slug \
     of a domain; active ones when `status` is absent. Gives `items` with `slug`, `name`, `status` and counts.",
));

pub(super) const CREATE_DOMAIN: Option<Tool> = Some(changes(
    "create_domain",
    "Makes a domain. Call it only when nothing in `list_domains` fits and your human wants a new one. Gives the domain; a \
     slug that is taken is refused (409 `slug_taken`).",
));

pub(super) const RENAME_DOMAIN: Option<Tool> = Some(settles(
    "rename_domain",
    "Gives a domain another slug and name. Everything in it follows, and the former slug still leads to it. Gives the \
     domain as it is now.",
));

pub(super) const ARCHIVE_DOMAIN: Option<Tool> = Some(settles(
    "archive_domain",
    "Takes a domain out of use; nothing is deleted. Refused while it has active topics (409 `active_topics` names them). \
     Gives the domain.",
));

pub(super) const LIST_DOMAIN_REPOS: Option<Tool> = Some(reads(
    "list_domain_repos",
    "The repositories of a domain. Call it to see where else work of this domain lies. Gives `items` with `slug`, \
     `name`, `local_path`, `remote_url` and when each was last synced.",
));

pub(super) const REGISTER_REPO: Option<Tool> = Some(changes(
    "register_repo",
    "Makes a repository known in a domain, so that its plan files can be synced (`bellboard sync` on the machine where it \
     lies). An unknown domain is refused with the valid slugs. Gives the repo with its `slug`.",
));

pub(super) const GET_SUMMARY: Option<Tool> = Some(reads(
    "get_summary",
    "Where the planned work stands: totals, open decisions, blocked tasks, open workstreams and what they wait for, what \
     happened last, `next_steps`. Call it first in a session about planned work, with `domain` for a short form of at \
     most 2 KiB.",
));

pub(super) const LIST_READY_TASKS: Option<Tool> = Some(reads(
    "list_ready_tasks",
    "Tasks that can be begun now, most important first: nobody has them, no human is needed, nothing has to happen \
     before. Call it when you look for work, then take one with `claim_task`. Gives `items` with `id`, `external_id`, \
     `title`, `description`, `priority` and `workstream`, and `next_cursor` while there are more.",
));

pub(super) const CLAIM_TASK: Option<Tool> = Some(changes(
    "claim_task",
    "Takes a task so that nobody else does it. Call it before you begin. Gives the `task`, `claim_fence`, which you send \
     with everything you say about the task, and `claim_until`: call it again with the `claim_fence` before then, or the \
     task is everybody's again. 409 `task_claimed` says who has it and until when: take another.",
));

pub(super) const RELEASE_TASK: Option<Tool> = Some(settles(
    "release_task",
    "Gives back a task that you claimed and will not finish, so that others need not wait for your claim to end. Say why \
     with `add_progress` first. Gives the task; what was begun is `todo` again.",
));

pub(super) const UPDATE_TASK: Option<Tool> = Some(settles(
    "update_task",
    "Says where a task is: `status` `in_progress` when you begin, `done` at the end, `blocked` with a \
     `blocking_reason`. Send the `claim_fence` of your claim: 409 `task_claim_lost` then says that the task is no longer \
     yours, so stop. Absent fields stay. Gives the task.",
));

pub(super) const FLAG_FOR_HUMAN: Option<Tool> = Some(settles(
    "flag_for_human",
    "Says that a task cannot go on without a human, with an `intervention_note`: what they are to do and what you tried. \
     It then waits in their needs-you, and nobody else is offered the task. For a question with a few answers use \
     `ask_human`. Gives the task.",
));

pub(super) const ADD_PROGRESS: Option<Tool> = Some(changes(
    "add_progress",
    "Writes one line into the history of the planned work: a finding, a decision you took, a step that is done. Call it \
     when the next reader should know, with `task`, `workstream` or `domain`. Lines are never changed. Gives the line.",
));

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::verbs::{VERBS, find, find_tool};

    /// What an agent has to read before it can begin is bounded.
    const WORDS: std::ops::RangeInclusive<usize> = 80..=520;

    /// The source's six, and the working set of the requirements.
    const WANTED: [&str; 18] = [
        "list_domains",
        "create_domain",
        "rename_domain",
        "archive_domain",
        "list_domain_repos",
        "register_repo",
        "get_summary",
        "list_ready_tasks",
        "claim_task",
        "update_task",
        "add_progress",
        "flag_for_human",
        "start_run",
        "report_run",
        "finish_run",
        "ask_human",
        "get_answer",
        "needs_you",
    ];

    /// What the others cannot be used without: where to work, giving back, and a decision about what was made.
    const BESIDES: [&str; 5] = [
        "list_memberships",
        "release_task",
        "create_artifact",
        "get_artifact",
        "add_artifact_version",
    ];

    #[test]
    fn the_set_is_the_wanted_one_and_no_more() {
        let tools = VERBS.iter().filter_map(|verb| verb.tool);
        let names: Vec<_> = tools.map(|tool| tool.name).collect();
        let set: BTreeSet<_> = names.iter().copied().collect();
        assert_eq!(set.len(), names.len());
        assert_eq!(set, WANTED.into_iter().chain(BESIDES).collect());
    }

    #[test]
    fn each_says_what_comes_back_and_names_tools_that_are_there() {
        for verb in VERBS {
            let Some(tool) = verb.tool else { continue };
            assert!(
                WORDS.contains(&tool.words.len()),
                "{}: {}",
                tool.name,
                tool.words.len()
            );
            assert!(
                tool.words.ends_with('.') && !tool.words.contains("  "),
                "{}",
                tool.name
            );
            assert_eq!(
                tool.read_only,
                verb.method.as_str() == "GET",
                "{}",
                tool.name
            );
            // A word between backquotes that is a verb's name is one that the agent has under this name.
            for word in tool.words.split('`').skip(1).step_by(2) {
                let is_verb = find(word).is_some();
                assert!(
                    !is_verb || find_tool(word).is_some(),
                    "{} names {word}",
                    tool.name
                );
            }
        }
    }

    #[test]
    fn a_tool_is_found_by_the_name_that_agents_use() {
        assert_eq!(find_tool("needs_you").unwrap().name, "list_needs_you");
        assert!(find_tool("list_needs_you").is_none());
        assert!(find_tool("create_person").is_none());
    }

    /// The names in the first column of the tools' table.
    fn in_the_document() -> BTreeSet<&'static str> {
        let (_, part) = include_str!("../../../../docs/agents.md")
            .split_once("\n## The tools\n")
            .unwrap();
        let (part, _) = part.split_once("\n## ").unwrap();
        let rows = part.lines().filter_map(|line| line.strip_prefix("| `"));
        rows.filter_map(|row| Some(row.split_once('`')?.0))
            .collect()
    }

    #[test]
    fn the_document_lists_exactly_these_and_names_no_other_verb() {
        let tools = VERBS.iter().filter_map(|verb| verb.tool);
        let names: BTreeSet<_> = tools.map(|tool| tool.name).collect();
        assert_eq!(in_the_document(), names);
        let text = include_str!("../../../../docs/agents.md");
        for word in text.split('`').skip(1).step_by(2) {
            let is_other = find(word).is_some() && find_tool(word).is_none();
            assert!(!is_other, "docs/agents.md names {word}, which is no tool");
        }
    }
}

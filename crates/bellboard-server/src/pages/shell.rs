//! What surrounds every page of a signed-in person: navigation with its counts, the engagement list, the Live label.
//! The navigation links only pages that exist.

use askama::Template;
use bellboard_core::time::Timestamp;
use bellboard_hub::settings::{SettingsView, Theme};

use super::assets::Asset;
use super::moment::{Moment, Reading, seconds_iso};
use super::toast::Toast;
use super::words::monogram;

/// Which link of the navigation is the page itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// Home, over all engagements or over the one of this slug list entry.
    Home,
    /// The list of runs, or one run.
    Runs,
    /// The dashboards, or one of them.
    Dashboards,
    /// The reader's bells, and what was sent for them.
    Bells,
    /// The domains, or one of them.
    Domains,
    /// The workstreams, or one of them.
    Workstreams,
    /// The extension points.
    ExtensionPoints,
    /// The technical debts.
    TechnicalDebts,
    /// The person's bell.
    Notifications,
    /// Settings.
    Settings,
    /// Where a phone finds what its tabs have no room for.
    More,
    /// A page that the navigation does not name.
    Elsewhere,
}

impl Here {
    /// A page that a phone finds below *More*.
    const fn is_more(self) -> bool {
        matches!(
            self,
            Self::Notifications
                | Self::Domains
                | Self::Workstreams
                | Self::ExtensionPoints
                | Self::TechnicalDebts
                | Self::Settings
                | Self::More
        )
    }
}

/// One engagement in the side list.
#[derive(Clone, Debug)]
pub struct EngagementLink {
    /// Its name.
    pub name: String,
    /// Its slug, used in `?e=`.
    pub slug: String,
    /// It holds demo data.
    pub demo: bool,
    /// How many things wait there.
    pub needs_you: u64,
    /// The page is about this engagement.
    pub current: bool,
}

impl EngagementLink {
    /// Two letters for it.
    pub fn mark(&self) -> String {
        monogram(&self.name)
    }
}

/// How much each zone holds, over every engagement of the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// What waits for the person.
    pub needs_you: u64,
    /// Runs that are queued or at work.
    pub active: u64,
    /// Notifications that were not read.
    pub unread: u64,
}

/// The links with their counts; also a fragment of its own, so that counts stay true.
#[derive(Clone, Debug, Template)]
#[template(path = "nav_links.html")]
pub struct NavLinks {
    here: Here,
    counts: Counts,
}

/// The same for phones.
#[derive(Clone, Debug, Template)]
#[template(path = "tabs.html")]
pub struct Tabs {
    here: Here,
    counts: Counts,
}

/// The links between the lists of the catalogue, which keep the domain that the reader has chosen.
#[derive(Clone, Debug, Template)]
#[template(path = "catalogue_links.html")]
pub struct CatalogueLinks {
    here: Here,
    /// `?domain=railiance`, or nothing.
    of_domain: String,
}

/// The same in one line, where the side list is not shown.
#[derive(Clone, Debug, Template)]
#[template(path = "catalogue_line.html")]
pub struct CatalogueLine {
    here: Here,
    of_domain: String,
}

impl askama::filters::HtmlSafe for CatalogueLinks {}
impl askama::filters::HtmlSafe for CatalogueLine {}
impl askama::filters::HtmlSafe for NavLinks {}
impl askama::filters::HtmlSafe for Tabs {}

/// The frame of a page.
#[derive(Debug)]
pub struct Shell {
    /// The page's name in the document title.
    pub title: String,
    /// What the person prefers; the colours may be asked for otherwise by the address.
    pub settings: SettingsView,
    /// Who is signed in.
    pub person: String,
    /// The counted links.
    pub nav: NavLinks,
    /// The counted tabs.
    pub tabs: Tabs,
    /// The links to the catalogue.
    pub catalogue: CatalogueLinks,
    /// The same in one line.
    pub catalogue_line: CatalogueLine,
    /// The person's engagements, by name.
    pub engagements: Vec<EngagementLink>,
    /// How many engagements the list leaves out.
    pub more_engagements: Option<String>,
    /// The activity strip; empty on home, whose Active zone says it all.
    pub strip: Option<super::strip::Strip>,
    /// What came of a start from the page before.
    pub toast: Option<Toast>,
    counts: Counts,
    now: Timestamp,
}

impl Shell {
    /// The frame of the page `here` called `title`.
    pub fn new(
        title: &str,
        here: Here,
        person: &str,
        counts: Counts,
        settings: SettingsView,
        now: Timestamp,
    ) -> Self {
        Self {
            title: title.to_owned(),
            settings,
            person: person.to_owned(),
            nav: NavLinks { here, counts },
            tabs: Tabs { here, counts },
            catalogue: CatalogueLinks {
                here,
                of_domain: String::new(),
            },
            catalogue_line: CatalogueLine {
                here,
                of_domain: String::new(),
            },
            engagements: Vec::new(),
            more_engagements: None,
            strip: None,
            toast: None,
            counts,
            now,
        }
    }

    /// The frame with the side list of `engagements`, and how many `more` it leaves out.
    pub fn with_engagements(
        mut self,
        engagements: Vec<EngagementLink>,
        more: Option<String>,
    ) -> Self {
        self.engagements = engagements;
        self.more_engagements = more;
        self
    }

    /// The frame whose links to the catalogue keep this domain.
    pub fn of_domain(mut self, slug: Option<&str>) -> Self {
        let slug = slug.filter(|slug| !slug.is_empty());
        let kept = slug.map_or_else(String::new, |slug| format!("?domain={slug}"));
        self.catalogue.of_domain.clone_from(&kept);
        self.catalogue_line.of_domain = kept;
        self
    }

    /// The frame with an activity strip.
    pub fn with_strip(mut self, strip: super::strip::Strip) -> Self {
        self.strip = Some(strip);
        self
    }

    /// The frame with the answer to a start.
    pub fn with_toast(mut self, toast: Option<Toast>) -> Self {
        self.toast = toast;
        self
    }

    /// The engagements by name, those of the demo apart so that nobody takes them for real.
    pub fn groups(&self) -> Vec<(&'static str, Vec<&EngagementLink>)> {
        [("Engagements", false), ("Demo engagements", true)]
            .into_iter()
            .map(|(heading, demo)| {
                let mut links: Vec<_> = self
                    .engagements
                    .iter()
                    .filter(|link| link.demo == demo)
                    .collect();
                links.sort_by_key(|link| link.name.to_lowercase());
                (heading, links)
            })
            .filter(|(_, links)| !links.is_empty())
            .collect()
    }

    /// The title of the document: the count of what waits, the page, the product.
    pub fn document_title(&self) -> String {
        if self.counts.needs_you > 0 {
            format!("({}) {} · Bellboard", self.counts.needs_you, self.title)
        } else {
            format!("{} · Bellboard", self.title)
        }
    }

    /// The bell, with a dot when something waits.
    pub fn favicon(&self) -> String {
        if self.counts.needs_you > 0 {
            Asset::path("bell-dot.svg")
        } else {
            Asset::path("bell.svg")
        }
    }

    /// The style sheet of its kind of pages, beside the two that all have.
    pub fn sheet(&self) -> &'static str {
        match self.nav.here {
            Here::Dashboards | Here::Bells => "boards.css",
            _ => "work.css",
        }
    }

    /// The value of `data-theme`; the system's colours need none.
    pub fn colours(&self) -> Option<&'static str> {
        match self.settings.theme {
            Theme::System => None,
            chosen => Some(chosen.as_str()),
        }
    }

    /// The time of the page, for the browser's clock.
    pub fn now_iso(&self) -> String {
        seconds_iso(self.now)
    }

    /// The time of the page, for people.
    pub fn as_of(&self) -> Moment {
        Moment::new(self.now, Reading::Clock, self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(needs_you: u64) -> Shell {
        let now = "2026-11-20T17:42:14.5Z"
            .parse()
            .expect("a time of this test");
        let counts = Counts {
            needs_you,
            active: 5,
            unread: 2,
        };
        Shell::new(
            "Home",
            Here::Home,
            "Mara",
            counts,
            SettingsView::default(),
            now,
        )
    }

    fn link(name: &str, demo: bool) -> EngagementLink {
        EngagementLink {
            name: name.to_owned(),
            slug: name.to_lowercase(),
            demo,
            needs_you: 0,
            current: false,
        }
    }

    #[test]
    fn the_title_and_the_favicon_say_whether_something_waits() {
        assert_eq!(shell(0).document_title(), "Home · Bellboard");
        assert_eq!(shell(6).document_title(), "(6) Home · Bellboard");
        assert!(shell(0).favicon().contains("/bell."));
        assert!(shell(6).favicon().contains("/bell-dot."));
    }

    #[test]
    fn demo_engagements_stand_apart_and_names_are_sorted() {
        assert!(shell(0).groups().is_empty());
        let links = vec![
            link("Zeta", false),
            link("Beta", true),
            link("alpha", false),
        ];
        let shell = shell(0).with_engagements(links, None);
        let names: Vec<(&str, Vec<&str>)> = shell
            .groups()
            .into_iter()
            .map(|(heading, links)| {
                (
                    heading,
                    links.iter().map(|link| link.name.as_str()).collect(),
                )
            })
            .collect();
        assert_eq!(
            names,
            [
                ("Engagements", vec!["alpha", "Zeta"]),
                ("Demo engagements", vec!["Beta"])
            ]
        );
    }

    #[test]
    fn the_colours_of_the_system_need_no_word() {
        let with = |theme| {
            let settings = SettingsView {
                theme,
                ..SettingsView::default()
            };
            Shell {
                settings,
                ..shell(0)
            }
            .colours()
        };
        assert_eq!(with(Theme::System), None);
        assert_eq!(with(Theme::Light), Some("light"));
        assert_eq!(with(Theme::Dark), Some("dark"));
    }

    #[test]
    fn the_links_to_the_catalogue_keep_the_domain() {
        for (slug, end) in [
            (None, "\""),
            (Some(""), "\""),
            (Some("rail"), "?domain=rail\""),
        ] {
            let shell = shell(0).of_domain(slug);
            for html in [
                shell.catalogue.to_string(),
                shell.catalogue_line.to_string(),
            ] {
                for path in [
                    "/ui/workstreams",
                    "/ui/extension-points",
                    "/ui/technical-debt",
                ] {
                    assert!(
                        html.contains(&format!("{path}{end}")),
                        "{path}{end}: {html}"
                    );
                }
                assert!(html.contains("href=\"/ui/domains\""), "{html}");
            }
        }
    }

    #[test]
    fn the_navigation_counts_in_words_too() {
        let html = shell(6).nav.to_string();
        assert!(html.contains("data-needs=\"6\""), "{html}");
        assert!(
            html.contains("6<span class=\"vh\"> need you</span>"),
            "{html}"
        );
        assert!(
            html.contains("5<span class=\"vh\"> active</span>"),
            "{html}"
        );
        assert!(
            html.contains("2<span class=\"vh\"> unread</span>"),
            "{html}"
        );
        let html = shell(0).tabs.to_string();
        assert!(!html.contains("need you"), "{html}");
        assert_eq!(html.matches("aria-current").count(), 1, "{html}");
    }

    #[test]
    fn a_phone_has_bells_at_hand_and_the_inbox_below_more() {
        let counts = Counts {
            unread: 2,
            ..Counts::default()
        };
        for (here, current) in [
            (Here::Bells, "<a href=\"/ui/bells\" aria-current=\"page\">"),
            (
                Here::Notifications,
                "<a href=\"/ui/more\" aria-current=\"page\">",
            ),
        ] {
            let html = Tabs { here, counts }.to_string();
            assert!(html.contains(current), "{html}");
            assert_eq!(html.matches("<a ").count(), 5, "{html}");
            let (_, more) = html.split_once("\"/ui/more\"").expect("the last tab");
            assert!(
                more.contains("2<span class=\"vh\"> unread</span>"),
                "{html}"
            );
        }
    }
}

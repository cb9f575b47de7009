//! Which problems a page shows, from the parameters of its address.

use super::address::address;
use super::problem::Problem;
use crate::finding::State;

/// The value of the parameter `state` for notices.
pub const NOTICE: &str = "notice";

/// The parameters of the page of problems.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProblemFilter {
    /// Only problems of this state; OK for notices.
    pub state: Option<State>,
    /// Only this target.
    pub target: Option<String>,
    /// Only targets of this group.
    pub group: Option<String>,
    /// Only this check.
    pub check: Option<String>,
    /// Only checks of this topic.
    pub topic: Option<String>,
    /// The page, from 1 on.
    pub page: usize,
}

impl ProblemFilter {
    /// The names of the parameters.
    pub const NAMES: [&str; 6] = ["state", "target", "group", "check", "topic", "page"];

    /// Whether a problem agrees with all parts but the state.
    pub fn admits(&self, problem: &Problem) -> bool {
        let is =
            |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|one| one == value);
        is(&self.target, &problem.target)
            && is(&self.check, &problem.check)
            && is(&self.topic, &problem.topic)
            && self.group.as_ref().is_none_or(|group| problem.groups.contains(group))
    }

    /// Whether it limits the problems.
    pub fn is_set(&self) -> bool {
        self.parts().any(|(name, _)| name != "page")
    }

    /// The address with another state.
    pub fn with_state(&self, state: Option<State>) -> String {
        ProblemFilter { state, page: 1, ..self.clone() }.address()
    }

    /// The address of another page.
    pub fn with_page(&self, page: usize) -> String {
        ProblemFilter { page, ..self.clone() }.address()
    }

    /// The address of the page.
    pub fn address(&self) -> String {
        address("/", self.parts())
    }

    /// The parts that are set, as parameters.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, String)> {
        let name = |state: State| if state == State::Ok { NOTICE } else { state.name() };
        let state = self.state.map(|state| name(state).to_owned());
        let page = (self.page > 1).then(|| self.page.to_string());
        let texts = [state, self.target.clone(), self.group.clone(), self.check.clone()];
        let all = texts.into_iter().chain([self.topic.clone(), page]);
        Self::NAMES.into_iter().zip(all).filter_map(|(name, value)| Some((name, value?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encoded() {
        let filter = ProblemFilter {
            state: Some(State::Warning),
            target: Some("a&b=<c> é".to_owned()),
            page: 3,
            ..ProblemFilter::default()
        };
        assert_eq!(filter.address(), "/?state=warning&target=a%26b%3D%3Cc%3E%20%C3%A9&page=3");
        assert_eq!(filter.with_state(None), "/?target=a%26b%3D%3Cc%3E%20%C3%A9");
        assert_eq!(ProblemFilter::default().address(), "/");
    }
}

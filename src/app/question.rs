//! A question that the page asks the worker again and again: at most one is under way, and the next is always about the
//! latest.

/// Where the questions of one kind stand.
#[derive(Debug, Default)]
pub struct Question {
    last: u32,
    under_way: Option<u32>,
    wanted: bool,
}

impl Question {
    /// An answer is wanted to what is there when the next question is asked.
    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// The number of the next question, if one is wanted and none is under way.
    pub fn ask(&mut self) -> Option<u32> {
        if !self.wanted || self.under_way.is_some() {
            return None;
        }
        self.wanted = false;
        self.last = self.last.wrapping_add(1);
        self.under_way = Some(self.last);
        self.under_way
    }

    /// An answer came: true if it is the one that is awaited.
    pub fn answered(&mut self, request: u32) -> bool {
        let awaited = self.under_way == Some(request);
        self.under_way = self.under_way.filter(|_| !awaited);
        awaited
    }

    /// No answer will come to the question under way.
    pub fn unanswered(&mut self) {
        self.under_way = None;
    }

    /// No answer is wanted any more.
    pub fn forget(&mut self) {
        (self.under_way, self.wanted) = (None, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_at_a_time_and_the_latest_next() {
        let mut question = Question::default();
        assert_eq!(question.ask(), None, "nothing is wanted");
        question.want();
        assert_eq!(question.ask(), Some(1));
        question.want();
        question.want();
        assert_eq!(question.ask(), None, "the first is under way");
        assert!(!question.answered(9));
        assert!(question.answered(1));
        assert_eq!([question.ask(), question.ask()], [Some(2), None]);
        question.forget();
        assert!(!question.answered(2));
    }
}

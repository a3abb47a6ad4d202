//! The browser glue of a session: fetches, yields to the event loop, posts events.

//! What comes back from chats.

use ports::chat::{HttpCall, HttpReply};

use crate::engine::Engine;

impl Engine {
    /// Takes one call of a chat platform to `/callbacks/{chat}/…` and says what to answer.
    /// Not authentic calls get 401, malformed ones 400, unknown chats 404.
    pub async fn chat_call(&self, _chat: &str, _call: HttpCall) -> HttpReply {
        unimplemented!()
    }
}

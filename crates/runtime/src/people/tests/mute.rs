//! A chat through which nothing is said: rows for it stay in the outbox.

use async_trait::async_trait;
use model::Timestamp;
use ports::{
    Failure,
    chat::{
        Chat, Form, FormReply, HttpCall, HttpReply, Inbound, Notice, Question, Receipt, Refusal,
        Report,
    },
};

pub(super) struct Mute;

fn silence<T>() -> Result<T, Failure> {
    Err(Failure::permanent("this chat is mute"))
}

#[async_trait]
impl Chat for Mute {
    async fn ask(&self, _: &str, _: &Question) -> Result<Receipt, Failure> {
        silence()
    }
    async fn tell(&self, _: &str, _: &Notice) -> Result<Receipt, Failure> {
        silence()
    }
    async fn update(&self, _: &Receipt, _: &Notice) -> Result<(), Failure> {
        silence()
    }
    async fn report(&self, _: &Report, _: Option<&Receipt>) -> Result<Receipt, Failure> {
        silence()
    }
    async fn open_form(&self, _: &str, _: &Form) -> Result<(), Failure> {
        silence()
    }
    async fn whisper(&self, _: &str, _: &Receipt, _: &str) -> Result<(), Failure> {
        silence()
    }
    async fn account_of(&self, _: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }
    async fn check(&self) -> Result<String, Failure> {
        silence()
    }
    fn read(&self, _: &HttpCall, _: Timestamp) -> Result<Inbound, Refusal> {
        Ok(Inbound::Ignored)
    }
    fn form_reply(&self, _: &FormReply) -> HttpReply {
        HttpReply::empty()
    }
}

//! Actions, playbooks and exceptions from the command line, over the store of a configuration.

use std::sync::Arc;

use demo::vendors::{
    OktaWorld,
    okta::{self, OktaUser},
};
use ports::clock::ManualClock;
use serde_json::Value;

use crate::harness::{Scratch, status, told};

const PLAYBOOK: &str = r#"
id: contain
owner: security
purpose: Holds the account
steps: [{ approve: { needs: 1, within: 1h } }, { run: okta.suspend }]
tests: [{ name: all of it, case: {}, expect: [approve 1, run okta.suspend] }]
"#;

fn json(scratch: &Scratch, args: &[&str]) -> Value {
    let output = scratch.run(&[args, &["--json"]].concat());
    assert_eq!(status(&output), 0, "{args:?}: {}", told(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(&output)))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analyst_acts_plays_and_excepts_without_a_browser() {
    let scratch = Scratch::new();
    let now = "2026-11-20T08:00:00Z".parse().expect("an instant");
    let okta = OktaWorld::start(Arc::new(ManualClock::at(now))).await.expect("a free port");
    okta.add(OktaUser::active("00uMIA", "mia@example.com"));
    scratch.write("okta", okta::TOKEN);
    scratch.write("content/playbooks/contain.yml", PLAYBOOK);
    scratch.write("people.toml", "[[person]]\nid = \"1\"\nemail = \"mia@example.com\"\n");
    let config = format!(
        "escalate.none = true\n\
         directory.staff = {{ kind = \"file\", path = \"people.toml\" }}\n\
         [respond.okta]\nkind = \"okta\"\nbase_url = \"{}\"\ntoken = {{ file = \"okta\" }}\n",
        okta.base_url(),
    );
    scratch.write("countersign.toml", &config);
    let case = json(&scratch, &["cases", "ask", "mia@example.com", "Was this you?"]);
    let case = case["id"].as_str().expect("an id");

    let wish = ["actions", "run", case, "okta.suspend", "--reason", "an intruder"];
    let dry = scratch.run(&[&wish[..], &["--dry-run"]].concat());
    assert_eq!(status(&dry), 0, "{}", told(&dry));
    let expected = format!("POST {}/api/v1/users/00uMIA/lifecycle/suspend", okta.base_url());
    assert!(told(&dry).contains(&expected), "{}", told(&dry));
    assert_eq!(okta.effects(), 0);
    let asked = json(&scratch, &[&wish[..], &["--undo-after", "30m"]].concat());
    assert_eq!((&asked["state"], &asked["by"]), (&"planned".into(), &"key:command-line".into()));
    let shown = scratch.run(&["cases", "show", case]);
    assert!(told(&shown).contains("okta.suspend  planned"), "{}", told(&shown));
    let wrong = scratch.run(&["actions", "run", case, "okta.susp", "--reason", "x"]);
    assert_eq!(status(&wrong), 2, "{}", told(&wrong));
    assert!(told(&wrong).contains("did you mean okta.suspend?"), "{}", told(&wrong));

    let dry = scratch.run(&["playbooks", "run", case, "contain", "--dry-run"]);
    assert_eq!(told(&dry), "approve 1\nrun okta.suspend\n");
    let run = json(&scratch, &["playbooks", "run", case, "contain"]);
    assert_eq!(run["waits_for"], "approval");
    let waiting = scratch.run(&["actions", "list"]);
    assert!(told(&waiting).contains("playbook 1 (contain)"), "{}", told(&waiting));
    let stopped = json(&scratch, &["playbooks", "stop", case, "1"]);
    assert_eq!(stopped["ended"], "stopped");

    let stopped = json(&scratch, &["actions", "stop", "--reason", "a bad table"]);
    assert_eq!(stopped["state"], "stopped");
    let guard = scratch.run(&["actions", "guard"]);
    assert!(told(&guard).starts_with("stopped"), "{}", told(&guard));
    assert_eq!(json(&scratch, &["actions", "resume", "--reason", "mended"])["state"], "going");

    let except = ["exceptions", "add", "--reason", "a job", "--for", "30d", "--rule", "manual"];
    let except = [&except[..], &["--person", "mia@example.com"]].concat();
    let preview = scratch.run(&[&except[..], &["--preview"]].concat());
    assert!(told(&preview).contains("alerts of the last 30 days"), "{}", told(&preview));
    let made = json(&scratch, &except);
    assert_eq!(made["owner"], "key:command-line");
    let unused = scratch.run(&["exceptions", "list", "--only", "unused"]);
    assert!(told(&unused).contains("a job"), "{}", told(&unused));
    let ended = scratch.run(&["exceptions", "end", made["id"].as_str().expect("an id")]);
    assert_eq!(status(&ended), 0, "{}", told(&ended));
    assert!(told(&scratch.run(&["exceptions", "list"])).is_empty());
}

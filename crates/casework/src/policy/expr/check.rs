//! What an expression may hold: names that exist, few loops, little depth, and true or false.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr as Node, IdedExpr, LiteralValue, SelectExpr,
    operators,
};

use super::{Flaw, MAX_DEPTH, MAX_LOOP_NESTING, MAX_LOOPS};
use crate::policy::nearest;

/// What an expression can read, by the first name.
const ROOTS: [&str; 3] = ["alert", "person", "enrich"];
const ALERT_FIELDS: [&str; 9] =
    ["source", "rule", "severity", "title", "description", "person", "time", "url", "facts"];
const PERSON_FIELDS: [&str; 10] = [
    "known",
    "id",
    "email",
    "groups",
    "privileged",
    "language",
    "time_zone",
    "active",
    "manager",
    "away",
];
/// The fields that hold true or false.
const BOOL_FIELDS: [&str; 4] = ["known", "privileged", "active", "away"];
const FUNCTIONS: [&str; 8] =
    ["size", "startsWith", "endsWith", "contains", "int", "double", "string", "bool"];
/// Those whose result is true or false.
const BOOL_FUNCTIONS: [&str; 4] = ["startsWith", "endsWith", "contains", "bool"];
const OPERATORS: [&str; 17] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
];
const BOOL_OPERATORS: [&str; 10] = [
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::IN,
];

/// What must be equal to a literal for an expression to hold, where it says so plainly.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::policy) struct Literals {
    pub(in crate::policy) source: Option<String>,
    pub(in crate::policy) rule: Option<String>,
}

/// All that is wrong with an expression.
pub(super) fn flaws(tree: &IdedExpr) -> Vec<Flaw> {
    let mut check = Check::default();
    check.visit(tree, 1);
    if check.is_too_deep {
        // Nothing below the limit was looked at, so nothing else can be said for certain.
        return vec![Flaw::new(format!("nests deeper than {MAX_DEPTH} levels"))];
    }
    if check.loops > MAX_LOOPS {
        check.add(format!("more than {MAX_LOOPS} loops"));
    }
    if !can_be_bool(tree) {
        check.add("its result is not true or false");
    }
    check.flaws
}

/// The equalities that stand alone or are joined by `&&` at the top.
pub(super) fn literals(tree: &IdedExpr) -> Literals {
    let mut found = Literals::default();
    collect(tree, &mut found);
    found
}

fn collect(tree: &IdedExpr, found: &mut Literals) {
    let Node::Call(call) = &tree.expr else { return };
    match (call.func_name.as_str(), call.args.as_slice()) {
        (operators::LOGICAL_AND, args) => args.iter().for_each(|arg| collect(arg, found)),
        (operators::EQUALS, [one, other]) => {
            let equality = alert_field(one).zip(literal_text(other));
            match equality.or_else(|| alert_field(other).zip(literal_text(one))) {
                Some(("source", text)) => found.source = Some(text.to_owned()),
                Some(("rule", text)) => found.rule = Some(text.to_owned()),
                _ => {}
            }
        }
        _ => {}
    }
}

fn alert_field(tree: &IdedExpr) -> Option<&str> {
    match &tree.expr {
        Node::Select(select) if !select.test && root(select) == Some("alert") => {
            Some(&select.field)
        }
        _ => None,
    }
}

fn literal_text(tree: &IdedExpr) -> Option<&str> {
    match &tree.expr {
        Node::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn root(select: &SelectExpr) -> Option<&str> {
    match &select.operand.expr {
        Node::Ident(name) => Some(name),
        _ => None,
    }
}

#[derive(Default)]
struct Check<'t> {
    flaws: Vec<Flaw>,
    loops: usize,
    loop_nesting: usize,
    /// The loops' own variables.
    names: Vec<&'t str>,
    is_too_deep: bool,
}

impl<'t> Check<'t> {
    fn add(&mut self, text: impl Into<String>) {
        let flaw = Flaw::new(text);
        if !self.flaws.contains(&flaw) {
            self.flaws.push(flaw);
        }
    }

    fn unknown(&mut self, what: &str, name: &str, known: &[&str]) {
        let nearest = nearest(name, known.iter().copied());
        self.flaws.push(Flaw { text: format!("unknown {what} `{name}`"), nearest });
    }

    fn visit(&mut self, tree: &'t IdedExpr, depth: usize) {
        if depth > MAX_DEPTH {
            self.is_too_deep = true;
            return;
        }
        match &tree.expr {
            Node::Literal(_) => {}
            Node::Ident(name) => self.ident(name),
            Node::Select(select) => self.select(select, depth),
            Node::Call(call) => self.call(call, depth),
            Node::Comprehension(each) => self.comprehension(each, depth),
            Node::List(list) => self.all(&list.elements, depth),
            Node::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.visit(&entry.key, depth + 1);
                        self.visit(&entry.value, depth + 1);
                    }
                }
            }
            Node::Struct(made) => self.add(format!("`{}` cannot be made here", made.type_name)),
            Node::Unspecified => self.add("an expression is missing"),
        }
    }

    fn all(&mut self, trees: &'t [IdedExpr], depth: usize) {
        for tree in trees {
            self.visit(tree, depth + 1);
        }
    }

    fn ident(&mut self, name: &'t str) {
        if self.names.contains(&name) {
            return;
        }
        if ROOTS.contains(&name) {
            self.add(format!("`{name}` alone says nothing: name one of its fields"));
        } else {
            self.unknown("name", name, &ROOTS);
        }
    }

    fn select(&mut self, select: &'t SelectExpr, depth: usize) {
        match root(select) {
            Some("alert") => self.field("alert", &select.field, &ALERT_FIELDS),
            Some("person") => self.field("person", &select.field, &PERSON_FIELDS),
            Some("enrich") => {}
            _ => self.visit(&select.operand, depth + 1),
        }
    }

    fn field(&mut self, of: &str, name: &str, known: &[&str]) {
        if !known.contains(&name) {
            self.unknown(&format!("field of {of}"), name, known);
        }
    }

    fn call(&mut self, call: &'t CallExpr, depth: usize) {
        let name = call.func_name.as_str();
        let is_operator = OPERATORS.contains(&name)
            || name == operators::IN
            || name == operators::NOT_STRICTLY_FALSE;
        if !is_operator && !FUNCTIONS.contains(&name) {
            self.unknown("function", name, &FUNCTIONS);
        }
        if let Some(target) = &call.target {
            self.visit(target, depth + 1);
        }
        self.all(&call.args, depth);
    }

    fn comprehension(&mut self, each: &'t ComprehensionExpr, depth: usize) {
        self.loops += 1;
        if ROOTS.contains(&each.iter_var.as_str()) {
            self.add(format!("a loop's variable cannot be called `{}`", each.iter_var));
        }
        if is_facts(&each.iter_range) && !is_bool_literal(&each.accu_init) {
            self.add("facts have no order: only `exists` and `all` go through them");
        }
        self.visit(&each.iter_range, depth + 1);
        self.loop_nesting += 1;
        if self.loop_nesting > MAX_LOOP_NESTING {
            self.add(format!("loops nest deeper than {MAX_LOOP_NESTING}"));
        }
        let outer = self.names.len();
        self.names.push(&each.accu_var);
        self.names.push(&each.iter_var);
        self.names.extend(each.iter_var2.as_deref());
        for part in [&each.accu_init, &each.loop_cond, &each.loop_step, &each.result] {
            self.visit(part, depth + 1);
        }
        self.names.truncate(outer);
        self.loop_nesting -= 1;
    }
}

fn is_facts(tree: &IdedExpr) -> bool {
    match &tree.expr {
        Node::Select(select) => {
            root(select) == Some("enrich") || alert_field(tree) == Some("facts")
        }
        _ => false,
    }
}

fn is_bool_literal(tree: &IdedExpr) -> bool {
    matches!(&tree.expr, Node::Literal(LiteralValue::Boolean(_)))
}

/// Whether the result may be true or false. What a fact holds is only known when it is there.
fn can_be_bool(tree: &IdedExpr) -> bool {
    match &tree.expr {
        Node::Literal(_) => is_bool_literal(tree),
        Node::Select(select) if select.test => true,
        Node::Select(select) => match root(select) {
            Some("alert") => false,
            Some("person") => BOOL_FIELDS.contains(&select.field.as_str()),
            _ => true,
        },
        Node::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [_, yes, no]) => can_be_bool(yes) && can_be_bool(no),
            (operators::INDEX, _) => true,
            (name, _) => BOOL_OPERATORS.contains(&name) || BOOL_FUNCTIONS.contains(&name),
        },
        Node::Comprehension(each) => {
            is_bool_literal(&each.accu_init) || matches!(each.result.expr, Node::Call(_))
        }
        Node::Ident(_) | Node::List(_) | Node::Map(_) | Node::Struct(_) | Node::Unspecified => {
            false
        }
    }
}

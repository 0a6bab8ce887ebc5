//! What an expression may hold: names that exist, few loops, little depth, and true or false.

use std::collections::BTreeSet;

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr as Node, IdedExpr, LiteralValue, SelectExpr,
    operators,
};

use content::nearest;

use crate::{Fields, Flaw, Kind, MAX_DEPTH, MAX_LOOP_NESTING, MAX_LOOPS, Root, Schema};

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

/// What an expression reads, or all that is wrong with it.
pub(crate) fn check(tree: &IdedExpr, schema: &Schema) -> Result<Vec<(String, String)>, Vec<Flaw>> {
    let mut check = Check::of(schema);
    check.visit(tree, 1);
    if check.is_too_deep {
        // Nothing below the limit was looked at, so nothing else can be said for certain.
        return Err(vec![Flaw::new(format!("nests deeper than {MAX_DEPTH} levels"))]);
    }
    if check.loops > MAX_LOOPS {
        check.add(format!("more than {MAX_LOOPS} loops"));
    }
    if !can_be_bool(tree, schema) {
        check.add("its result is not true or false");
    }
    if !check.flaws.is_empty() {
        return Err(check.flaws);
    }
    Ok(check.reads.into_iter().map(|(root, field)| (root.to_owned(), field.to_owned())).collect())
}

/// What a field must equal for all of it to hold: the equalities that stand alone or are joined by
/// `&&` at the top. Of several the last.
pub(crate) fn literal<'t>(tree: &'t IdedExpr, root: &str, field: &str) -> Option<&'t str> {
    let Node::Call(call) = &tree.expr else { return None };
    match (call.func_name.as_str(), call.args.as_slice()) {
        (operators::LOGICAL_AND, args) => {
            args.iter().rev().find_map(|arg| literal(arg, root, field))
        }
        (operators::EQUALS, [one, other]) => {
            let is_it = |tree| field_of(tree) == Some((root, field));
            let said = is_it(one).then(|| literal_text(other)).flatten();
            said.or_else(|| is_it(other).then(|| literal_text(one)).flatten())
        }
        _ => None,
    }
}

/// The root and the field that are read here, `has` aside.
fn field_of(tree: &IdedExpr) -> Option<(&str, &str)> {
    match &tree.expr {
        Node::Select(select) if !select.test => Some((root_of(select)?, &select.field)),
        _ => None,
    }
}

fn literal_text(tree: &IdedExpr) -> Option<&str> {
    match &tree.expr {
        Node::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn root_of(select: &SelectExpr) -> Option<&str> {
    match &select.operand.expr {
        Node::Ident(name) => Some(name),
        _ => None,
    }
}

struct Check<'t> {
    schema: &'t Schema,
    flaws: Vec<Flaw>,
    loops: usize,
    loop_nesting: usize,
    /// The loops' own variables.
    names: Vec<&'t str>,
    reads: BTreeSet<(&'t str, &'t str)>,
    is_too_deep: bool,
}

impl<'t> Check<'t> {
    fn of(schema: &'t Schema) -> Self {
        Self {
            schema,
            flaws: Vec::new(),
            loops: 0,
            loop_nesting: 0,
            names: Vec::new(),
            reads: BTreeSet::new(),
            is_too_deep: false,
        }
    }

    fn add(&mut self, text: impl Into<String>) {
        let flaw = Flaw::new(text);
        if !self.flaws.contains(&flaw) {
            self.flaws.push(flaw);
        }
    }

    fn unknown<'k>(&mut self, what: &str, name: &str, known: impl IntoIterator<Item = &'k str>) {
        let nearest = nearest(name, known);
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
            Node::Select(select) => self.select(tree, select, depth),
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
        if self.schema.root(name).is_some() {
            self.add(format!("`{name}` alone says nothing: name one of its fields"));
        } else {
            self.unknown("name", name, self.schema.root_names());
        }
    }

    fn select(&mut self, tree: &'t IdedExpr, select: &'t SelectExpr, depth: usize) {
        let root = root_of(select).and_then(|name| self.schema.root(name));
        let Some(root) = root else {
            // One name of a lookup, which is what it is for.
            let is_lookup = self.is_lookup(&select.operand);
            return if is_lookup {
                self.note(&select.operand)
            } else {
                self.visit(&select.operand, depth + 1)
            };
        };
        self.field(root, &select.field);
        if self.is_lookup(tree) {
            self.add(format!("`{}.{}` is only looked up in, by name", root.name, select.field));
        }
    }

    /// A field of a root, known or not.
    fn field(&mut self, root: &'static Root, name: &'t str) {
        self.reads.insert((root.name, name));
        if let Fields::These(these) = root.fields
            && root.kind(name).is_none()
        {
            self.unknown(&format!("field of {}", root.name), name, these.iter().map(|it| it.0));
        }
    }

    /// Whether this is a lookup as a whole; `has` of one is not.
    fn is_lookup(&self, tree: &IdedExpr) -> bool {
        let kind = field_of(tree)
            .and_then(|(root, field)| self.schema.root(root).and_then(|root| root.kind(field)));
        kind == Some(Kind::Lookup)
    }

    /// Notes that a lookup is read.
    fn note(&mut self, tree: &'t IdedExpr) {
        if let Some((root, field)) = field_of(tree) {
            self.reads.insert((root, field));
        }
    }

    fn call(&mut self, call: &'t CallExpr, depth: usize) {
        let name = call.func_name.as_str();
        let is_operator = OPERATORS.contains(&name)
            || name == operators::IN
            || name == operators::NOT_STRICTLY_FALSE;
        if !is_operator && !FUNCTIONS.contains(&name) {
            self.unknown("function", name, FUNCTIONS);
        }
        if let Some(target) = &call.target {
            self.visit(target, depth + 1);
        }
        match (name, call.args.as_slice()) {
            (operators::INDEX, [table, key]) | (operators::IN, [key, table])
                if self.is_lookup(table) =>
            {
                self.note(table);
                self.visit(key, depth + 1);
            }
            (_, args) => self.all(args, depth),
        }
    }

    fn comprehension(&mut self, each: &'t ComprehensionExpr, depth: usize) {
        self.loops += 1;
        if self.schema.root(&each.iter_var).is_some() {
            self.add(format!("a loop's variable cannot be called `{}`", each.iter_var));
        }
        if self.is_table(&each.iter_range) && !is_bool_literal(&each.accu_init) {
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

    fn is_table(&self, tree: &IdedExpr) -> bool {
        let kind = field_of(tree)
            .and_then(|(root, field)| self.schema.root(root).and_then(|root| root.kind(field)));
        kind == Some(Kind::Table)
    }
}

fn is_bool_literal(tree: &IdedExpr) -> bool {
    matches!(&tree.expr, Node::Literal(LiteralValue::Boolean(_)))
}

/// Whether the result may be true or false. What a fact holds is only known when it is there.
fn can_be_bool(tree: &IdedExpr, schema: &Schema) -> bool {
    match &tree.expr {
        Node::Literal(_) => is_bool_literal(tree),
        Node::Select(select) if select.test => true,
        Node::Select(select) => {
            let root = root_of(select).and_then(|name| schema.root(name));
            root.is_none_or(|root| root.can_be_bool(&select.field))
        }
        Node::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [_, yes, no]) => {
                can_be_bool(yes, schema) && can_be_bool(no, schema)
            }
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

//! How large a drawing grows when everything that it refers to is put in its place.
//!
//! Ten `use` elements of ten `use` elements of … are a kilobyte that the renderer makes a gigabyte of. Each element is
//! weighed once, with whatever it refers to; what is inherited weighs for each element below. Style sheets are read roughly
//! and to the safe side: a rule for a class counts for that class, any other one for everything.

use std::collections::HashMap;

use roxmltree::{Document, Node};

use super::{Refusal, is_svg};

/// Of an element in the renderer's tree, in bytes, beside its attributes.
const ELEMENT_BYTES: u64 = 512;
/// Of all.
const MAX_BYTES: u64 = 128 * 1_024 * 1_024;
/// Levels of elements in each other, references included. Drawing goes down by them on the stack.
const MAX_DEPTH: u32 = 150;
/// Comparisons of elements with the selectors of style sheets.
const MAX_STYLE_STEPS: u64 = 200_000_000;

/// What an element grows to, with all that is below it.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    bytes: u64,
    elements: u64,
    /// Corners of paths: each may bear a marker.
    corners: u64,
    depth: u32,
}

#[derive(Clone, Copy)]
enum State {
    /// On the way down: who meets it again goes round in a circle.
    Open,
    Known(Weight),
}

struct Scale<'a, 'input> {
    ids: HashMap<&'a str, Node<'a, 'input>>,
    /// What a class refers to.
    classes: HashMap<&'a str, Vec<&'a str>>,
    states: HashMap<usize, State>,
}

/// Weighs the drawing: its bytes in the renderer's memory, about, or why it is refused.
pub(crate) fn weigh(document: &Document<'_>) -> Result<u64, Refusal> {
    let sheets: Vec<String> = document
        .descendants()
        .filter(|node| is_svg(node, "style"))
        .flat_map(|node| node.children().filter_map(|child| child.text()))
        .map(without_comments)
        .collect();
    let mut ids = HashMap::new();
    for node in document.descendants() {
        if let Some(id) = node.attribute("id") {
            ids.entry(id).or_insert(node);
        }
    }
    let mut scale = Scale {
        ids,
        classes: HashMap::new(),
        states: HashMap::new(),
    };
    let mut everywhere = Vec::new();
    for sheet in &sheets {
        scale.read(sheet, &mut everywhere);
    }
    let root = document.root_element();
    let mut whole = scale.element(root, 0)?;
    for id in everywhere {
        if let Some(node) = scale.ids.get(id).copied() {
            let target = scale.element(node, whole.depth)?;
            whole.add_inherited(target);
        }
    }
    if whole.bytes > MAX_BYTES {
        return Err(TOO_LARGE);
    }
    let steps = sheets
        .iter()
        .flat_map(|sheet| sheet.split('}'))
        .flat_map(|rule| {
            rule.rsplit_once('{')
                .map_or(rule, |(selectors, _)| selectors)
                .split(',')
        })
        .map(|selector| {
            // Each blank is a climb through all levels above, for each climb before it.
            let blanks = selector.split_whitespace().count().saturating_sub(1).min(20) as u32;
            let climbs = u64::from(whole.depth.max(2)).saturating_pow(blanks);
            climbs.saturating_mul(whole.elements)
        })
        .fold(0, u64::saturating_add);
    if steps > MAX_STYLE_STEPS {
        return Err(Refusal::Damaged("its style sheets take too long to apply"));
    }
    Ok(whole.bytes)
}

/// A style sheet without what stands between `/*` and `*/`.
fn without_comments(sheet: &str) -> String {
    let mut parts = sheet.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + " " + part.split_once("*/").map_or("", |(_, rest)| rest)
    })
}

const TOO_LARGE: Refusal = Refusal::Damaged("its parts repeat each other until they are too many to draw");

/// What `url(#…)` in a text points at.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("url(").skip(1).filter_map(|rest| {
        let end = rest.find(')')?;
        let inner = rest[..end].trim().trim_matches(['"', '\'']).trim();
        inner.strip_prefix('#')
    })
}

impl Weight {
    /// Adds something that stands here once.
    fn add(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.elements = self.elements.saturating_add(other.elements);
        self.corners = self.corners.saturating_add(other.corners);
        self.depth = self.depth.max(other.depth + 1);
    }

    /// Adds something that stands at every element below: a pattern, a mask, a filter.
    fn add_inherited(&mut self, other: Self) {
        let times = self.elements;
        self.bytes = self.bytes.saturating_add(other.bytes.saturating_mul(times));
        self.elements = self.elements.saturating_add(other.elements.saturating_mul(times));
        self.depth += other.depth + 1;
    }

    /// Adds something that stands at every corner below.
    fn add_markers(&mut self, other: Self) {
        let times = self.corners.max(1);
        self.bytes = self.bytes.saturating_add(other.bytes.saturating_mul(times));
        self.elements = self.elements.saturating_add(other.elements.saturating_mul(times));
        self.corners = self.corners.saturating_add(other.corners.saturating_mul(times));
        self.depth += other.depth + 1;
    }
}

impl<'a, 'input> Scale<'a, 'input> {
    /// Notes what the rules of a sheet refer to.
    fn read(&mut self, sheet: &'a str, everywhere: &mut Vec<&'a str>) {
        for rule in sheet.split('}') {
            let (selectors, declarations) = rule.rsplit_once('{').unwrap_or(("", rule));
            let targets: Vec<&str> = targets(declarations).collect();
            if targets.is_empty() {
                continue;
            }
            for selector in selectors.split(',') {
                let class = selector.trim().strip_prefix('.').filter(|name| {
                    name.chars()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
                });
                match class {
                    Some(class) => self.classes.entry(class).or_default().extend(&targets),
                    None => everywhere.extend(&targets),
                }
            }
        }
    }

    fn element(&mut self, node: Node<'a, 'input>, depth: u32) -> Result<Weight, Refusal> {
        if depth > MAX_DEPTH {
            return Err(Refusal::Damaged("its elements lie too deep in each other"));
        }
        let key = node.id().get_usize();
        match self.states.get(&key) {
            Some(State::Known(weight)) if depth + weight.depth > MAX_DEPTH => {
                return Err(Refusal::Damaged("its elements lie too deep in each other"));
            }
            Some(State::Known(weight)) => return Ok(*weight),
            Some(State::Open) => return Err(Refusal::Damaged("a part of it is a part of itself")),
            None => {}
        }
        self.states.insert(key, State::Open);
        let mut weight = Weight {
            bytes: ELEMENT_BYTES,
            elements: 1,
            ..Weight::default()
        };
        let (mut inherited, mut markers) = (Vec::new(), Vec::new());
        let mut once = None;
        for attribute in node.attributes() {
            let value = attribute.value();
            weight.bytes += value.len() as u64;
            match attribute.name() {
                "d" | "points" => weight.corners += value.len() as u64 / 2,
                "href" if follows(&node) => once = value.trim().strip_prefix('#').or(once),
                "class" => {
                    for class in value.split_whitespace() {
                        inherited.extend(self.classes.get(class).into_iter().flatten().copied());
                    }
                }
                name if name.starts_with("marker") => markers.extend(targets(value)),
                "style" if value.contains("marker") => markers.extend(targets(value)),
                _ => inherited.extend(targets(value)),
            }
        }
        for child in node.children().filter(Node::is_element) {
            let child = self.element(child, depth + 1)?;
            weight.add(child);
        }
        if let Some(target) = once.and_then(|id| self.ids.get(id).copied()) {
            let target = self.element(target, depth + 1)?;
            weight.add(target);
        }
        for id in inherited {
            if let Some(target) = self.ids.get(id).copied() {
                let marker = is_svg(&target, "marker");
                let target = self.element(target, depth + 1)?;
                if marker {
                    weight.add_markers(target);
                } else {
                    weight.add_inherited(target);
                }
            }
        }
        for id in markers {
            if let Some(target) = self.ids.get(id).copied() {
                let target = self.element(target, depth + 1)?;
                weight.add_markers(target);
            }
        }
        if weight.bytes > MAX_BYTES {
            return Err(TOO_LARGE);
        }
        if depth + weight.depth > MAX_DEPTH {
            return Err(Refusal::Damaged("its elements lie too deep in each other"));
        }
        self.states.insert(key, State::Known(weight));
        Ok(weight)
    }
}

/// Whether the renderer goes where an element's `href` points. Links and animations are passed over.
fn follows(node: &Node<'_, '_>) -> bool {
    [
        "use",
        "pattern",
        "linearGradient",
        "radialGradient",
        "filter",
        "feImage",
        "image",
    ]
    .iter()
    .any(|name| is_svg(node, name))
}

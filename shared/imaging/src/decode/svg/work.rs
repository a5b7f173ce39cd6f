//! What drawing a tree takes: steps, about a nanosecond each, and bytes of layers that stand at once.
//!
//! Follows the renderer's own way through the tree (resvg 0.49, `render.rs`, `filter/mod.rs`, `path.rs`): a layer for each
//! group that is more than a transform, at most five times the canvas each way; a canvas for each pattern, clip and mask.

use resvg::{
    tiny_skia::{PathSegment, Transform},
    usvg::{ClipPath, Group, Mask, Node, Paint, Path, Tree, filter},
};

/// Of a drawing: some ten seconds.
pub(super) const MAX_STEPS: f64 = 1e10;
/// To paint a pixel.
const PAINT: f64 = 1.5;
/// To make, blend and drop a pixel of a layer.
const LAYER: f64 = 8.0;
/// For each piece of a path, before anything is painted.
const SEGMENT: f64 = 200.0;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Work {
    pub(super) steps: f64,
    /// At the worst moment.
    pub(super) bytes: u64,
}

impl Work {
    /// Something else behind this.
    fn then(&mut self, other: Self) {
        self.steps += other.steps;
        self.bytes = self.bytes.max(other.bytes);
    }
}

/// The sides that a canvas has.
#[derive(Clone, Copy)]
struct Canvas {
    width: f64,
    height: f64,
}

impl Canvas {
    fn area(self) -> f64 {
        self.width * self.height
    }
}

pub(super) fn of(tree: &Tree, transform: Transform, (width, height): (u32, u32)) -> Work {
    let most = Canvas {
        width: f64::from(width),
        height: f64::from(height),
    };
    let view = View { most };
    view.children(tree.root(), transform, most)
}

struct View {
    /// The picture itself.
    most: Canvas,
}

fn bytes(area: f64) -> u64 {
    (area * 4.0) as u64
}

impl View {
    fn children(&self, group: &Group, transform: Transform, canvas: Canvas) -> Work {
        let mut work = Work::default();
        for node in group.children() {
            work.then(match node {
                Node::Group(group) => self.group(group, transform, canvas),
                Node::Path(path) => self.path(path, transform, canvas),
                // Decoded and painted with interpolation; its own pixels were counted when it was parsed.
                Node::Image(image) => {
                    let size = image.size();
                    let pixels = f64::from(size.width()) * f64::from(size.height());
                    Work {
                        steps: pixels * 30.0 + canvas.area() * 30.0,
                        bytes: bytes(pixels * 2.0),
                    }
                }
                Node::Text(_) => Work::default(),
            });
        }
        work
    }

    fn group(&self, group: &Group, transform: Transform, canvas: Canvas) -> Work {
        let transform = transform.pre_concat(group.transform());
        if !group.should_isolate() {
            return self.children(group, transform, canvas);
        }
        let Some(bounds) = group.layer_bounding_box().transform(transform) else {
            return Work::default();
        };
        let side = |length: f32, most: f64| (f64::from(length) + 6.0).min(5.0 * most);
        // With filters the layer is drawn unturned: up to the diagonal longer.
        let spread = if group.filters().is_empty() { 1.0 } else { 1.5 };
        let layer = Canvas {
            width: side(bounds.width() * spread, self.most.width),
            height: side(bounds.height() * spread, self.most.height),
        };
        let mut work = self.children(group, transform, layer);
        for filter in group.filters() {
            work.then(self.filter(filter, transform, layer));
        }
        if let Some(clip) = group.clip_path() {
            work.then(self.clip(clip, transform, layer));
        }
        if let Some(mask) = group.mask() {
            work.then(self.mask(mask, transform, layer));
        }
        Work {
            steps: work.steps + layer.area() * LAYER,
            bytes: work.bytes.saturating_add(bytes(layer.area())),
        }
    }

    fn clip(&self, clip: &ClipPath, transform: Transform, layer: Canvas) -> Work {
        let mut work = self.children(clip.root(), transform.pre_concat(clip.transform()), layer);
        if let Some(other) = clip.clip_path() {
            work.then(self.clip(other, transform, layer));
        }
        Work {
            steps: work.steps + layer.area() * LAYER,
            bytes: work.bytes.saturating_add(bytes(layer.area() * 1.25)),
        }
    }

    fn mask(&self, mask: &Mask, transform: Transform, layer: Canvas) -> Work {
        let mut work = self.children(mask.root(), transform, layer);
        if let Some(other) = mask.mask() {
            work.then(self.mask(other, transform, layer));
        }
        Work {
            steps: work.steps + layer.area() * 2.0 * LAYER,
            bytes: work.bytes.saturating_add(bytes(layer.area() * 1.5)),
        }
    }

    fn filter(&self, filter: &filter::Filter, transform: Transform, layer: Canvas) -> Work {
        let (across, down) = transform.get_scale();
        let mut work = Work::default();
        for primitive in filter.primitives() {
            let steps = match primitive.kind() {
                filter::Kind::GaussianBlur(_) | filter::Kind::DropShadow(_) => 60.0,
                filter::Kind::Turbulence(noise) => 100.0 * f64::from(noise.num_octaves().max(1)),
                filter::Kind::Morphology(thicken) => {
                    let side = |radius: f32, scale: f32, most: f64| {
                        (2.0 * f64::from(radius) * f64::from(scale) + 1.0).min(2.0 * most)
                    };
                    4.0 * side(thicken.radius_x().get(), across, layer.width)
                        * side(thicken.radius_y().get(), down, layer.height)
                }
                filter::Kind::ConvolveMatrix(matrix) => {
                    10.0 * f64::from(matrix.matrix().columns()) * f64::from(matrix.matrix().rows())
                }
                filter::Kind::DiffuseLighting(_) | filter::Kind::SpecularLighting(_) => 60.0,
                filter::Kind::Merge(merge) => 10.0 * (merge.inputs().len() + 1) as f64,
                filter::Kind::Image(image) => {
                    work.then(self.children(image.root(), transform, layer));
                    30.0
                }
                _ => 30.0,
            };
            work.steps += steps * layer.area();
        }
        // Every result is kept until the last one is there, and each step copies its input.
        let kept = (filter.primitives().len() + 4) as f64;
        work.bytes = work.bytes.saturating_add(bytes(layer.area() * kept));
        work
    }

    fn path(&self, path: &Path, transform: Transform, canvas: Canvas) -> Work {
        if !path.is_visible() {
            return Work::default();
        }
        let (across, down) = transform.get_scale();
        let scale = f64::from(across.max(down));
        let length = length(path.data().segments()) * scale;
        let mut work = Work {
            steps: path.data().len() as f64 * SEGMENT + length.min(1e6),
            bytes: path.data().len() as u64 * 64,
        };
        let bounds = path.stroke_bounding_box().transform(transform);
        let covered = bounds.map_or(0.0, |bounds| {
            f64::from(bounds.width() + 2.0).min(canvas.width)
                * f64::from(bounds.height() + 2.0).min(canvas.height)
        });
        if let Some(fill) = path.fill() {
            work.steps += covered * PAINT * self.cost(fill.paint());
            work.then(self.pattern(fill.paint(), transform));
        }
        if let Some(stroke) = path.stroke() {
            let width = f64::from(stroke.width().get()) * scale + 2.0;
            work.steps += covered.min(length * width) * PAINT * self.cost(stroke.paint());
            work.steps += path.data().len() as f64 * SEGMENT * 4.0;
            if let Some(dashes) = stroke.dasharray() {
                let period: f64 = dashes.iter().map(|dash| f64::from(*dash)).sum();
                // The renderer gives a path up that has more than a million dashes.
                let count = (length / scale / period.max(1e-9)).min(1e6) * dashes.len() as f64;
                work.steps += count * SEGMENT * 4.0;
                work.bytes += (count * 200.0) as u64;
            }
            work.then(self.pattern(stroke.paint(), transform));
        }
        work
    }

    /// Of a pixel, against a plain colour.
    fn cost(&self, paint: &Paint) -> f64 {
        match paint {
            Paint::Color(_) => 1.0,
            Paint::LinearGradient(_) | Paint::RadialGradient(_) => 8.0,
            Paint::Pattern(_) => 20.0,
        }
    }

    /// The canvas that a pattern is drawn on, once for each path that is painted with it.
    fn pattern(&self, paint: &Paint, transform: Transform) -> Work {
        let Paint::Pattern(pattern) = paint else {
            return Work::default();
        };
        let (across, down) = transform.pre_concat(pattern.transform()).get_scale();
        let canvas = Canvas {
            width: f64::from(pattern.rect().width()) * f64::from(across) + 1.0,
            height: f64::from(pattern.rect().height()) * f64::from(down) + 1.0,
        };
        let work = self.children(pattern.root(), Transform::from_scale(across, down), canvas);
        Work {
            steps: work.steps + canvas.area() * LAYER,
            bytes: work.bytes.saturating_add(bytes(canvas.area())),
        }
    }
}

/// The length of a path, curves as long as the lines between their points.
fn length(segments: impl Iterator<Item = PathSegment>) -> f64 {
    let (mut at, mut length) = ((0.0, 0.0), 0.0);
    for segment in segments {
        let points = match segment {
            PathSegment::MoveTo(p) => {
                at = (f64::from(p.x), f64::from(p.y));
                continue;
            }
            PathSegment::LineTo(p) => vec![p],
            PathSegment::QuadTo(a, p) => vec![a, p],
            PathSegment::CubicTo(a, b, p) => vec![a, b, p],
            PathSegment::Close => continue,
        };
        for point in points {
            let next = (f64::from(point.x), f64::from(point.y));
            length += f64::hypot(next.0 - at.0, next.1 - at.1);
            at = next;
        }
    }
    length
}
